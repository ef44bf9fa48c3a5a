"""The features of whole tables in one file: resumable, in bounded memory."""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from credit_scoring.batch.output_files import write_table
from credit_scoring.batch.part_files import PartFiles
from credit_scoring.batch.source_state import require_unchanged, source_state
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.definitions.loan_price import loan_price_features
from credit_scoring.features.feature_parts import APPLICANTS_PER_PART, feature_parts
from credit_scoring.loan_price.fit_term_model import fit_terms
from credit_scoring.progress import ReportProgress, ignore_progress
from credit_scoring.tables.read_tables import (
    UNCACHED,
    ReadOptions,
    explain_read_errors,
    read_tables,
    source_files,
)

PART = "part"
TERMS_SEED = 0  # of the term model that is fitted to the tables


@dataclass(frozen=True)
class FeatureFileOptions:
    """The output `out`, CSV or Parquet by its name, and its features: `names`, or None for all.

    `part_rows` applicants are built together. `restart` begins again instead of resuming.
    """

    out: Path
    names: Collection[str] | None = None
    part_rows: int = APPLICANTS_PER_PART
    restart: bool = False


def write_feature_file(
    data: Path,
    options: FeatureFileOptions,
    read_options: ReadOptions = UNCACHED,
    *,
    report: ReportProgress = ignore_progress,
    on_resume: Callable[[int], None] = lambda _finished: None,
) -> int:
    """Write the features of every applicant at `data`; return the number of applicants.

    The columns are SK_ID_CURR, the features, and TARGET if it is known of any applicant. The
    applicants are sorted by identifier. `on_resume` is called with the number of parts that an
    interrupted run finished. TableError if the tables violate their contracts or change meanwhile,
    FeatureError if they do not give such features, SettingError if `out` cannot be written.
    """
    identity = _identity(data, options)
    parts = PartFiles(options.out, identity, (PART,))
    with parts.opened(restart=options.restart):
        if finished := parts.finished():
            on_resume(finished)
        _write_parts(data, options, read_options, parts, report)
        require_unchanged(data, source_files(data), identity["the tables"])
        table = pl.scan_parquet(parts.paths(PART), glob=False)
        count = int(table.select(pl.len()).collect().item())
        write_table(table, options.out)
        parts.remove()
    return count


def _identity(data: Path, options: FeatureFileOptions) -> dict[str, Any]:
    """The identity of a run, in words: parts of runs with different identities never mix."""
    names = "all" if options.names is None else f"{len(options.names)} ({_digest(options.names)})"
    return {
        "the tables": source_state(source_files(data)),
        "the features": names,
        "--part-rows": options.part_rows,
    }


def _digest(names: Collection[str]) -> str:
    return hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()[:16]


def _write_parts(
    data: Path,
    options: FeatureFileOptions,
    read_options: ReadOptions,
    parts: PartFiles,
    report: ReportProgress,
) -> None:
    """Write the parts that are not finished."""
    first = parts.finished()
    tables = read_tables(data, labelled=None, checked=True, **vars(read_options))
    total = int(tables["application"].select(pl.len()).collect().item())
    with explain_read_errors(data, labelled=None, **vars(read_options)):
        terms = fit_terms(tables, TERMS_SEED) if _has_fitted(options.names) else None
        built = feature_parts(
            tables, options.names, applicants_per_part=options.part_rows, first_part=first,
            scratch=parts.folder, term_model=terms.model if terms else None,
        )  # fmt: skip
        for number, part in enumerate(built, first):
            parts.write(number, {PART: _table(part)})
            report(min((number + 1) * options.part_rows, total), total)


def _has_fitted(names: Collection[str] | None) -> bool:
    return names is None or bool(loan_price_features().keys() & set(names))


def _table(part: FeatureTable) -> pl.DataFrame:
    targets = [] if part.target is None else [part.target]
    return pl.DataFrame([part.applicant, *part.features.get_columns(), *targets])
