"""Writing a table's contract as the TOML file that `contract.read_contract` reads: for a person to edit."""

from pathlib import Path
from typing import Any

import tomli_w
from rich.console import Console
from rich.table import Table as RichTable

from credit_scoring.errors import TableError
from credit_scoring.tables.contract import Column, Table, read_contract

COMMENT = """# {meaning}
# Edit what is wrong and pass the file back with --schema. Per column: dtype ("float32" or "category"), min and max
# (inclusive), levels, nullable, sentinel (a number that stands for missing), missing (texts that do), use ("input",
# "excluded", "key", "target"), meaning (shown to people).
"""
SHOWN = 5  # levels on screen
KEYS = {"alias": "name", "minimum": "min", "maximum": "max"}


def schema_text(table: Table) -> str:
    """The contract as TOML."""
    columns = {column.name: _row(column) for column in table.columns}
    body = {"file": table.file, "unique": list(table.unique), "columns": columns}
    return COMMENT.format(meaning=table.meaning) + tomli_w.dumps(body)


def show_schema(table: Table, console: Console) -> None:
    """Print what was inferred, a line per column."""
    shown = RichTable(title="The table's schema, as inferred", title_justify="left")
    for heading in ("column", "use", "type", "values", "may be missing", "note"):
        shown.add_column(heading)
    for column in table.columns:
        note = column.meaning if column.meaning != column.name else ""
        kind = "category" if column.is_category else "number"
        shown.add_row(column.name, column.use, kind, _values(column), "yes" if column.nullable else "no", note)
    console.print(shown)


def _values(column: Column) -> str:
    if column.is_category:
        more = f" and {len(column.levels) - SHOWN} more" if len(column.levels) > SHOWN else ""
        return ", ".join(column.levels[:SHOWN]) + more
    return "" if column.minimum is None else f"{column.minimum:g} to {column.maximum:g}"


def read_schema(path: Path) -> Table:
    """A contract that a person may have edited; TableError names the file and what it says wrong."""
    try:
        return read_contract(path)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TableError(f"{path} is no schema ({error}): let training write one, and edit that") from error


def _row(column: Column) -> dict[str, Any]:
    values = {KEYS.get(name, name): getattr(column, name) for name in Column.__dataclass_fields__ if name != "name"}
    return {name: value for name, value in values.items() if value not in (None, ())}
