"""What each source table holds, as data: `tables/<table>.toml` read into `Table` and `Column`.

Reading, the sample, the features and the API's schema all use these; nothing about a column is written
anywhere else. Source of the columns: the Home Credit Default Risk data dictionary, in our own words.
"""

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

Dtype = Literal["int8", "int16", "int32", "float32", "category"]
Use = Literal["key", "target", "input", "prohibited", "restricted", "excluded"]
FOLDER = Path(__file__).parent / "tables"


@dataclass(frozen=True)
class Column:
    """One column of a source table.

    `alias` is its short name inside feature names. `minimum` and `maximum` are inclusive, in `unit`.
    `levels` are the values of a category, in the order of their codes. `sentinel` (a number) and `missing`
    (texts) are the source's own marks for "no value": they are read as missing. `use` says what the column
    may be used for: `prohibited` and `restricted` attributes are no model inputs by default, `excluded` columns never.
    `note` is for whoever edits a schema: why a column stays out, what looks odd; clients never see it.
    """

    name: str
    alias: str
    dtype: Dtype
    nullable: bool
    meaning: str
    unit: str = "level"
    minimum: float | None = None
    maximum: float | None = None
    levels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sentinel: float | None = None
    use: Use = "input"
    note: str = ""

    @property
    def is_category(self) -> bool:
        """Whether the values are levels (text), not numbers."""
        return self.dtype == "category"

    @property
    def is_sensitive(self) -> bool:
        """Whether fair-lending rules keep the column out of the model unless a setting lets it in."""
        return self.use in ("prohibited", "restricted")

    @property
    def describes_applicant(self) -> bool:
        """Whether the column says something of the applicant that a model could learn from."""
        return self.use in ("input", "prohibited", "restricted")


@dataclass(frozen=True)
class Join:
    """How a table hangs on its parent: many rows of it share one value of `on` in `table`."""

    table: str
    on: str


@dataclass(frozen=True)
class Table:
    """One source table: its file names without extension, its key, its join and its columns in order."""

    name: str
    meaning: str
    file: str
    unlabelled_file: str | None
    unique: tuple[str, ...]
    join: Join | None
    columns: tuple[Column, ...]

    def __getitem__(self, name: str) -> Column:
        return self.by_name[name]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their name in the source."""
        return {column.name: column for column in self.columns}

    @cached_property
    def numbers(self) -> tuple[Column, ...]:
        """The numeric columns that describe the applicant: no keys, no target."""
        return tuple(c for c in self.columns if not c.is_category and c.describes_applicant)

    @cached_property
    def categories(self) -> tuple[Column, ...]:
        """The category columns."""
        return tuple(c for c in self.columns if c.is_category)


def _column(name: str, row: dict[str, Any]) -> Column:
    names = {"name": "alias", "min": "minimum", "max": "maximum"}
    values: dict[str, Any] = {
        names.get(key, key): tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
    }
    return Column(name=name, **values)


def read_contract(path: Path) -> Table:
    """A table's contract from its TOML file."""
    text = path.read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return Table(
        name=path.stem,
        meaning=text.splitlines()[0].removeprefix("# "),
        file=raw["file"],
        unlabelled_file=raw.get("unlabelled_file"),
        unique=tuple(raw["unique"]),
        join=Join(**raw["join"]) if "join" in raw else None,
        columns=tuple(_column(name, row) for name, row in raw["columns"].items()),
    )


@cache
def contracts() -> dict[str, Table]:
    """Every table's contract by table name, the application first."""
    tables = {path.stem: read_contract(path) for path in sorted(FOLDER.glob("*.toml"))}
    return {"application": tables.pop("application"), **tables}
