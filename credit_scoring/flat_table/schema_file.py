"""A flat table's schema as a TOML file that a person may edit: write, read, check and print it."""

import math
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import tomli_w
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from credit_scoring.contracts.column_check import MAX_MAGNITUDE
from credit_scoring.contracts.contract import Column, Table, Use
from credit_scoring.errors import SettingError, TableError
from credit_scoring.suggestions import did_you_mean
from credit_scoring.toml_file import read_toml

COMMENT = """\
# The schema of a lender's table. Edit it and pass it back:
#           python model.py train --table … --schema THIS_FILE
# use       "input", "excluded", "target", "key"; "prohibited" or "restricted" (by credit law):
#           not an input unless --allow
# dtype     "float32" (a number), "int32" (a whole number) or "category" (one of its levels)
# min, max  inclusive, of a number; without them any number is valid
# levels    of a category, in quotes, each exactly as in the table; the app refuses any other
# nullable  whether a value may be missing
# missing   texts that mean "no value"; sentinel: a number that does
# meaning   shown to people; unit too ("currency", "days", "years"). note is for you, and not read.
"""
MAX_LEVELS_SHOWN = 3
DTYPES = ("float32", "int32", "category")
USES = get_args(Use)
FIELDS = {  # key in the file: (field of Column, type, the type in words)
    "use": ("use", str, "text"),
    "dtype": ("dtype", str, "text"),
    "nullable": ("nullable", bool, "true or false"),
    "min": ("minimum", (int, float), "a number"),
    "max": ("maximum", (int, float), "a number"),
    "levels": ("levels", list, 'a list of different texts, such as ["A", "B"]'),
    "missing": ("missing", list, 'a list of different texts, such as ["NA"]'),
    "sentinel": ("sentinel", (int, float), "a number"),
    "unit": ("unit", str, "text"),
    "meaning": ("meaning", str, "text"),
    "note": ("note", str, "text"),
}
NUMBERS_ONLY = ("min", "max", "sentinel")
CATEGORIES_ONLY = ("levels", "missing")
NOT_INPUTS = ("excluded", "key", "target")
MAX_PLAIN_INTEGER = 1e15  # larger ones are written with an exponent


def schema_text(table: Table) -> str:
    """The schema as TOML."""
    tables = [tomli_w.dumps({"columns": {c.name: _toml_row(c)}}) for c in table.columns]
    return COMMENT + "".join(f"\n{text}" for text in tables)


def _toml_row(column: Column) -> dict[str, Any]:
    values = {key: getattr(column, FIELDS[key][0]) for key in _keys_to_write(column)}
    return {key: _toml_value(value) for key, value in values.items() if value not in (None, (), "")}


def _keys_to_write(column: Column) -> list[str]:
    if column.use in ("key", "target"):
        return ["use", "meaning"]
    if column.use == "excluded":
        return ["use", "dtype", "nullable", "note"]
    return [key for key in FIELDS if key != "unit" or column.unit != _default_unit(column.dtype)]


def _default_unit(dtype: str) -> str:
    return "level" if dtype == "category" else "number"


def _toml_value(value: Any) -> Any:
    if isinstance(value, float) and value == int(value) and abs(value) < MAX_PLAIN_INTEGER:
        return int(value)
    return list(value) if isinstance(value, tuple) else value


def write_schema(path: Path, table: Table) -> None:
    """Write the schema to a new file; TableError if it exists or cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(schema_text(table))
    except OSError as error:
        raise TableError(
            f"{path} cannot be written ({error.strerror}): name another place for the schema"
        ) from error


def read_schema(path: Path) -> Table:
    """The schema that a person may have edited; TableError names the file and all its mistakes."""
    document = read_toml(path, TableError, "correct it, or let train write a new one")
    rows = document.get("columns")
    if not (isinstance(rows, dict) and rows and all(isinstance(r, dict) for r in rows.values())):
        raise TableError(
            f"{path} has no [columns.NAME] tables: let train write a schema, and edit that"
        )
    mistakes = [
        f"{key} is unknown: only [columns.NAME] tables are expected"
        for key in document
        if key != "columns"
    ]
    mistakes += [text for name, row in rows.items() for text in _column_mistakes(name, row)]
    if mistakes := mistakes or _table_mistakes(rows):
        raise TableError(f"{path} is not a valid schema:\n  " + "\n  ".join(mistakes))
    columns = tuple(_column(name, row) for name, row in rows.items())
    keys = tuple(column.name for column in columns if column.use == "key")
    return Table("loans", "One row per loan.", "loans", None, keys, None, columns)


def require_same_roles(table: Table, path: Path, *, target: str | None, key: str | None) -> None:
    """Raise SettingError if a target or key given with a schema differs from the schema's own."""
    schema_target = next(column.name for column in table.columns if column.use == "target")
    schema_key = table.unique[0] if table.unique else None
    pairs = (("--target", target, schema_target), ("--id", key, schema_key))
    for option, value, schema_value in pairs:
        if value is not None and value != schema_value:
            conflict = f"{option} is {value}, and {path} says {schema_value or 'none'}"
            raise SettingError(f"{conflict}: edit the file, or leave {option} out")


def _column(name: str, row: dict[str, Any]) -> Column:
    values: dict[str, Any] = {
        FIELDS[key][0]: tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
    }
    dtype = values.setdefault("dtype", "category")
    defaults = {"meaning": name, "nullable": False, "unit": _default_unit(dtype)}
    return Column(name=name, alias=name, **{**defaults, **values})


def _column_mistakes(name: str, row: dict[str, Any]) -> list[str]:
    """What is wrong with the table of one column, as messages."""
    known = {key: value for key, value in row.items() if key in FIELDS}
    well_typed = {key: value for key, value in known.items() if _is_well_typed(key, value)}
    mistakes = [
        f"{key} is unknown{did_you_mean(key, FIELDS)}: expected {', '.join(FIELDS)}"
        for key in row
        if key not in known
    ]
    mistakes += [
        f"{key} is {value!r}: expected {FIELDS[key][2]}"
        for key, value in known.items()
        if key not in well_typed
    ]
    values_mistakes = [] if mistakes else _value_mistakes(well_typed)
    mistakes += [*_word_mistakes(well_typed), *values_mistakes]
    return [f"{name}: {text}" for text in mistakes]


def _is_well_typed(key: str, value: Any) -> bool:
    """Whether the type is exact: true is not a number, and a list holds different texts."""
    kind = FIELDS[key][1]
    if isinstance(value, list):
        are_texts = all(type(item) is str for item in value)
        return kind is list and are_texts and len(set(value)) == len(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return isinstance(kind, type) and type(value) is kind
    return kind == (int, float) and abs(value) <= MAX_MAGNITUDE  # False for NaN


def _word_mistakes(row: dict[str, Any]) -> list[str]:
    return [
        f"{key} is {row[key]!r}{did_you_mean(row[key], words)}: expected one of {_quoted(words)}"
        for key, words in (("use", USES), ("dtype", DTYPES))
        if key in row and row[key] not in words
    ]


def _value_mistakes(row: dict[str, Any]) -> list[str]:
    """The fields of one column that contradict each other."""
    if row.get("use") in NOT_INPUTS:
        return []
    if "dtype" not in row:
        return [f"dtype is missing: expected one of {_quoted(DTYPES)}"]
    is_category = row["dtype"] == "category"
    mistakes = [
        f"{key} does not go with dtype {row['dtype']!r}: remove it, or change dtype"
        for key in (NUMBERS_ONLY if is_category else CATEGORIES_ONLY)
        if key in row
    ]
    return mistakes + (_category_mistakes(row) if is_category else _number_mistakes(row))


def _number_mistakes(row: dict[str, Any]) -> list[str]:
    low = row.get("min", -math.inf)
    high = row.get("max", math.inf)
    sentinel = row.get("sentinel", math.nan)
    if low > high:
        return [f"min {low} is above max {high}: exchange them"]
    if low <= sentinel <= high:
        return [f"sentinel {sentinel} is from min to max, so it is a value too: narrow them"]
    return []


def _category_mistakes(row: dict[str, Any]) -> list[str]:
    if "levels" in row and not row["levels"]:
        return ['levels is empty: list the levels, or set use = "excluded"']
    return [
        f"{text!r} is a level and missing: remove it from one of them"
        for text in row.get("missing", [])
        if text in row.get("levels", [])
    ]


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(map(repr, words))


def _table_mistakes(rows: dict[str, dict[str, Any]]) -> list[str]:
    """The mistakes among columns: exactly one target, at most one key, at least one input."""
    uses = Counter(row.get("use", "input") for row in rows.values())
    mistakes = []
    if uses["target"] != 1:
        mistakes.append(f'{uses["target"]} columns have use = "target": expected one')
    if uses["key"] > 1:
        mistakes.append(f'{uses["key"]} columns have use = "key": expected one at most')
    if not uses["input"] + uses["prohibited"] + uses["restricted"]:
        mistakes.append('no column has use = "input": a model needs one')
    return mistakes


def print_schema(table: Table, console: Console) -> None:
    """Print the schema: a line per column, and the number of columns per use."""
    uses = Counter(column.use for column in table.columns)
    title = "Schema: " + ", ".join(f"{count} {use}" for use, count in uses.items())
    grid = Grid("column", "use", "values", "note", title=title, title_justify="left")
    for column in table.columns:
        cells = (column.name, column.use, describe_values(column), column.note)
        grid.add_row(*map(Text, cells))
    console.print(grid)


def describe_values(column: Column) -> str:
    """The values that a column may have, in a few words: "0 to 1300, or missing"."""
    if not column.describes_applicant:
        return ""
    if column.is_category:
        count = len(column.levels)
        more = f" … {count} levels" if count > MAX_LEVELS_SHOWN else ""
        text = ", ".join(column.levels[:MAX_LEVELS_SHOWN]) + more
    else:
        bounds = (column.minimum, column.maximum)
        low, high = ("…" if bound is None else f"{bound:,.12g}" for bound in bounds)
        text = f"{'whole ' if column.whole else ''}{low} to {high}"
    return f"{text}, or missing" if column.nullable else text
