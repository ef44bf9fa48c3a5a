"""The data report of `python model.py check`: what is there, what is worth a look, what training would refuse."""

from pathlib import Path

import polars as pl
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from credit_scoring.contracts.contract import Column, contracts
from credit_scoring.tables.profile import ColumnFacts, TableFacts, table_facts
from credit_scoring.tables.read_tables import TableSet
from credit_scoring.tables.source_files import stem_of
from credit_scoring.tables.table_errors import Problem, listed

TARGET = "TARGET"
MOST_UNSEEN = 4  # levels, in a row


def show(tables: TableSet, console: Console, *, every_column: bool) -> None:
    """Print the report: tables, classes, columns; then everything that is wrong, or that nothing is."""
    facts = {name: table_facts(frame, contracts()[name]) for name, frame in tables.frames.items()}
    console.print(_tables(tables, facts))
    for name in tables.absent:
        file = stem_of(contracts()[name], labelled=tables.labelled)
        console.print(f"There is no [bold]{file}[/]: features of that table will be left out.")
    console.print(_classes(tables))
    if any(tables.orphans.values()):
        console.print(
            "Orphans are rows of applicants or credits that stand in no file here: they are not used."
        )
    for name, found in facts.items():
        console.print(
            _columns(name, found.columns) if every_column else _remarks(name, found.columns)
        )
    if not every_column:
        console.print(
            "[dim]--columns shows every column: missing, range, levels, against what is allowed.[/]"
        )
    _verdict(tables, console)


def few_of_a_class(tables: TableSet, fewest: int) -> list[Problem]:
    """The problem of too few applicants with, or without, a default to learn from."""
    counts = _class_counts(tables)
    if counts is None or min(counts) >= fewest:
        return []
    word = "defaults" if counts[1] <= counts[0] else "applicants without a default"
    found = f"{min(counts)} {word}"
    return [
        Problem(
            tables.opened["application"].source.name,
            found,
            f"training needs at least {fewest}",
            TARGET,
        )
    ]


def _class_counts(tables: TableSet) -> tuple[int, int] | None:
    """How many applicants paid, how many did not; None where the outcome cannot be read."""
    frame = tables.frames.get("application")
    if frame is None or TARGET not in frame.collect_schema().names():
        return None
    counted = frame.select((pl.col(TARGET) == value).sum().alias(str(value)) for value in (0, 1))
    paid, defaulted = counted.collect(engine="streaming").row(0)
    return paid, defaulted


def _classes(tables: TableSet) -> str:
    counts = _class_counts(tables)
    if counts is None:
        return f"{TARGET} cannot be read: how many applicants defaulted is not known."
    share = f" ({counts[1] / sum(counts):.2%})" if sum(counts) else ""
    return f"{sum(counts):,} applicants with a known outcome: {counts[1]:,} defaults{share}, {counts[0]:,} without."


def _tables(tables: TableSet, facts: dict[str, TableFacts]) -> Grid:
    grid = Grid(title=f"Tables in {escape(str(tables.path))}", title_justify="left", box=SIMPLE)
    for title in ("file", "rows", "columns", "of", "missing", "orphans"):
        grid.add_column(
            title, justify="left" if title == "file" else "right", no_wrap=title == "file"
        )
    for name, found in facts.items():
        join = contracts()[name].join
        whose = {"application": "applicants", "bureau": "credits"}[
            join.table if join else "application"
        ]
        owners = f"{found.owners:,} {whose}" if found.owners is not None else ""
        orphans = f"{tables.orphans[name]:,}" if name in tables.orphans else ""
        file = Path(tables.opened[name].source.name).name
        grid.add_row(
            file,
            f"{found.rows:,}",
            str(len(found.columns)),
            owners,
            f"{found.missing:.1%}",
            orphans,
        )
    return grid


def _remarks(name: str, columns: list[ColumnFacts]) -> str:
    """The columns worth a look, in a line or two."""
    remarks = [(column.column.name, column.remark) for column in columns if column.remark]
    groups = {remark: [name for name, said in remarks if said == remark] for _, remark in remarks}
    told = "; ".join(
        f"{remark}: {len(names)} ({listed(names)})" for remark, names in groups.items()
    )
    return f"[bold]{contracts()[name].file}[/]: {told or 'no column stands out'}"


def _columns(name: str, columns: list[ColumnFacts]) -> Grid:
    grid = Grid(title=contracts()[name].file, title_justify="left", box=SIMPLE)
    for heading in ("column", "missing", "found", "allowed", "worth a look"):
        grid.add_column(
            heading, overflow="fold", justify="right" if heading == "missing" else "left"
        )
    for facts in columns:
        grid.add_row(
            facts.column.name,
            f"{facts.missing:.1%}",
            _found(facts),
            _allowed(facts.column),
            facts.remark,
        )
    return grid


def _found(facts: ColumnFacts) -> str:
    if not facts.column.is_category:
        return "" if facts.low is None else f"{facts.low:,.6g} to {facts.high:,.6g}"
    unseen = facts.unseen
    if not unseen or not facts.levels:
        return f"{len(facts.levels)} levels"
    more = f" and {len(unseen) - MOST_UNSEEN} more" if len(unseen) > MOST_UNSEEN else ""
    return escape(f"{len(facts.levels)} levels, not {', '.join(unseen[:MOST_UNSEEN])}{more}")


def _allowed(column: Column) -> str:
    if column.is_category:
        return f"{len(column.levels)} levels"
    return f"{column.minimum:,.6g} to {column.maximum:,.6g} {column.unit}"


def _verdict(tables: TableSet, console: Console) -> None:
    if not tables.problems:
        console.print("[bold green]Training accepts this data.[/]")
        return
    number = len(tables.problems)
    things = "1 thing is" if number == 1 else f"{number} things are"
    console.print(f"[bold red]Training would refuse this data: {things} wrong.[/]")
    for problem in tables.problems:
        console.print(f"- {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
