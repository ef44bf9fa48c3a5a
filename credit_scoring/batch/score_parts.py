"""Scores a source block by block: validated, scored, logged, and kept as a finished part."""

from collections.abc import Collection

import polars as pl

from credit_scoring.batch.bulk_log import BulkLog
from credit_scoring.batch.identifiers import check_identifiers, identifier_texts
from credit_scoring.batch.part_files import PartFiles
from credit_scoring.batch.rejections import Rejection, rejection_frame
from credit_scoring.batch.score_block import BlockScorer, reason_texts
from credit_scoring.batch.seen_identifiers import SeenIdentifiers
from credit_scoring.batch.source import Block, Source
from credit_scoring.batch.validate_block import BlockValidator
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.decisions.uuid7 import new_id
from credit_scoring.progress import ReportProgress

REJECTED, SCORES = "rejected", "scores"  # the tables of a part, in the order of writing
KINDS = (REJECTED, SCORES)


class PartScorer:
    """Scores a source into parts; a source's block becomes one part.

    `reasons` adds the principal reasons of refusals. `log` stores the decisions in the log.
    """

    def __init__(
        self,
        bundle: Bundle,
        source: Source,
        parts: PartFiles,
        *,
        reasons: bool = False,
        log: BulkLog | None = None,
    ) -> None:
        self._source = source
        self._parts = parts
        self._reasons = reasons
        self._log = log
        self._scorer = BlockScorer(bundle)
        features = bundle.manifest.features
        self._validator = BlockValidator(features, decimal_comma=source.decimal_comma)
        self._seen = SeenIdentifiers(parts.folder, self._first_rows)

    def run(self, part_rows: int, report: ReportProgress) -> None:
        """Score the parts that are not finished; a part has `part_rows` rows of the source."""
        first = self._parts.finished()
        for number in range(first):
            self._remember(number)
        done = first * part_rows
        blocks = self._source.blocks(part_rows, first, self._parts.folder)
        for number, block in enumerate(blocks, first):
            self._parts.write(number, self._score(number, block))
            done += part_rows
            total = self._source.estimated_rows(done)
            report(min(done, total), total)

    def _score(self, number: int, block: Block) -> dict[str, pl.DataFrame]:
        """The tables of a part."""
        block, texts, rejected = self._identified(block)
        valid = self._validator.validate(block.features, block.rows, texts)
        columns = {"row": block.rows.filter(valid.is_valid)}
        if block.identifiers is not None and texts is not None:
            shown = block.identifiers if block.identifiers.dtype.is_integer() else texts
            columns["id"] = shown.filter(valid.is_valid)
            texts = texts.filter(valid.is_valid)
        scores = self._scores(number, valid.features, texts)
        rejected += valid.rejected
        return {
            REJECTED: rejection_frame(self._source.name, rejected),
            SCORES: pl.DataFrame(columns).hstack(scores.get_columns()),
        }

    def _identified(self, block: Block) -> tuple[Block, pl.Series | None, list[Rejection]]:
        """The rows of the block that have an identifier of their own, these, and the others."""
        if block.identifiers is None:
            return block, None, [*block.rejected]
        texts = identifier_texts(block.identifiers)
        refused = check_identifiers(texts, block.rows, self._seen)
        own = ~block.rows.is_in([rejection.row for rejection in refused]).fill_null(value=False)
        kept = Block(
            block.features.filter(own), block.rows.filter(own), block.identifiers.filter(own), []
        )
        return kept, texts.filter(own), [*block.rejected, *refused]

    def _scores(
        self, number: int, features: pl.DataFrame, applicants: pl.Series | None
    ) -> pl.DataFrame:
        """The scores, with reasons and the ids of the decisions if they are asked for."""
        if not (self._reasons or self._log):
            return self._scorer.score(features)
        scores, reasons = self._scorer.score_and_explain(features)
        if self._reasons:
            scores = scores.with_columns(reason_texts(reasons))
        if self._log:
            first_id = self._parts.text(f"first-id-{number:08d}", new_id())
            people = [None] * len(features) if applicants is None else applicants.to_list()
            probabilities = scores["probability"].to_list()
            ids = self._log.store(first_id, features, people, probabilities, reasons)
            scores = scores.with_columns(ids)
        return scores

    def _remember(self, number: int) -> None:
        """Read the identifiers of a finished part."""
        for kind in KINDS:
            part = pl.read_parquet(self._parts.path(kind, number), glob=False)
            if "id" in part.columns:
                self._seen.add(part["id"].cast(pl.String))

    def _first_rows(self, identifiers: Collection[str]) -> dict[str, int]:
        """The first row in the finished parts of those of the `identifiers` that they have."""
        scans = [
            pl.scan_parquet(self._parts.paths(kind), glob=False).select(
                "row", pl.col("id").cast(pl.String)
            )
            for kind in KINDS
        ]
        rows = pl.concat(scans).filter(pl.col("id").is_in([*identifiers])).group_by("id")
        return dict(rows.agg(pl.col("row").min()).collect().select("id", "row").rows())
