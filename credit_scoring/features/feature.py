"""What is known of one feature: the row of the catalogue."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    `table` is the source table it comes from. `minimum` and `maximum` are inclusive, in `unit`; None is no
    bound. `levels` make it a category, in the order of their codes. `missing` and `sentinel` are the source's
    marks for "no value". `formula` says in words how it is computed; a raw column has none. `inputs` are the
    features that a row ratio is computed from. `sensitive` is the use ("prohibited", "restricted") of the
    attribute it is made from, if any. `empty` is its value for an applicant without rows in the table.
    """

    name: str
    table: str
    meaning: str
    unit: str = "level"
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    levels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sentinel: float | None = None
    formula: str = ""
    inputs: tuple[str, ...] = ()
    sensitive: str | None = None
    empty: str = "missing"

    @property
    def sources(self) -> tuple[str, ...]:
        """The features of a request that it is made of: its inputs, or itself."""
        return self.inputs or (self.name,)

    def as_dict(self) -> dict[str, Any]:
        """The row as it stands in a bundle's manifest and in the API: what is absent is left out."""
        pairs = (
            (key, list(value) if isinstance(value, tuple) else value)
            for key, value in vars(self).items()
        )
        return {
            key: value
            for key, value in pairs
            if not (value is None or value is False or value in ("", []))
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Feature":
        """The inverse of `as_dict`."""
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
        }
        return cls(**values)
