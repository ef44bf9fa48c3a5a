"""Encoding: a table to the matrix that the trees see, and labels to two classes."""
# ruff: noqa: PLR2004 - 2 is dimensions or classes

import reprlib
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from credit_scoring.estimator.state import require, to_plain
from credit_scoring.estimator.type_aliases import Floats, Levels, Table

MAX_UNSEEN_SHOWN = 10  # levels in a warning


class UnseenCategoryWarning(UserWarning):
    """A category column has levels that `fit` did not see; they are scored as missing."""


def as_table(X: Any) -> tuple[Table, list[str]]:
    """Return `X` as a narwhals frame or numeric array, 2-D and not empty, and its column names."""
    table: Any = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(table, nw.DataFrame):
        names = table.columns
        if not all(isinstance(name, str) for name in names):
            raise TypeError(f"X has the column names {reprlib.repr(names)}: expected text")
    else:
        table = _as_array(X)
        names = [f"x{i}" for i in range(table.shape[1])]
    require(
        0 not in table.shape,
        f"X has the shape {table.shape}: expected at least one row and one column",
    )
    return table, names


def _as_array(X: Any) -> Any:
    array = np.asarray(X)
    require(
        array.ndim == 2,
        f"X is a {type(X).__name__} of {array.ndim} dimensions: expected a table of 2",
    )
    if array.dtype.kind not in "biuf":
        raise TypeError(f"X is an array of {array.dtype}: expected numbers, or a data frame")
    return array


def column_diff(expected: list[str], actual: list[str]) -> Iterator[str]:
    """Yield a line per missing (-), unknown (+) and misplaced (~) column."""
    yield from (f"- {name}" for name in expected if name not in actual)
    yield from (f"+ {name}" for name in actual if name not in expected)
    expected_shared = [name for name in expected if name in actual]
    actual_shared = [name for name in actual if name in expected]
    for right, wrong in zip(expected_shared, actual_shared, strict=True):
        if right != wrong:
            yield f"~ position {expected.index(right) + 1}: expected {right}, found {wrong}"


def category_levels(table: Table) -> Levels:
    """Return the levels of each category column: those its dtype declares, else those present."""
    columns = table.iter_columns() if isinstance(table, nw.DataFrame) else ()
    return {column.name: _levels(column) for column in columns if _is_category(column)}


def _is_category(column: Any) -> bool:
    if isinstance(column.dtype, (nw.String, nw.Categorical, nw.Enum)):
        return True
    if column.dtype.is_numeric() or column.dtype == nw.Boolean or column.is_null().all():
        return False
    expected = "expected numbers, booleans or categories"
    raise TypeError(f"column {column.name} is {column.dtype}: {expected}")


def _levels(column: Any) -> tuple[str, ...]:
    if isinstance(column.dtype, nw.Enum):
        levels = list(column.dtype.categories)
    elif column.dtype == nw.Categorical and column.implementation.is_pandas():
        levels = sorted(column.cat.get_categories().to_list())
    else:  # a polars Categorical declares none: its levels belong to the whole process
        levels = sorted(set(column.drop_nulls().to_list()))
    if not all(isinstance(level, str) for level in levels):
        shown = reprlib.repr(levels)
        raise TypeError(f"column {column.name} has the levels {shown}: expected text")
    return tuple(levels)


def encode_table(table: Table, names: list[str], categories: Levels) -> Floats:
    """Return the (n, k) float64 matrix: categories as codes, booleans 0 or 1, missing NaN."""
    if isinstance(table, nw.DataFrame):
        matrix = np.empty(table.shape)
        for i, column in enumerate(table.iter_columns()):
            matrix[:, i] = _encode_column(column, categories.get(column.name))
    elif categories:
        name = next(iter(categories))
        raise TypeError(f"column {name} was a category when fitted and is a number now")
    else:
        matrix = np.ascontiguousarray(table, dtype=np.float64)
    infinite = ", ".join(names[i] for i in np.flatnonzero(np.isinf(matrix).any(axis=0)))
    require(not infinite, f"column {infinite} holds infinity: expected finite numbers or missing")
    return matrix


def _encode_column(column: Any, levels: tuple[str, ...] | None) -> Any:
    """Return one column's values (n,); a column without values may be of either kind."""
    missing = column.is_null().to_numpy()
    if _is_category(column) is (levels is None):
        if missing.all():
            return np.nan
        was, now = ("number", "category") if levels is None else ("category", "number")
        change = f"was a {was} when fitted and is a {now} now"
        raise TypeError(f"column {column.name} {change} ({column.dtype})")
    if levels is None:
        return column.cast(nw.Float64).to_numpy()
    items = column.to_list()
    codes = {level: float(code) for code, level in enumerate(levels)}
    values = np.fromiter((codes.get(item, np.nan) for item in items), np.float64, len(items))
    unseen = [items[i] for i in np.flatnonzero(np.isnan(values) & ~missing)]
    if unseen:
        _warn_of_unseen(column.name, unseen)
    return values


def _warn_of_unseen(name: str, unseen: list[Any]) -> None:
    most_common = Counter(unseen).most_common(MAX_UNSEEN_SHOWN)
    counts = ", ".join(f"{level!r} ({count})" for level, count in most_common)
    message = f"column {name} has levels not seen when fitted, scored as missing: {counts}"
    warnings.warn(message, UnseenCategoryWarning, stacklevel=6)


def validated_labels(y: Any, rows: int) -> list[Any]:
    """Return the labels of `rows` rows as Python values, none missing."""
    values = np.asarray(y)
    expected = f"expected ({rows},), a label per row"
    require(values.shape == (rows,), f"y has the shape {values.shape}: {expected}")
    labels = [label.item() if isinstance(label, np.generic) else label for label in values.tolist()]
    missing = {str(label) for label in set(labels)} & {"nan", "None", "<NA>", "NaT"}
    shown = ", ".join(missing)
    require(not missing, f"y has missing labels ({shown}): expected a label for every row")
    return labels


def two_classes(labels: list[Any]) -> list[Any]:
    """Return the two classes in ascending order: the larger is default."""
    classes = sorted(set(labels), key=lambda label: (isinstance(label, str), label))
    shown = reprlib.repr(classes)
    require(len(classes) == 2, f"y has {len(classes)} classes, {shown}: expected exactly two")
    return list(to_plain(np.array(classes)))
