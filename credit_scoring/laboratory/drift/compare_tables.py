"""Compares two tables column by column, and gives one verdict over all columns."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import polars as pl

from credit_scoring.errors import TableError
from credit_scoring.laboratory.drift.column_counts import ColumnCounts, count_in_bins
from credit_scoring.laboratory.drift.column_roles import (
    Remark,
    guess_target,
    reason_to_leave_out,
    remarks_on_one_sided,
    target_remark,
    type_remark,
    unlike_levels,
)
from credit_scoring.laboratory.drift.prior_shift import PriorShift, prior_shift, require_outcomes
from credit_scoring.laboratory.drift.table_pairs import SIDES, TablePair
from credit_scoring.monitoring.drift.compare import compare_counts
from credit_scoring.monitoring.drift.results import MODERATE_PSI, FeatureDrift
from credit_scoring.progress import ReportProgress, ignore_progress
from credit_scoring.suggestions import did_you_mean

ERROR_LEVEL = 0.05  # of the Benjamini-Hochberg adjusted p-values over all columns


@dataclass(frozen=True)
class ColumnDrift:
    """A compared column: its counts in both tables and the drift between them."""

    counts: ColumnCounts
    drift: FeatureDrift

    @property
    def drifts(self) -> bool:
        """Whether the change is real over all columns, above chance, and of a size that matters."""
        is_real = self.drift.adjusted_p_value <= ERROR_LEVEL
        return is_real and self.drift.psi >= MODERATE_PSI and self.drift.psi > self.drift.psi_limit

    def as_dict(self) -> dict[str, Any]:
        """The column as JSON."""
        counts = self.counts
        bins = [
            {"bin": label, "reference": before, "current": after}
            for label, before, after in zip(
                counts.labels, counts.reference, counts.current, strict=True
            )
        ]
        return {
            **self.drift.as_dict(), "drifts": self.drifts, "kind": counts.kind, "bins": bins,
            "summary": counts.summary, "new_levels": list(counts.new_levels),
        }  # fmt: skip


@dataclass(frozen=True)
class TableDrift:
    """What two tables of the same kind have in common and what not; `columns` worst first."""

    name: str
    sources: dict[str, str]
    rows: tuple[int, int]
    effective_rows: tuple[float, float] | None
    columns: tuple[ColumnDrift, ...]
    remarks: tuple[Remark, ...]
    prior_shift: PriorShift | None

    def as_dict(self) -> dict[str, Any]:
        """The table as JSON."""
        return {
            "table": self.name,
            "sources": self.sources,
            "rows": _by_side(self.rows),
            "effective_rows": self.effective_rows and _by_side(self.effective_rows),
            "prior_shift": self.prior_shift and self.prior_shift.as_dict(),
            "columns": [column.as_dict() for column in self.columns],
            "remarks": [vars(remark) for remark in self.remarks],
        }


def _by_side(values: tuple[float, float]) -> dict[str, float]:
    return dict(zip(SIDES, values, strict=True))


@dataclass(frozen=True)
class DriftReport:
    """The comparison of all tables, with the verdict over all of their columns."""

    tables: tuple[TableDrift, ...]
    error_level = ERROR_LEVEL

    @property
    def columns(self) -> list[tuple[TableDrift, ColumnDrift]]:
        """Every compared column with its table: those that drift first, then by PSI."""
        pairs = [(table, column) for table in self.tables for column in table.columns]
        return sorted(pairs, key=lambda pair: (not pair[1].drifts, -pair[1].drift.psi))

    @property
    def drifting(self) -> list[str]:
        """The names of the columns that drift, worst first."""
        return [column.drift.name for _, column in self.columns if column.drifts]

    @property
    def changed(self) -> list[Remark]:
        """The columns that are gone or have another type."""
        return [remark for table in self.tables for remark in table.remarks if remark.is_change]

    @property
    def shifts(self) -> list[PriorShift]:
        """The targets whose rate has shifted."""
        shifts = [table.prior_shift for table in self.tables if table.prior_shift]
        return [shift for shift in shifts if shift.shifts]

    @property
    def has_outcomes(self) -> bool:
        """Whether default rates were compared."""
        return any(table.prior_shift for table in self.tables)

    @property
    def drifts(self) -> bool:
        """The verdict: a column drifts, is gone or has another type, or the prior shifts."""
        return bool(self.drifting or self.changed or self.shifts)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "drift": self.drifts,
            "drifting_columns": self.drifting,
            "changed_columns": [remark.column for remark in self.changed],
            "prior_shift": bool(self.shifts),
            "error_level": ERROR_LEVEL,
            "psi_limit": MODERATE_PSI,
            "tables": [table.as_dict() for table in self.tables],
        }


@dataclass
class _Counted:
    """The counts and remarks of a pair, before the statistics over all pairs."""

    pair: TablePair
    counts: list[ColumnCounts]
    remarks: list[Remark]
    prior_shift: PriorShift | None = None


def compare_pairs(
    pairs: Sequence[TablePair],
    ignored: Collection[str] = (),
    progress: ReportProgress = ignore_progress,
) -> DriftReport:
    """Compare every pair of tables; `ignored` columns are left out.

    One column of both tables is in memory at a time. TableError if no table has an ignored column,
    or if a target named by an option is not an outcome.
    """
    _require_known(ignored, pairs)
    total = sum(len(pair.reference.columns) for pair in pairs)
    done = count(1)
    counted = [_count_pair(pair, ignored, lambda: progress(next(done), total)) for pair in pairs]
    drifts = iter(_statistics(counted))
    return DriftReport(tuple(_table_drift(part, drifts) for part in counted))


def _require_known(ignored: Collection[str], pairs: Sequence[TablePair]) -> None:
    sides = [side for pair in pairs for side in (pair.reference, pair.current)]
    columns = [name for side in sides for name in side.columns]
    for name in ignored:
        if name not in columns:
            hint = did_you_mean(name, columns)
            raise TableError(
                f"no table has the column {name}{hint}: name another one with --ignore"
            )


def _count_pair(
    pair: TablePair, ignored: Collection[str], report: Callable[[], object]
) -> _Counted:
    before, after = pair.reference, pair.current
    target = pair.target or guess_target(before.columns) or guess_target(after.columns)
    one_sided = remarks_on_one_sided(before.columns, after.columns, target, ignored)
    counted = _Counted(pair, [], [*pair.remarks, *one_sided])
    for name in before.columns:
        if name in after.columns and name not in ignored and name not in pair.keys:
            _count_column(
                counted, before.column(name), after.column(name), is_target=name == target
            )
        report()
    return counted


def _count_column(
    counted: _Counted, reference: pl.Series, current: pl.Series, *, is_target: bool
) -> None:
    """Add the counts of a column that both tables have, or the remark why there are none."""
    name = reference.name
    if is_target and (remark := target_remark(reference, current)):
        counted.remarks.append(remark)
    elif is_target and (shift := prior_shift(reference, current)) is not None:
        counted.prior_shift = shift
    elif is_target and counted.pair.target:
        require_outcomes(reference, current)
    elif remark := type_remark(reference, current):
        counted.remarks.append(remark)
    elif reason := reason_to_leave_out(reference, current):
        counted.remarks.append(Remark(name, "excluded", reason))
    elif remark := unlike_levels(reference, current):
        counted.remarks.append(remark)
    else:
        counted.counts.append(count_in_bins(reference, current))


def _statistics(counted: Sequence[_Counted]) -> Sequence[FeatureDrift]:
    """The drift of every column, in order, adjusted over all of them."""
    reference: dict[str, Sequence[int]] = {}
    current: dict[str, Sequence[int]] = {}
    for part in counted:
        weights = part.pair.weights
        for counts in part.counts:
            name = f"{part.pair.name}.{counts.name}" if len(counted) > 1 else counts.name
            reference[name] = _weighted(counts.reference, weights[0])
            current[name] = _weighted(counts.current, weights[1])
    return compare_counts(reference, current) if reference else ()


def _weighted(counts: Sequence[int], weight: float) -> list[int]:
    return [round(count * weight) for count in counts]


def _table_drift(counted: _Counted, drifts: Iterator[FeatureDrift]) -> TableDrift:
    columns = [ColumnDrift(counts, next(drifts)) for counts in counted.counts]
    columns.sort(key=lambda column: (not column.drifts, -column.drift.psi))
    pair = counted.pair
    return TableDrift(
        name=pair.name,
        sources=pair.sources,
        rows=(pair.reference.rows, pair.current.rows),
        effective_rows=pair.effective_rows,
        columns=tuple(columns),
        remarks=tuple(counted.remarks),
        prior_shift=counted.prior_shift,
    )
