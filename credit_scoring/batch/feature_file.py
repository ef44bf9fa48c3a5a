"""The features of whole tables in one file: resumable, in bounded memory."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
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
from credit_scoring.loan_price.term_model import TermModel
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

    `part_rows` applicants are built together. `restart` begins again instead of resuming. Fitted
    features come from the `term_model`; without one, it is fitted to the tables.
    """

    out: Path
    names: Collection[str] | None = None
    part_rows: int = APPLICANTS_PER_PART
    restart: bool = False
    term_model: TermModel | None = None


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
    digest = _digest(json.dumps(sorted(options.names or ())))
    names = "all" if options.names is None else f"{len(options.names)} ({digest})"
    term_model = options.term_model
    return {
        "the tables": source_state(source_files(data)),
        "the features": names,
        "the term model": _digest(term_model.text) if term_model else "fitted to the tables",
        "--part-rows": options.part_rows,
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
        built = feature_parts(
            tables, options.names, applicants_per_part=options.part_rows, first_part=first,
            scratch=parts.folder, term_model=_term_model(tables, options),
        )  # fmt: skip
        for number, part in enumerate(built, first):
            parts.write(number, {PART: _table(part)})
            report(min((number + 1) * options.part_rows, total), total)


def _term_model(
    tables: Mapping[str, pl.LazyFrame], options: FeatureFileOptions
) -> TermModel | None:
    """The term model of the options, or one fitted to the tables if a feature needs it."""
    if options.term_model is not None or not has_fitted(options.names):
        return options.term_model
    terms = fit_terms(tables, TERMS_SEED)
    return terms.model if terms else None


def has_fitted(names: Collection[str] | None) -> bool:
    """Whether a fitted feature is among `names`, or among all features if None."""
    return names is None or bool(loan_price_features().keys() & set(names))


def _table(part: FeatureTable) -> pl.DataFrame:
    targets = [] if part.target is None else [part.target]
    return pl.DataFrame([part.applicant, *part.features.get_columns(), *targets])
