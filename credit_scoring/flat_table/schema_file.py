"""A flat table's schema as a TOML file that a person may edit: write, read and check it."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

import tomli_w

from credit_scoring.contracts.column_check import MAX_MAGNITUDE
from credit_scoring.contracts.contract import (
    FIELD_NAMES,
    Column,
    RiskDirection,
    Table,
    Use,
    read_column,
)
from credit_scoring.errors import SettingError, TableError
from credit_scoring.files import StrPath
from credit_scoring.suggestions import did_you_mean
from credit_scoring.toml_file import read_toml

COMMENT = """\
# The schema of a lender's table. Edit it and pass it back:
#           python model.py train --table … --schema THIS_FILE
# use       "input", "excluded", "target", "key", "time" (when the loan was applied for: a date or a
#           month); "prohibited" or "restricted" (by credit law): not an input unless --allow
# dtype     "float32" (a number), "int32" (a whole number) or "category" (one of its levels)
# min, max  inclusive, of a number; without them any number is valid
# levels    of a category, in quotes, each exactly as in the table; the app refuses any other
# direction of a number: "up" if a higher value never lowers the risk, "down" if it never raises it
# nullable  whether a value may be missing
# missing   texts that mean "no value"; sentinel: a number that does, or a list of numbers
# default   of the target: those of its levels that mean default; without it, 1, yes or true does
# decimal   "," if a file writes the number as 1.234,5
# meaning   shown to people; unit too ("currency", "days", "years"). note is for you, and not read.
"""
DTYPES = ("float32", "int32", "category")
USES = get_args(Use)
DIRECTIONS = get_args(RiskDirection)
WORDS = {"use": USES, "dtype": DTYPES, "direction": DIRECTIONS, "decimal": (".", ",")}
TEXT = (str, "text")
NUMBER = ((int, float), "a number")
NUMBERS = (int, float, list)
FIELDS = {  # key in the file: (type, the type in words)
    "use": TEXT,
    "dtype": TEXT,
    "nullable": (bool, "true or false"),
    "min": NUMBER,
    "max": NUMBER,
    "levels": (list, 'a list of different texts, such as ["A", "B"]'),
    "missing": (list, 'a list of different texts, such as ["NA"]'),
    "sentinel": (NUMBERS, "a number, or a list of different numbers"),
    "decimal": TEXT,
    "direction": TEXT,
    "default": (list, 'a list of different texts, such as ["Charged Off"]'),
    "unit": TEXT,
    "meaning": TEXT,
    "note": TEXT,
}
NUMBERS_ONLY = ("min", "max", "sentinel", "direction", "decimal")
CATEGORIES_ONLY = ("levels",)
KEYS_BY_USE: dict[str, Iterable[str]] = {  # written for a column that is not an input
    "excluded": ("use", "dtype", "nullable", "note"),
    "key": ("use", "meaning"),
    "target": ("use", "meaning", "levels", "default"),
    "time": ("use", "meaning"),
}
MAX_PLAIN_INTEGER = 1e15  # larger ones are written with an exponent


def schema_text(table: Table) -> str:
    """The schema as TOML."""
    tables = [tomli_w.dumps({"columns": {c.name: _toml_row(c)}}) for c in table.columns]
    return COMMENT + "".join(f"\n{text}" for text in tables)


def _toml_row(column: Column) -> dict[str, Any]:
    keys = KEYS_BY_USE.get(column.use, FIELDS)
    values = {key: getattr(column, FIELD_NAMES.get(key, key)) for key in keys}
    if column.unit == _default_unit(column.dtype):
        values.pop("unit", None)
    return {key: _toml_value(value) for key, value in values.items() if value not in (None, (), "")}


def _default_unit(dtype: str) -> str:
    return "level" if dtype == "category" else "number"


def _toml_value(value: Any) -> Any:
    if isinstance(value, float) and value == int(value) and abs(value) < MAX_PLAIN_INTEGER:
        return int(value)
    return [_toml_value(item) for item in value] if isinstance(value, tuple) else value


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


def read_schema(path: StrPath) -> Table:
    """The schema that a person may have edited; TableError names the file and all its mistakes."""
    path = Path(path)
    document = read_toml(path, TableError, "correct it, or let train write a new one")
    rows = document.pop("columns", None)
    if not (isinstance(rows, dict) and rows and all(isinstance(r, dict) for r in rows.values())):
        raise TableError(
            f"{path} has no [columns.NAME] tables: let train write a schema, and edit that"
        )
    mistakes = [f"{key} is unknown: only [columns.NAME] tables are expected" for key in document]
    mistakes += [text for name, row in rows.items() for text in _column_mistakes(name, row)]
    if mistakes := mistakes or _table_mistakes(rows):
        raise TableError(f"{path} is not a valid schema:\n  " + "\n  ".join(mistakes))
    columns = tuple(_column(name, row) for name, row in rows.items())
    keys = tuple(column.name for column in columns if column.use == "key")
    return Table("loans", "One row per loan.", "loans", None, keys, None, columns)


def require_same_roles(
    table: Table,
    path: Path,
    *,
    target: str | None,
    key: str | None,
    target_default: Sequence[str] = (),
) -> None:
    """Raise SettingError if a target or key given with a schema differs from the schema's own."""
    schema_key = table.unique[0] if table.unique else None
    schema_default = ", ".join(sorted(table.target.default_values))
    pairs = (
        ("--target", target, table.target.name),
        ("--id", key, schema_key),
        ("--target-default", ", ".join(sorted(target_default)) or None, schema_default),
    )
    for option, value, schema_value in pairs:
        if value is not None and value != schema_value:
            conflict = f"{option} is {value}, and {path} says {schema_value or 'none'}"
            raise SettingError(f"{conflict}: edit the file, or leave {option} out")


def _column(name: str, row: dict[str, Any]) -> Column:
    dtype = row.get("dtype", "category")
    unit = _default_unit(dtype)
    defaults = {"name": name, "dtype": dtype, "meaning": name, "nullable": False, "unit": unit}
    return read_column(name, defaults | row)


def _column_mistakes(name: str, row: dict[str, Any]) -> list[str]:
    """What is wrong with the table of one column, as messages."""
    unknown = [key for key in row if key not in FIELDS]
    ill_typed = [key for key in row if key in FIELDS and not _is_well_typed(key, row[key])]
    mistakes = [
        f"{key} is unknown{did_you_mean(key, FIELDS)}: expected {', '.join(FIELDS)}"
        for key in unknown
    ]
    mistakes += [f"{key} is {row[key]!r}: expected {FIELDS[key][1]}" for key in ill_typed]
    value_mistakes = [] if mistakes else _value_mistakes(row)
    words = {key: row[key] for key in WORDS if key in row and key not in ill_typed}
    return [f"{name}: {text}" for text in (*mistakes, *_word_mistakes(words), *value_mistakes)]


def _is_well_typed(key: str, value: Any) -> bool:
    """Whether the type is exact: true is not a number, and a list holds different items."""
    kind = FIELDS[key][0]
    if isinstance(value, list):
        is_item = _is_finite if key == "sentinel" else _is_text
        return kind in (list, NUMBERS) and all(map(is_item, value)) and _are_different(value)
    if kind == NUMBERS:
        return _is_finite(value)
    return _is_number(value) if kind == NUMBER[0] else type(value) is kind


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < math.inf


def _is_number(value: Any) -> bool:
    return _is_finite(value) and abs(value) <= MAX_MAGNITUDE


def _are_different(items: list[Any]) -> bool:
    return len(set(items)) == len(items)


def _word_mistakes(row: dict[str, Any]) -> list[str]:
    return [
        f"{key} is {row[key]!r}{did_you_mean(row[key], words)}: expected one of {_quoted(words)}"
        for key, words in WORDS.items()
        if row.get(key, words[0]) not in words
    ]


def _value_mistakes(row: dict[str, Any]) -> list[str]:
    """The fields of one column that contradict each other."""
    if row.get("use") == "target":
        return _target_mistakes(row)
    if row.get("use") in KEYS_BY_USE:
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
    codes = row.get("sentinel", [])
    codes = codes if isinstance(codes, list) else [codes]
    if low > high:
        return [f"min {low} is above max {high}: exchange them"]
    return [
        f"sentinel {code} is from min to max, so it is a value too: narrow them"
        for code in codes
        if low <= code <= high
    ]


def _target_mistakes(row: dict[str, Any]) -> list[str]:
    levels = row.get("levels", [])
    return [
        f"default has {value!r}{did_you_mean(value, levels)}: expected one of the levels, "
        f"{_quoted(tuple(levels))}"
        for value in row.get("default", [])
        if value not in levels
    ]


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
    """The mistakes among columns: one target, at most one key and one time, at least one input."""
    uses = Counter(row.get("use", "input") for row in rows.values())
    checks = {
        f'{uses["target"]} columns have use = "target": expected one': uses["target"] != 1,
        f'{uses["key"]} columns have use = "key": expected one at most': uses["key"] > 1,
        f'{uses["time"]} columns have use = "time": expected one at most': uses["time"] > 1,
        'no column has use = "input": a model needs one': uses.keys() <= KEYS_BY_USE.keys(),
    }
    return [mistake for mistake, is_violated in checks.items() if is_violated]
