"""Row arithmetic: the same on one row and on a table, missing in and out, and readable."""

import math

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.assemble import side_tables
from credit_scoring.features.definitions.row_ratios import ROW_RATIOS
from credit_scoring.features.formula.arrays import on_arrays
from credit_scoring.features.formula.frames import on_table
from credit_scoring.features.formula.tree import (
    LARGEST,
    column,
    is_positive,
    known,
    largest,
    mean,
    number,
    on_row,
    positive,
    smallest,
    total,
)

A, B, C = map(column, "ABC")
EVERY = {ratio.name: ratio.formula for ratio in ROW_RATIOS} | {
    f"{side.name}.{derived.alias}": derived.formula
    for side in side_tables(contracts())
    for derived in side.derived
}
NAN = math.nan
# Numbers as the tables hold them: 32 bits, with the values that ratios trip over.
NUMBERS = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 365243.0, 1e9, 2.0**-30, LARGEST, -LARGEST, 2.0**-149]),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.integers(-(2**24), 2**24).map(float),
)


def by_row(formula, row):
    """The formula on a row {column: value or None}, rounded to the table's 32 bits; None for missing."""
    names = list(row)
    floats = [NAN if value is None else value for value in row.values()]
    found = on_row(formula, {name: i for i, name in enumerate(names)})(floats)
    return None if math.isnan(found) else float(np.float32(found))


def by_table(formulas, rows):
    """The formulas over a table of such rows, {name: values}."""
    columns = rows[0].keys()
    frame = pl.DataFrame(
        {name: pl.Series([row[name] for row in rows], dtype=pl.Float32) for name in columns}
    )
    expressions = [on_table(formula).alias(name) for name, formula in formulas.items()]
    result = nw.from_native(frame).select(*expressions).to_native()
    assert set(result.dtypes) == {pl.Float32}
    return result.to_dict(as_series=False)


def by_arrays(formula, rows):
    """The formula on arrays of such rows, its values with None for missing."""
    columns = rows[0].keys()
    arrays = {
        name: np.array([NAN if row[name] is None else row[name] for row in rows], np.float32)
        for name in columns
    }
    found = on_arrays(formula, arrays)
    assert found.dtype == np.float32
    return [
        None if math.isnan(value) else float(value) for value in np.broadcast_to(found, len(rows))
    ]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(EVERY)), st.data())
def test_every_formula_of_the_project_gives_the_same_bits_on_a_row_on_arrays_and_on_a_table(
    name, data
):
    formula = EVERY[name]
    rows = [
        {column: data.draw(NUMBERS, label=column) for column in formula.columns} for _ in range(2)
    ]
    assert (
        by_table({name: formula}, rows)[name]
        == by_arrays(formula, rows)
        == [by_row(formula, row) for row in rows]
    )


FORMULAS = st.recursive(
    st.one_of(st.sampled_from([A, B, C]), st.sampled_from([0.0, 1.0, -2.5]).map(number)),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["+", "-", "×", "/"]), inner, inner).map(
            lambda t: {"+": t[1] + t[2], "-": t[1] - t[2], "×": t[1] * t[2], "/": t[1] / t[2]}[t[0]]
        ),
        st.tuples(st.sampled_from([positive, is_positive, known]), inner).map(lambda t: t[0](t[1])),
        st.tuples(
            st.sampled_from([largest, smallest, total, mean]),
            st.lists(inner, min_size=1, max_size=3),
        ).map(lambda t: t[0](*t[1])),
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(FORMULAS, st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_so_does_any_formula_that_one_may_write(formula, values):
    """Not by luck of the formulas there are; overflow on the way, which floats turn into infinity or NaN, included."""
    row = dict(zip("ABC", values, strict=True))
    with_a_column = {"value": formula, "A": A}
    assert (
        by_table(with_a_column, [row])["value"]
        == by_arrays(formula, [row])
        == [by_row(formula, row)]
    )


@pytest.mark.parametrize(
    ("formula", "row", "value"),
    [
        (A / B, {"A": 1.0, "B": 4.0}, 0.25),
        (A / B, {"A": 1.0, "B": 0.0}, None),
        (A / B, {"A": 0.0, "B": -0.0}, None),
        (A / B, {"A": None, "B": 2.0}, None),
        (A / B, {"A": 2.0, "B": None}, None),
        (A / B, {"A": LARGEST, "B": 0.5}, None),
        (A * B, {"A": -LARGEST, "B": 2.0}, None),
        (A + B, {"A": 1.0, "B": None}, None),
        (A - B, {"A": 1.0, "B": 3.0}, -2.0),
        (A * number(3), {"A": 1.5}, 4.5),
        (A + A * B, {"A": 2.0, "B": 3.0}, 8.0),
        (known(A), {"A": None}, 0.0),
        (known(A), {"A": 0.0}, 1.0),
        (positive(A), {"A": -2.0}, 0.0),
        (positive(A), {"A": 2.0}, 2.0),
        (positive(A), {"A": None}, None),
        (is_positive(A), {"A": 0.0}, 0.0),
        (is_positive(A), {"A": 1e-9}, 1.0),
        (is_positive(A), {"A": None}, None),
        (largest(A, B), {"A": None, "B": -1.0}, -1.0),
        (smallest(A, B), {"A": 3.0, "B": -1.0}, -1.0),
        (largest(A, B), {"A": None, "B": None}, None),
        (total(A, B), {"A": None, "B": 2.0}, 2.0),
        (total(A, B), {"A": None, "B": None}, 0.0),
        (mean(A, B, C), {"A": 1.0, "B": None, "C": 4.0}, 2.5),
        (mean(A, B), {"A": None, "B": None}, None),
    ],
)
def test_missing_zero_and_overflow(formula, row, value):
    assert by_row(formula, row) == value
    assert (
        by_table({"value": formula, "A": A}, [row])["value"] == by_arrays(formula, [row]) == [value]
    )


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (A / B, "(A / B)"),
        ((A + B) * number(0.5) - C, "(((A + B) × 0.5) - C)"),
        (mean(A, B, C), "mean(A, B, C)"),
        (total(known(A), known(B)), "sum(known(A), known(B))"),
        (largest(A, B) - smallest(A, B), "(largest(A, B) - smallest(A, B))"),
        (is_positive(A - B), "is positive((A - B))"),
        (positive(A), "positive part(A)"),
    ],
)
def test_a_formula_reads_as_words(formula, words):
    assert str(formula) == words


def test_a_formula_names_each_column_once_in_order():
    assert mean(B, A / B, number(1), C).columns == ("B", "A", "C")


def test_equal_formulas_are_equal():
    assert column("A") / column("B") == A / B
    assert A / B != B / A
    assert len({A / B, column("A") / column("B")}) == 1
