"""The description of one feature: a row of the catalogue."""

from dataclasses import dataclass
from typing import Any

from credit_scoring.contracts.contract import Column, RiskDirection, Sentinel


@dataclass(frozen=True)
class Feature:
    """One column of the feature table; it satisfies `ValueConstraints`.

    `table` is the source table. `minimum` and `maximum` are in `unit` and inclusive, unless
    `exclusive_minimum` is true; None means unbounded. `levels` are the values of a category, in the
    order of their codes. `missing` and `sentinel` mean that a value is missing; a number has texts
    in `missing` only for files, and `decimal` is "," if they write 1.234,5. `formula` says in
    words how the feature is computed; a raw column has none. `inputs` are the features that a row
    ratio is computed from; a `fitted` feature is computed from them with a term model, see
    `credit_scoring.loan_price`.
    `sensitive` is the use ("prohibited", "restricted") of the attribute it is made from, if any.
    `empty` is the value for an applicant without rows in the table. With a `direction`, a higher
    value never lowers ("up") or never raises ("down") the estimated risk; a model trained without
    directions has features without one.
    """

    name: str
    table: str
    meaning: str
    unit: str = "level"
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    whole: bool = False
    levels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sentinel: Sentinel = None
    formula: str = ""
    inputs: tuple[str, ...] = ()
    sensitive: str | None = None
    empty: str = "missing"
    direction: RiskDirection | None = None
    fitted: bool = False
    decimal: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The features that a request must contain for this one: its inputs, or itself."""
        return self.inputs or (self.name,)

    def as_dict(self) -> dict[str, Any]:
        """The row as in a bundle's manifest and in the API, without absent values."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in vars(self).items()
            if not (value is None or value is False or value in ("", ()))
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Feature":
        """The inverse of `as_dict`."""
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
        }
        return cls(**values)


def column_feature(column: Column, table: str) -> Feature:
    """The feature that is a column of `table`, unchanged."""
    return Feature(
        name=column.name,
        table=table,
        meaning=column.meaning,
        unit=column.unit,
        minimum=column.minimum,
        maximum=column.maximum,
        exclusive_minimum=column.exclusive_minimum,
        whole=column.whole,
        levels=column.levels,
        missing=column.missing,
        sentinel=column.sentinel,
        sensitive=column.use if column.is_sensitive else None,
        direction=column.direction,
        decimal=column.decimal,
    )
