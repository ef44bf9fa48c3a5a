"""Scores a whole source: scores and rejected rows in files, resumable, in bounded memory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Engine

from credit_scoring.batch.bulk_log import BulkLog
from credit_scoring.batch.output_files import write_rejected, write_scores
from credit_scoring.batch.part_files import PartFiles
from credit_scoring.batch.rejections import Rejection
from credit_scoring.batch.score_parts import KINDS, REJECTED, SCORES, PartScorer
from credit_scoring.batch.source import Source
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.errors import TableError
from credit_scoring.progress import ReportProgress, ignore_progress

FIRST_REJECTED = 5  # reasons that are shown


@dataclass(frozen=True)
class ScoreOptions:
    """The outputs `out` and `rejected`, CSV or Parquet by their names, and what they hold.

    `reasons` adds the principal reasons of refusals. `part_rows` is the size of a part, None for
    that of the source. `restart` begins again instead of resuming.
    """

    out: Path
    rejected: Path
    reasons: bool = False
    part_rows: int | None = None
    restart: bool = False


class ScoreCounts(NamedTuple):
    """The result of a run: rows by fate, rows by decision, and the first reasons."""

    scored: int
    refused: int
    rejected: int
    first_rejected: list[Rejection]


def score_file(
    bundle: Bundle,
    source: Source,
    options: ScoreOptions,
    *,
    digest: str,
    log: Engine | None = None,
    report: ReportProgress = ignore_progress,
    on_resume: Callable[[int], None] = lambda _finished: None,
) -> ScoreCounts:
    """Score the source's applicants; `log` is the database for their decisions, if any.

    `digest` is that of the bundle's files. `on_resume` is called with the number of parts that an
    interrupted run finished. SettingError if the outputs cannot be written, if another process
    writes them, or if there are parts of another run; TableError if the source is unusable.
    """
    identity = _identity(bundle, source, options, digest, log)
    parts = PartFiles(options.out, identity, KINDS, other_outputs=(options.rejected,))
    with parts.opened(restart=options.restart):
        if finished := parts.finished():
            on_resume(finished)
        bulk_log = None if log is None else BulkLog(DecisionLog(log), bundle, parts.run_id)
        scorer = PartScorer(bundle, source, parts, reasons=options.reasons, log=bulk_log)
        scorer.run(options.part_rows or source.part_rows, report)
        return _finish(parts, source, options)


def _identity(
    bundle: Bundle, source: Source, options: ScoreOptions, digest: str, log: Engine | None
) -> dict[str, Any]:
    """The identity of a run, in words: parts of runs with different identities never mix."""
    return {
        "the source": source.state,
        "the model": f"{bundle.manifest.version} ({digest})",
        "--id": source.identifier,
        "--reasons": options.reasons,
        "--part-rows": options.part_rows or source.part_rows,
        "--log": None if log is None else log.url.render_as_string(hide_password=True),
    }


def _finish(parts: PartFiles, source: Source, options: ScoreOptions) -> ScoreCounts:
    """Write the outputs, the scores last, and remove the parts."""
    scores, rejected = parts.paths(SCORES), parts.paths(REJECTED)
    if not scores:
        raise TableError(f"{source.name} has no rows: give a table with one row per loan")
    counts = _counts(scores, rejected)
    write_rejected(rejected, options.rejected)
    write_scores(scores, options.out, source.identifier)
    parts.remove()
    return counts


def _counts(scores: list[Path], rejected: list[Path]) -> ScoreCounts:
    decided = pl.scan_parquet(scores, glob=False).select(
        pl.len(), pl.col("score").sum().cast(pl.Int64)
    )
    scored, refused = decided.collect().row(0)
    reasons = pl.scan_parquet(rejected, glob=False)
    # A row with several reasons counts once; an applicant without a row by the identifier.
    rows = reasons.select(pl.coalesce(pl.col("row").cast(pl.String), "id").n_unique())
    first = reasons.head(FIRST_REJECTED).select("row", "id", "field", "reason").collect().rows()
    count = int(rows.collect().item()) if first else 0
    return ScoreCounts(scored, refused, count, [Rejection(*row) for row in first])
