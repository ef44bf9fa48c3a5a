"""The columns of a table: of a data frame, or of an array of objects such as ColumnTransformer's.

A category's levels are text in the model; whole numbers and booleans become theirs.
"""

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from credit_scoring.estimator.type_aliases import Floats, Table

EXPECTED = "expected numbers, booleans or categories"
MISSING_TYPES = ("NoneType", "NAType", "NaTType")


class Column(Protocol):
    """One column: its name, kind, missing cells and values."""

    @property
    def name(self) -> str:
        """The column's name."""

    @property
    def kind(self) -> str:
        """The type of its values, as messages show it."""

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Whether each cell (n,) is missing."""

    def is_category(self) -> bool:
        """Return whether it holds levels, not numbers; TypeError if it holds neither."""

    def levels(self) -> tuple[str, ...]:
        """Return the levels that its dtype declares, else those present, in order."""

    def texts(self) -> list[str | None]:
        """Return the level of each cell, None if missing."""

    def numbers(self) -> Floats:
        """Return the values (n,) as float64, missing NaN."""


def columns_of(table: Table, names: Sequence[str]) -> list[Column]:
    """Return the columns of a data frame or array of objects; none of a numeric array."""
    if isinstance(table, nw.DataFrame):
        return [FrameColumn(series) for series in table.iter_columns()]
    if table.dtype != object:
        return []
    return [ObjectColumn(name, table[:, i]) for i, name in enumerate(names)]


@dataclass(frozen=True)
class FrameColumn:
    """A column of a data frame."""

    series: Any

    @property
    def name(self) -> str:
        """The column's name."""
        return str(self.series.name)

    @property
    def kind(self) -> str:
        """The column's dtype."""
        return str(self.series.dtype)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Whether each cell (n,) is missing."""
        return np.asarray(self.series.is_null().to_numpy())

    def is_category(self) -> bool:
        """Return whether it holds levels, not numbers; TypeError if it holds neither."""
        dtype = self.series.dtype
        if isinstance(dtype, (nw.String, nw.Categorical, nw.Enum)):
            return True
        if dtype.is_numeric() or dtype == nw.Boolean or self.series.is_null().all():
            return False
        raise TypeError(f"column {self.name} is {self.kind}: {EXPECTED}")

    def levels(self) -> tuple[str, ...]:
        """Return the levels that its dtype declares, else those present, in order."""
        dtype = self.series.dtype
        if isinstance(dtype, nw.Enum):
            return level_texts(self.name, dtype.categories)
        if dtype == nw.Categorical and self.series.implementation.is_pandas():
            return level_texts(self.name, _ascending(self.series.cat.get_categories().to_list()))
        # a polars Categorical declares none: its levels belong to the whole process
        return level_texts(self.name, _ascending(set(self.series.drop_nulls().to_list())))

    def texts(self) -> list[str | None]:
        """Return the level of each cell, None if missing."""
        return [_text(item) for item in self.series.to_list()]

    def numbers(self) -> Floats:
        """Return the values (n,) as float64, missing NaN."""
        return np.asarray(self.series.cast(nw.Float64).to_numpy())


@dataclass(frozen=True)
class ObjectColumn:
    """A column `values` (n,) of an array of objects: numbers and booleans, or text."""

    name: str
    values: NDArray[Any]

    @property
    def kind(self) -> str:
        """The types of the values."""
        return ", ".join(sorted({type(value).__name__ for value in self._present()}))

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Whether each cell (n,) is None or not a number."""
        return np.fromiter(map(_is_missing, self.values), np.bool_, len(self.values))

    def is_category(self) -> bool:
        """Return whether it holds levels, not numbers; TypeError if it holds neither."""
        present = self._present()
        is_text = [isinstance(value, str) for value in present]
        if present and all(is_text):
            return True
        if any(is_text) or not all(isinstance(value, (Real, np.bool_)) for value in present):
            raise TypeError(f"column {self.name} holds {self.kind}: {EXPECTED}, of one kind")
        return False

    def levels(self) -> tuple[str, ...]:
        """Return the levels present, in order."""
        return level_texts(self.name, _ascending(set(self._present())))

    def texts(self) -> list[str | None]:
        """Return the level of each cell, None if missing."""
        return [_text(value) for value in self.values]

    def numbers(self) -> Floats:
        """Return the values (n,) as float64, missing NaN."""
        return np.where(self.missing, np.nan, self.values).astype(np.float64)

    def _present(self) -> list[Any]:
        return [value for value in self.values if not _is_missing(value)]


def level_texts(name: str, levels: Sequence[Any]) -> tuple[str, ...]:
    """Return the text of each level; TypeError if a level is neither text nor number."""
    texts = [_text(level) for level in levels]
    if not all(isinstance(level, (str, Real, np.bool_)) for level in levels):
        shown = reprlib.repr(list(levels))
        raise TypeError(f"column {name} has the levels {shown}: expected text or numbers")
    if len(set(texts)) < len(texts):
        shown = reprlib.repr(list(levels))
        raise ValueError(f"column {name} has the levels {shown}: two of them have the same text")
    return tuple(text for text in texts if text is not None)


def _ascending(levels: Any) -> list[Any]:
    return sorted(levels, key=lambda level: (isinstance(level, str), level))


def _text(value: Any) -> str | None:
    """Return the text of a level: a whole float has that of its integer, as pandas makes floats."""
    if isinstance(value, str):
        return value
    if _is_missing(value):
        return None
    is_whole = isinstance(value, (float, np.floating)) and float(value).is_integer()
    return str(int(value)) if is_whole else str(value)


def _is_missing(value: Any) -> bool:
    is_nan = isinstance(value, (float, np.floating)) and value != value  # noqa: PLR0124 - NaN
    return is_nan or type(value).__name__ in MISSING_TYPES
