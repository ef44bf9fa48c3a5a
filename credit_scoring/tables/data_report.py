"""The data report of `python model.py check`: tables, classes, noteworthy columns and problems."""

from pathlib import Path

import polars as pl
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from credit_scoring.contracts.contract import Column, contracts
from credit_scoring.report_table import ReportTable
from credit_scoring.tables.profile import ColumnProfile, TableProfile, profile_table
from credit_scoring.tables.source_files import file_stem
from credit_scoring.tables.table_errors import TableProblem, count_phrase, join_names
from credit_scoring.tables.table_set import TableSet

TARGET = "TARGET"
ORPHANS_NOTE = (
    "Orphans are rows whose applicant or credit is not in these files: they are not used."
)
COLUMNS_HINT = "[dim]--columns shows every column: missing, range, levels, and what is allowed.[/]"
MAX_UNSEEN_LEVELS = 4  # listed per column
EXPONENT_FROM = 1e6  # from here, the format of six digits would write an exponent


def print_data_report(tables: TableSet, console: Console, *, every_column: bool) -> None:
    """Print tables, classes and columns, then every problem, or that training accepts the data."""
    frames = tables.frames.items()
    profiles = {name: profile_table(frame, contracts()[name]) for name, frame in frames}
    console.print(_table_grid(tables, profiles))
    for name in tables.absent:
        file = file_stem(contracts()[name], labelled=tables.labelled)
        console.print(f"[bold]{file}[/] is missing: features of that table will be left out.")
    console.print(_class_summary(tables))
    if any(tables.orphans.values()):
        console.print(ORPHANS_NOTE)
    if every_column:
        for name, profile in profiles.items():
            console.print(_column_grid(name, profile.columns))
    else:
        _print_remarks(profiles, console)
    _print_verdict(tables, console)


def class_size_problems(tables: TableSet, min_rows: int) -> list[TableProblem]:
    """The problem of fewer than `min_rows` applicants with, or without, a default; or none."""
    counts = _class_counts(tables)
    if counts is None or min(counts) >= min_rows:
        return []
    repaid, defaulted = counts
    label = "defaults" if defaulted <= repaid else "applicants without a default"
    file = tables.opened["application"].source.name
    remedy = f"training needs at least {min_rows}"
    return [TableProblem(file, f"{min(counts)} {label}", remedy, TARGET)]


def _class_counts(tables: TableSet) -> tuple[int, int] | None:
    """The applicants who repaid, and those who defaulted; None if the target cannot be read."""
    frame = tables.frames.get("application")
    if frame is None or TARGET not in frame.collect_schema().names():
        return None
    counts = frame.select((pl.col(TARGET) == value).sum().alias(str(value)) for value in (0, 1))
    repaid, defaulted = counts.collect(engine="streaming").row(0)
    return repaid, defaulted


def _class_summary(tables: TableSet) -> str:
    counts = _class_counts(tables)
    if counts is None:
        return f"{TARGET} cannot be read: how many applicants defaulted is not known."
    repaid, defaulted = counts
    total = repaid + defaulted
    share = f" ({defaulted / total:.2%})" if total else ""
    applicants = f"{total:,} applicants with a known outcome"
    return f"{applicants}: {defaulted:,} defaults{share}, {repaid:,} without."


def _table_grid(tables: TableSet, profiles: dict[str, TableProfile]) -> Grid:
    grid = ReportTable(f"Tables in {escape(str(tables.path))}", "file", box=SIMPLE)
    for title in ("rows", "columns", "applicants", "missing", "orphans"):
        grid.add_column(title, justify="right")
    for name, profile in profiles.items():
        grid.add_row(
            Path(tables.opened[name].source.name).name,
            f"{profile.rows:,}",
            str(len(profile.columns)),
            "" if profile.owners is None else f"{profile.owners:,}{_owner_unit(name)}",
            f"{profile.missing:.1%}",
            f"{tables.orphans[name]:,}" if name in tables.orphans else "",
        )
    return grid


def _owner_unit(name: str) -> str:
    """The unit of a number under the heading "applicants" that counts credits instead."""
    join = contracts()[name].join
    return " credits" if join and join.table == "bureau" else ""


def _print_remarks(profiles: dict[str, TableProfile], console: Console) -> None:
    remarks = {contracts()[name].file: _remarks(table.columns) for name, table in profiles.items()}
    for file, text in remarks.items():
        if text:
            console.print(f"[bold]{file}[/]: {text}")
    if plain := [file for file, text in remarks.items() if not text]:
        console.print(f"No column stands out in {join_names(plain)}.")
    console.print(COLUMNS_HINT)


def _remarks(columns: list[ColumnProfile]) -> str:
    """The columns with a remark, in a line or two; empty if there are none."""
    names_by_remark: dict[str, list[str]] = {}
    for profile in columns:
        if profile.remark:
            names_by_remark.setdefault(profile.remark, []).append(profile.column.name)
    return "; ".join(
        f"{remark}: {len(names)} ({join_names(names)})" for remark, names in names_by_remark.items()
    )


def _column_grid(name: str, columns: list[ColumnProfile]) -> Grid:
    headings = ("column", "missing", "found", "allowed", "worth a look")
    grid = ReportTable(contracts()[name].file, *headings, box=SIMPLE)
    grid.columns[1].justify = "right"
    for profile in columns:
        grid.add_row(
            profile.column.name,
            f"{profile.missing:.1%}",
            _values_found(profile),
            _values_allowed(profile.column),
            profile.remark,
        )
    return grid


def _values_found(profile: ColumnProfile) -> str:
    if not profile.column.is_category:
        return "" if profile.low is None else f"{_number(profile.low)} to {_number(profile.high)}"
    levels = f"{len(profile.levels)} levels"
    unseen = profile.unseen
    if not unseen or not profile.levels:
        return levels
    return escape(f"{levels}, not {join_names(unseen, MAX_UNSEEN_LEVELS)}")


def _values_allowed(column: Column) -> str:
    if column.is_category:
        return f"{len(column.levels)} levels"
    above = "above " if column.exclusive_minimum else ""
    return f"{above}{_number(column.minimum)} to {_number(column.maximum)} {column.unit}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= EXPONENT_FROM else f"{value:,.6g}"


def _print_verdict(tables: TableSet, console: Console) -> None:
    if not tables.problems:
        console.print("[bold green]Training accepts this data.[/]")
        return
    things = count_phrase(len(tables.problems), "thing is", "things are")
    console.print(f"[bold red]Training would refuse this data: {things} wrong.[/]")
    for problem in tables.problems:
        console.print(f"- {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
