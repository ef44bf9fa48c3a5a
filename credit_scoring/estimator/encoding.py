"""Encoding: a table to the matrix that the trees see."""
# ruff: noqa: PLR2004 - 2 is dimensions

import reprlib
import warnings
from collections import Counter
from collections.abc import Iterator
from numbers import Integral
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from credit_scoring.estimator.columns import Column, columns_of
from credit_scoring.estimator.state import require
from credit_scoring.estimator.type_aliases import Floats, Levels, Table

MAX_UNSEEN_SHOWN = 10  # levels in a warning


class UnseenCategoryWarning(UserWarning):
    """A category column has levels that `fit` did not see; they are scored as missing."""


def as_table(X: Any) -> tuple[Table, list[str]]:
    """Return `X` as a narwhals frame or array, 2-D and not empty, and its column names."""
    require_dense(X)
    table: Any = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(table, nw.DataFrame):
        table = _with_text_names(table)
        names = table.columns
    else:
        table = _as_array(X)
        names = [f"x{i}" for i in range(table.shape[1])]
    for axis, kind in enumerate(("sample", "feature")):
        shown = f"{table.shape[axis]} {kind}(s) (shape={table.shape})"
        require(table.shape[axis], f"X has {shown} while a minimum of 1 is required.")
    return table, names


def require_dense(X: Any) -> None:
    """TypeError if `X` is a sparse matrix."""
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise TypeError(
            f"X is a sparse matrix ({type(X).__name__}), which is not supported: pass X.toarray(), "
            "or make the encoder dense (OneHotEncoder(sparse_output=False), "
            "ColumnTransformer(sparse_threshold=0))"
        )


def _with_text_names(table: Any) -> Any:
    """Return the frame with the text of whole numbers as names, which pandas gives by itself."""
    names = table.columns
    if all(isinstance(name, str) for name in names):
        return table
    if not all(isinstance(name, (str, Integral)) for name in names):
        shown = reprlib.repr(names)
        raise TypeError(f"X has the column names {shown}: expected text or whole numbers")
    texts = [str(name) for name in names]
    require(len(set(texts)) == len(texts), f"X has the column names {names}: two are the same text")
    return table.rename(dict(zip(names, texts, strict=True)))


def _as_array(X: Any) -> Any:
    array = np.asarray(X)
    if array.dtype.kind == "c":
        raise ValueError("Complex data not supported: X is an array of complex numbers")
    require(
        array.ndim == 2,
        f"X is a {type(X).__name__} of {array.ndim} dimensions: expected a table of 2. "
        "Reshape your data: array.reshape(-1, 1) for one column, array.reshape(1, -1) for one row",
    )
    if array.dtype.kind not in "biufO":
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


def category_levels(table: Table, names: list[str]) -> Levels:
    """Return the levels of each category column: those its dtype declares, else those present."""
    columns = columns_of(table, names)
    return {column.name: column.levels() for column in columns if column.is_category()}


def encode_table(table: Table, names: list[str], categories: Levels) -> Floats:
    """Return the (n, k) float64 matrix: categories as codes, booleans 0 or 1, missing NaN."""
    columns = columns_of(table, names)
    if columns:
        matrix = np.empty(table.shape)
        for i, (name, column) in enumerate(zip(names, columns, strict=True)):
            matrix[:, i] = _encode_column(column, categories.get(name))
    elif categories:
        name = next(iter(categories))
        raise TypeError(f"column {name} was a category when fitted and is a number now")
    else:
        matrix = np.ascontiguousarray(table, dtype=np.float64)
    infinite = ", ".join(names[i] for i in np.flatnonzero(np.isinf(matrix).any(axis=0)))
    require(not infinite, f"column {infinite} holds infinity: expected finite numbers or missing")
    return matrix


def _encode_column(column: Column, levels: tuple[str, ...] | None) -> Any:
    """Return one column's values (n,); a column without values may be of either kind."""
    missing = column.missing
    if column.is_category() is (levels is None):
        if missing.all():
            return np.nan
        was, now = ("number", "category") if levels is None else ("category", "number")
        change = f"was a {was} when fitted and is a {now} now"
        raise TypeError(f"column {column.name} {change} ({column.kind})")
    if levels is None:
        return column.numbers()
    texts = column.texts()
    codes = {level: float(code) for code, level in enumerate(levels)}
    values = np.fromiter((codes.get(str(text), np.nan) for text in texts), np.float64, len(texts))
    values[missing] = np.nan
    unseen = [texts[i] for i in np.flatnonzero(np.isnan(values) & ~missing)]
    if unseen:
        _warn_of_unseen(column.name, unseen)
    return values


def _warn_of_unseen(name: str, unseen: list[Any]) -> None:
    most_common = Counter(unseen).most_common(MAX_UNSEEN_SHOWN)
    counts = ", ".join(f"{level!r} ({count})" for level, count in most_common)
    message = f"column {name} has levels not seen when fitted, scored as missing: {counts}"
    warnings.warn(message, UnseenCategoryWarning, stacklevel=6)
