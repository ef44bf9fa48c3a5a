"""The verdict and the findings of a comparison, in plain words, for the screen and the page."""

from collections.abc import Iterator

from credit_scoring.laboratory.drift.column_counts import plain_number
from credit_scoring.laboratory.drift.compare_tables import ColumnDrift, DriftReport
from credit_scoring.tables.table_errors import count_phrase, join_names

MAX_NAMES = 5
MIN_MISSING_CHANGE = 0.05  # of the rows: a smaller change of the missing share is not named
FEW_ROWS = 500
NO_COLUMN = "No column could be compared"


def verdict(report: DriftReport) -> str:
    """The verdict in a few words."""
    if not (report.columns or report.drifts or report.has_outcomes):
        return NO_COLUMN
    parts = []
    if report.drifting:
        parts.append(
            f"{len(report.drifting)} of {count_phrase(len(report.columns), 'column', 'columns')} "
            f"{'drifts' if len(report.drifting) == 1 else 'drift'}"
        )
    if report.changed:
        number = count_phrase(len(report.changed), "column is", "columns are")
        parts.append(f"{number} gone or of another type")
    if report.shifts:
        parts.append("the share of defaults has shifted")
    text = ", ".join(parts) or "No drift"
    return text[0].upper() + text[1:]


def findings(report: DriftReport) -> Iterator[str]:
    """The reasons for the verdict, one sentence each."""
    if report.drifting:
        yield f"Largest drift first: {join_names(report.drifting, MAX_NAMES)}."
    for remark in report.changed[:MAX_NAMES]:
        yield f"{remark.column}: {remark.text}."
    for table in report.tables:
        if table.prior_shift:
            yield table.prior_shift.sentence
    if report.columns and not report.drifting:
        yield _largest_difference(report)
    yield from _small_tables(report)


def _largest_difference(report: DriftReport) -> str:
    largest = report.columns[0][1].drift
    if any(len(set(table.sources.values())) == 1 and not table.name for table in report.tables):
        return "The reference and the current table are the same file."
    if largest.psi == 0:
        columns = count_phrase(len(report.columns), "column", "columns")
        return f"Both tables have the same counts in every bin of {columns}."
    reason = (
        "chance alone can explain it"
        if largest.psi <= largest.psi_limit or largest.adjusted_p_value > report.error_level
        else "real, but too small to matter"
    )
    return f"The largest difference is that of {largest.name}, PSI {largest.psi:.3f}: {reason}."


def _small_tables(report: DriftReport) -> Iterator[str]:
    smallest = min((min(table.rows) for table in report.tables), default=0)
    if report.columns and smallest < FEW_ROWS:
        limit = max(column.drift.psi_limit for _, column in report.columns)
        reach = f"chance alone moves the PSI of a column up to {limit:.2f}, so " if limit else ""
        rows = count_phrase(smallest, "row", "rows")
        yield f"A table has only {rows}: {reach}only large changes can be seen."


def column_sentences(column: ColumnDrift) -> Iterator[str]:
    """What changed in a column: its median, its missing values, its levels."""
    summary, drift = column.counts.summary, column.drift
    before, after = summary.get("median", (None, None))
    if before is not None and after is not None:
        yield f"Median {plain_number(before)} before, {plain_number(after)} now."
    if summary.get("outside_range"):
        outside = summary["outside_range"]
        yield f"{outside:.1%} of the current values are outside the range of the reference."
    if drift.missing_share == 1 > drift.reference_missing_share:
        yield "No value in the current table."
    elif abs(drift.missing_share - drift.reference_missing_share) >= MIN_MISSING_CHANGE:
        yield f"Missing: {drift.reference_missing_share:.1%} before, {drift.missing_share:.1%} now."
    if column.counts.kind == "category":
        yield from _level_sentences(column)


def _level_sentences(column: ColumnDrift) -> Iterator[str]:
    counts = column.counts
    if counts.new_levels:
        levels = join_names((f"“{level}”" for level in counts.new_levels), MAX_NAMES)
        yield f"Levels that the reference does not have: {levels}."
    gone = [
        label
        for label, before, after in zip(
            counts.labels[:-1], counts.reference[:-1], counts.current[:-1], strict=True
        )
        if before and not after
    ]
    if gone and sum(counts.current[:-1]):
        levels = join_names((f"“{level}”" for level in gone), MAX_NAMES)
        yield f"Levels that no current row has: {levels}."
