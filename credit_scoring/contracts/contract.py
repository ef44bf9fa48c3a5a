"""The contract of each source table as data: `tables/<table>.toml`, read into `Table` and `Column`.

Reading, the sample, the features and the API's schema all use these contracts; nothing else
describes a column. Source of the columns: the Home Credit Default Risk data dictionary, in our own
words.
"""

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, Protocol

Dtype = Literal["int8", "int16", "int32", "float32", "category"]
Use = Literal["key", "target", "time", "input", "prohibited", "restricted", "excluded"]
Sentinel = float | tuple[float, ...] | None
RiskDirection = Literal["up", "down"]  # of the risk as the value rises
FIELD_NAMES = {  # by key in a TOML file
    "name": "alias", "min": "minimum", "max": "maximum", "exclusive_min": "exclusive_minimum",
    "default": "default_values",
}  # fmt: skip
CONTRACTS_FOLDER = resources.files("credit_scoring.contracts") / "tables"


class ValueConstraints(Protocol):
    """The values that a `Column` of a table or a `Feature` of a model may have."""

    @property
    def minimum(self) -> float | None:
        """The lowest number, or the bound below it; None without a bound."""

    @property
    def exclusive_minimum(self) -> bool:
        """Whether numbers must be greater than `minimum`, which is otherwise allowed."""

    @property
    def maximum(self) -> float | None:
        """The highest number, inclusive; None without a bound."""

    @property
    def whole(self) -> bool:
        """Whether fractions are refused."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The values of a category, in the order of their codes; a number has none."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The texts that the source writes for "no value"."""

    @property
    def sentinel(self) -> Sentinel:
        """The number, or the numbers, that the source writes for "no value"."""


@dataclass(frozen=True)
class Column:
    """One column of a source table; it satisfies `ValueConstraints`.

    `alias` is its short name inside feature names. `minimum` and `maximum` are in `unit`; numbers
    must be greater than the minimum if it is exclusive, as an amount of credit. `use` is
    the purpose that the column serves: `prohibited` and `restricted` attributes are not model
    inputs by default, `excluded` columns never are. `time` is when the loan was applied for: such a
    column may be absent and is not an input. With a `direction`, a higher value never lowers ("up")
    or never raises ("down") the risk that a model trained with directions estimates. `note` is for
    the person who edits a schema: why a column stays out, or what looks odd. Clients never see it.
    `default_values` are the levels of a target that mean default; without them it is 0 and 1.
    `decimal` is "," if the source writes numbers as 1.234,5.
    """

    name: str
    alias: str
    dtype: Dtype
    nullable: bool
    meaning: str
    unit: str = "level"
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    levels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sentinel: Sentinel = None
    use: Use = "input"
    note: str = ""
    direction: RiskDirection | None = None
    default_values: tuple[str, ...] = ()
    decimal: str = ""

    @property
    def is_category(self) -> bool:
        """Whether the values are levels (text), not numbers."""
        return self.dtype == "category"

    @property
    def whole(self) -> bool:
        """Whether the values are whole numbers."""
        return self.dtype.startswith("int")

    @property
    def is_sensitive(self) -> bool:
        """Whether fair-lending rules keep the column out of the model by default."""
        return self.use in ("prohibited", "restricted")

    @property
    def describes_applicant(self) -> bool:
        """Whether the column says something about the applicant that a model could learn from."""
        return self.use in ("input", "prohibited", "restricted")

    @property
    def is_recorded(self) -> bool:
        """Whether the record of an applicant has the column: not the outcome, not the time."""
        return self.use not in ("target", "time")


@dataclass(frozen=True)
class Join:
    """A table's link to its parent `table`: many of its rows share one value of the key `on`."""

    table: str
    on: str


@dataclass(frozen=True)
class Table:
    """One source table: its columns in order, its key and its link to a parent.

    `file` and `unlabelled_file` (the applicants without a target) are names without extension.
    """

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
        """The columns by name in the source."""
        return {column.name: column for column in self.columns}

    @cached_property
    def target(self) -> Column:
        """The column of the outcome, which a flat table has."""
        return next(column for column in self.columns if column.use == "target")

    @cached_property
    def time(self) -> str | None:
        """The name of the column that says when a loan was applied for, if there is one."""
        return next((column.name for column in self.columns if column.use == "time"), None)

    @cached_property
    def numbers(self) -> tuple[Column, ...]:
        """The numeric columns that describe the applicant: no keys, no target."""
        return tuple(c for c in self.columns if not c.is_category and c.describes_applicant)

    @cached_property
    def categories(self) -> tuple[Column, ...]:
        """The category columns."""
        return tuple(c for c in self.columns if c.is_category)


def read_column(name: str, row: dict[str, Any]) -> Column:
    """A column from its table in a TOML file."""
    values: dict[str, Any] = {
        FIELD_NAMES.get(key, key): tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
    }
    return Column(name=name, **values)


def read_contract(file: Traversable) -> Table:
    """A table's contract from its TOML file."""
    text = file.read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return Table(
        name=file.name.removesuffix(".toml"),
        meaning=text.splitlines()[0].removeprefix("# "),
        file=raw["file"],
        unlabelled_file=raw.get("unlabelled_file"),
        unique=tuple(raw["unique"]),
        join=Join(**raw["join"]) if "join" in raw else None,
        columns=tuple(read_column(name, row) for name, row in raw["columns"].items()),
    )


@cache
def contracts() -> dict[str, Table]:
    """Every table's contract by table name, the application first."""
    files = [file for file in CONTRACTS_FOLDER.iterdir() if file.name.endswith(".toml")]
    tables = {
        table.name: table for table in map(read_contract, sorted(files, key=lambda file: file.name))
    }
    return {"application": tables.pop("application"), **tables}
