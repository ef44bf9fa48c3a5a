"""Tasks on a Spark cluster: validation and scoring of batches of applicants.

The rules, the words and the scores are those of a scoring run on one machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import polars as pl

from credit_scoring.batch.history_features import HistoryFeatures
from credit_scoring.batch.identifiers import identifier_texts, invalid_identifiers, repeated_reason
from credit_scoring.batch.rejections import Rejection, rejection_frame
from credit_scoring.batch.score_block import BlockScorer
from credit_scoring.batch.validate_block import BlockValidator
from credit_scoring.bundle.read_bundle import Bundle, parse_bundle
from credit_scoring.features.engines.spark_tables import SOURCE_FILE, SOURCE_ROW
from credit_scoring.scoring.reasons import MAX_PRINCIPAL_REASONS
from credit_scoring.spark.arrow import to_batches

FIRST_FILE = "first file"  # of the applicant's first row, if this one repeats it
FIRST_ROW = "first row"
POSITION = "position"  # of a row in its batch
RESULT = pl.Schema(
    {
        "file": pl.String(),
        "row": pl.Int64(),
        "id": pl.String(),
        "field": pl.String(),
        "reason": pl.String(),
        "probability": pl.Float64(),
        "score": pl.Int8(),
        "decision": pl.String(),
        "reasons": pl.List(pl.String()),
    }
)


@dataclass(frozen=True)
class ScoringTask:
    """The inputs of every task.

    `bundle_files` is Spark's broadcast variable of a bundle's files, `digest` that of its pickle.
    `tables` are the names of the source tables from which features are computed; None if the rows
    hold the features.
    """

    bundle_files: Any = field(compare=False)
    digest: str
    identifier: str | None
    reasons: bool
    tables: frozenset[str] | None = None


def score_batches(batches: Iterator[Any], task: ScoringTask) -> Iterator[Any]:
    """Run by Spark's Python workers: Arrow batches of applicants to batches of RESULT."""
    scorer = batch_scorer(task)
    for batch in batches:
        if batch.num_rows:
            yield from to_batches(scorer.score(pl.DataFrame(pl.from_arrow(batch))))


@lru_cache(maxsize=1)
def batch_scorer(task: ScoringTask) -> "BatchScorer":
    """The scorer of a task. A Python worker, which runs many tasks, keeps it."""
    return BatchScorer(parse_bundle(task.bundle_files.value, "the bundle"), task)


class BatchScorer:
    """Scores batches as Spark reads them: columns as stored, SOURCE_FILE and SOURCE_ROW."""

    def __init__(self, bundle: Bundle, task: ScoringTask) -> None:
        self._identifier = task.identifier
        self._names = [f.name for f in bundle.manifest.features if f.is_requested]
        self._histories = None if task.tables is None else HistoryFeatures(task.tables, self._names)
        self._validator = BlockValidator(bundle.manifest.features)
        reasons = MAX_PRINCIPAL_REASONS if task.reasons else 0
        self._scorer = BlockScorer(bundle, reasons, threads=1)

    def score(self, batch: pl.DataFrame) -> pl.DataFrame:
        """A row of RESULT per applicant with a score, and per reason against another one."""
        rows = batch.with_row_index(POSITION)
        rows, rejected = self._identified(rows)
        if self._histories is not None:
            features, unreadable = self._histories.compute(rows, POSITION)
            rows = _without(rows, unreadable).hstack(features)
            rejected += unreadable
        ids = rows["id"] if self._identifier is not None else None
        valid = self._validator.validate(rows.select(self._names), rows[POSITION], ids)
        scored = rows.filter(valid.is_valid).select(POSITION, *["id"] * (ids is not None))
        scored = scored.hstack(self._scorer.score(valid.features))
        reasons = rejection_frame("", [*rejected, *valid.rejected]).drop("file")
        reasons = reasons.rename({"row": POSITION})
        return _with_sources(pl.concat([scored, reasons], how="diagonal_relaxed"), batch)

    def _identified(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Rejection]]:
        """The rows with an identifier of their own, as the text `id`, and why others have none."""
        if self._identifier is None:
            return rows, []
        texts = identifier_texts(rows[self._identifier])
        rejected = invalid_identifiers(texts, rows[POSITION])
        repeated = rows.select(POSITION, SOURCE_FILE, FIRST_FILE, FIRST_ROW).rows(named=True)
        rejected += [
            Rejection(row[POSITION], text, texts.name, _repeated(texts.name, text, row))
            for row, text in zip(repeated, texts, strict=True)
            if row[FIRST_FILE] is not None
        ]
        return _without(rows.with_columns(texts.alias("id")), rejected), rejected


def _repeated(name: str, text: str, row: dict[str, Any]) -> str:
    """The reason against a row that repeats an applicant of another row."""
    place = "another row" if row[FIRST_ROW] is None else f"row {row[FIRST_ROW]}"
    if row[FIRST_FILE] != row[SOURCE_FILE]:
        place += f" of {row[FIRST_FILE]}"
    return repeated_reason(name, text, place)


def _without(rows: pl.DataFrame, rejected: list[Rejection]) -> pl.DataFrame:
    return rows.filter(~pl.col(POSITION).is_in([rejection.row for rejection in rejected]))


def _with_sources(results: pl.DataFrame, batch: pl.DataFrame) -> pl.DataFrame:
    """The results with the file and row of each instead of its position in the batch."""
    positions = results[POSITION]
    sources = batch.select(pl.col(SOURCE_FILE).alias("file"), pl.col(SOURCE_ROW).alias("row"))
    complete = pl.concat([pl.DataFrame(schema=RESULT), results.drop(POSITION)], how="diagonal")
    return complete.with_columns(sources[positions].get_columns()).select(RESULT.names())
