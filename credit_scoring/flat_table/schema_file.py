"""A flat table's schema as a TOML file: written for a person to edit, read back with every mistake named, shown."""

import math
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import tomli_w
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from credit_scoring.contracts.contract import Column, Table, Use
from credit_scoring.errors import SettingError, TableError
from credit_scoring.flat_table.infer_schema import LARGEST
from credit_scoring.suggestions import did_you_mean
from credit_scoring.toml_file import read_toml

COMMENT = """\
# The schema of a lender's table. Edit it and pass it back: python model.py train --table … --schema THIS_FILE
# use       "input", "excluded", "target", "key"; "prohibited" or "restricted" (credit law): no input unless --allow
# dtype     "float32" (a number), "int32" (a whole number) or "category" (one of its levels)
# min, max  inclusive, of a number; without them any number goes
# levels    of a category, in quotes, each as it stands in the table; the app refuses any other
# nullable  whether a value may be missing
# missing   texts that mean "no value"; sentinel: a number that does
# meaning   shown to people; unit too ("currency", "days", "years"). note is for you, and is not read.
"""
SHOWN = 3  # levels on screen
DTYPES = ("float32", "int32", "category")
DEFAULT_UNIT = {"category": "level"}  # a number's is "number"
USES = get_args(Use)
FIELDS = {  # key in the file: (field of Column, types, in words)
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
NUMBERS_ONLY, CATEGORIES_ONLY = ("min", "max", "sentinel"), ("levels", "missing")


def schema_text(table: Table) -> str:
    """The schema as TOML."""
    return COMMENT + "".join(
        "\n" + tomli_w.dumps({"columns": {c.name: _row(c)}}) for c in table.columns
    )


def _row(column: Column) -> dict[str, Any]:
    row = {key: getattr(column, field) for key, (field, *_) in FIELDS.items()}
    return {
        key: _plain(row[key]) for key in _worth_writing(column) if row[key] not in (None, (), "")
    }


def _worth_writing(column: Column) -> list[str]:
    if column.use in ("key", "target"):
        return ["use", "meaning"]
    if column.use == "excluded":
        return ["use", "dtype", "nullable", "note"]
    return [
        key
        for key in FIELDS
        if key != "unit" or column.unit != DEFAULT_UNIT.get(column.dtype, "number")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:  # noqa: PLR2004 - written without e
        return int(value)
    return list(value) if isinstance(value, tuple) else value


def write_schema(path: Path, table: Table) -> None:
    """Write the schema to a file that is not there yet; TableError where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(schema_text(table))
    except OSError as error:
        raise TableError(
            f"{path} cannot be written ({error.strerror}): name another place for the schema"
        ) from error


def read_schema(path: Path) -> Table:
    """The schema that a person may have edited; TableError names the file and everything wrong with it."""
    raw = read_toml(path, TableError, "mend it, or let train write a new one")
    rows = raw.get("columns")
    if (
        not isinstance(rows, dict)
        or not rows
        or not all(isinstance(row, dict) for row in rows.values())
    ):
        raise TableError(
            f"{path} has no [columns.NAME] tables: let train write a schema, and edit that"
        )
    wrong = [
        f"{key} is unknown: only [columns.NAME] tables are expected"
        for key in raw
        if key != "columns"
    ]
    wrong += [text for name, row in rows.items() for text in _mistakes(name, row)]
    wrong += [] if wrong else _mistakes_together(rows)
    if wrong:
        raise TableError(f"{path} is no schema:\n  " + "\n  ".join(wrong))
    columns = tuple(_column(name, row) for name, row in rows.items())
    keys = tuple(column.name for column in columns if column.use == "key")
    return Table("loans", "One row per loan.", "loans", None, keys, None, columns)


def require_same_roles(table: Table, path: Path, *, target: str | None, key: str | None) -> None:
    """SettingError where a target or key named beside a schema is not the schema's own."""
    own_target = next(column.name for column in table.columns if column.use == "target")
    own_key = table.unique[0] if table.unique else None
    for option, given, own in (("--target", target, own_target), ("--id", key, own_key)):
        if given is not None and given != own:
            raise SettingError(
                f"{option} is {given}, and {path} says {own or 'none'}: edit the file, or leave {option} out"
            )


def _column(name: str, row: dict[str, Any]) -> Column:
    values: dict[str, Any] = {
        "name": name,
        "alias": name,
        "meaning": name,
        "dtype": "category",
        "nullable": False,
    }
    values |= {
        FIELDS[key][0]: tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
    }
    return Column(**{"unit": DEFAULT_UNIT.get(values["dtype"], "number"), **values})


def _mistakes(name: str, row: dict[str, Any]) -> list[str]:
    """What is wrong with one column's table, for a person."""
    keys = list(FIELDS)
    found = [
        f"{key} is unknown{did_you_mean(key, keys)}: expected {', '.join(keys)}"
        for key in row
        if key not in FIELDS
    ]
    known = {key: value for key, value in row.items() if key in FIELDS}
    ill = {key: value for key, value in known.items() if not _well_typed(key, value)}
    found += [f"{key} is {value!r}: expected {FIELDS[key][2]}" for key, value in ill.items()]
    well = {key: value for key, value in known.items() if key not in ill}
    found += [*_mistaken_words(well), *(_mistaken_values(well) if not found else [])]
    return [f"{name}: {text}" for text in found]


def _well_typed(key: str, value: Any) -> bool:
    """Exactly the type: true is no number, and a list holds different texts."""
    kind = FIELDS[key][1]
    if isinstance(value, list):
        return (
            kind is list
            and all(type(item) is str for item in value)
            and len(set(value)) == len(value)
        )
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return isinstance(kind, type) and type(value) is kind
    return kind == (int, float) and abs(value) <= LARGEST  # False for NaN


def _mistaken_words(row: dict[str, Any]) -> list[str]:
    return [
        f"{key} is {row[key]!r}{did_you_mean(row[key], list(words))}: expected one of {', '.join(map(repr, words))}"
        for key, words in (("use", USES), ("dtype", DTYPES))
        if key in row and row[key] not in words
    ]


def _mistaken_values(row: dict[str, Any]) -> list[str]:
    """What does not go together within one column."""
    if row.get("use", "input") in ("excluded", "key", "target"):
        return []
    if "dtype" not in row:
        return [f"dtype is missing: expected one of {', '.join(map(repr, DTYPES))}"]
    category = row["dtype"] == "category"
    foreign = [key for key in (NUMBERS_ONLY if category else CATEGORIES_ONLY) if key in row]
    found = [
        f"{key} does not go with dtype {row['dtype']!r}: remove it, or change dtype"
        for key in foreign
    ]
    return found + [
        text for text in (_category_mistake(row) if category else _number_mistake(row)) if text
    ]


def _number_mistake(row: dict[str, Any]) -> list[str]:
    low, high, sentinel = row.get("min", -math.inf), row.get("max", math.inf), row.get("sentinel")
    if low > high:
        return [f"min {low} is above max {high}: exchange them"]
    inside = sentinel is not None and low <= sentinel <= high
    return (
        [f"sentinel {sentinel} lies from min to max, where it is a value too: narrow them"]
        if inside
        else []
    )


def _category_mistake(row: dict[str, Any]) -> list[str]:
    if "levels" in row and not row["levels"]:
        return ['levels is empty: list the levels, or set use = "excluded"']
    both = [text for text in row.get("missing", []) if text in row.get("levels", [])]
    return [f"{text!r} is a level and missing: remove it from one of them" for text in both]


def _mistakes_together(rows: dict[str, dict[str, Any]]) -> list[str]:
    """What does not go together among the columns: one target, at most one key, something to learn from."""
    uses = Counter(row.get("use", "input") for row in rows.values())
    found = []
    if uses["target"] != 1:
        found.append(f'{uses["target"]} columns have use = "target": expected one')
    if uses["key"] > 1:
        found.append(f'{uses["key"]} columns have use = "key": expected one at most')
    if not uses["input"] + uses["prohibited"] + uses["restricted"]:
        found.append('no column has use = "input": a model needs one')
    return found


def print_schema(table: Table, console: Console) -> None:
    """Print the schema, a line per column and how many there are of each use."""
    uses = Counter(column.use for column in table.columns)
    title = "Schema: " + ", ".join(f"{count} {use}" for use, count in uses.items())
    shown = RichTable("column", "use", "values", "note", title=title, title_justify="left")
    for column in table.columns:
        shown.add_row(
            *(Text(text) for text in (column.name, column.use, values_of(column), column.note))
        )
    console.print(shown)


def values_of(column: Column) -> str:
    """What a column may hold, in a few words: "0 to 1300, or missing"."""
    if not column.describes_applicant:
        return ""
    if column.is_category:
        more = f" … {len(column.levels)} levels" if len(column.levels) > SHOWN else ""
        text = ", ".join(column.levels[:SHOWN]) + more
    else:
        low, high = column.minimum, column.maximum
        kind = "whole " if column.dtype == "int32" else ""
        text = f"{kind}{'…' if low is None else f'{low:,.12g}'} to {'…' if high is None else f'{high:,.12g}'}"
    return f"{text}, or missing" if column.nullable else text
