"""Formulas: equal on a row, on arrays and on a frame; missing in, missing out; readable."""

import math

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.catalogue import side_tables
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from credit_scoring.features.formula.arrays import compute_on_arrays
from credit_scoring.features.formula.frames import frame_expression
from credit_scoring.features.formula.row import row_function
from credit_scoring.features.formula.tree import FUNCTIONS, MAX_FLOAT32, Formula, parse_formula

ALL_FORMULAS = {name: ratio.formula for name, ratio in ratios_by_name().items()} | {
    f"{side.name}.{alias}": formula
    for side in side_tables(contracts())
    for alias, formula in side.formulas.items()
}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 365243.0, 1e9, 2.0**-30, MAX_FLOAT32, -MAX_FLOAT32, 2.0**-149]
NUMBERS = st.one_of(  # as the tables hold them, in 32 bits
    st.none(),
    st.sampled_from(SPECIAL),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.integers(-(2**24), 2**24).map(float),
)


def on_row(formula, row):
    """The formula on a row {column: value or None}, rounded to 32 bits; None for missing."""
    positions = {name: position for position, name in enumerate(row)}
    floats = [math.nan if value is None else value for value in row.values()]
    return none_if_nan(np.float32(row_function(formula, positions)(floats)))


def on_frame(formula, rows):
    """The formula on a frame of such rows."""
    frame = nw.from_native(pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.Float32)))
    values = frame.with_columns(value=frame_expression(formula)).to_native()["value"]
    assert values.dtype == pl.Float32
    return values.to_list()


def on_arrays(formula, rows):
    """The formula on arrays of such rows."""
    arrays = {
        name: np.array([math.nan if row[name] is None else row[name] for row in rows], np.float32)
        for name in rows[0]
    }
    values = compute_on_arrays(formula, arrays)
    assert values.dtype == np.float32
    return [none_if_nan(value) for value in np.broadcast_to(values, len(rows))]


def none_if_nan(value):
    return None if math.isnan(value) else float(value)


@settings(max_examples=400)
@given(st.sampled_from(sorted(ALL_FORMULAS)), st.data())
def test_every_formula_gives_the_same_bits_everywhere(name, data):
    formula = ALL_FORMULAS[name]
    rows = [
        {column: data.draw(NUMBERS, label=column) for column in formula.columns} for _ in range(2)
    ]
    expected = [on_row(formula, row) for row in rows]
    assert on_frame(formula, rows) == on_arrays(formula, rows) == expected


FORMULAS = st.recursive(
    st.sampled_from(["A", "B", "C", "0.0", "1.0", "(0 - 2.5)"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds(
            "{}({})".format, st.sampled_from(["positive_part", "is_positive", "known"]), inner
        ),
        st.builds(
            lambda name, parts: f"{name}({', '.join(parts)})",
            st.sampled_from(["largest", "smallest", "sum", "mean"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=5,
).map(parse_formula)


@settings(max_examples=150)
@given(FORMULAS, st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_random_formulas_give_the_same_bits_everywhere(formula, values):
    """Also if an intermediate result overflows to infinity or NaN."""
    row = dict(zip("ABC", values, strict=True))
    assert on_frame(formula, [row]) == on_arrays(formula, [row]) == [on_row(formula, row)]


@pytest.mark.parametrize(
    ("formula", "row", "value"),
    [
        ("A / B", {"A": 1.0, "B": 4.0}, 0.25),
        ("A / B", {"A": 1.0, "B": 0.0}, None),
        ("A / B", {"A": 0.0, "B": -0.0}, None),
        ("A / B", {"A": None, "B": 2.0}, None),
        ("A / B", {"A": 2.0, "B": None}, None),
        ("A / B", {"A": MAX_FLOAT32, "B": 0.5}, None),
        ("A * B", {"A": -MAX_FLOAT32, "B": 2.0}, None),
        ("A + B", {"A": 1.0, "B": None}, None),
        ("A - B", {"A": 1.0, "B": 3.0}, -2.0),
        ("A * 3", {"A": 1.5}, 4.5),
        ("A + A * B", {"A": 2.0, "B": 3.0}, 8.0),
        ("known(A)", {"A": None}, 0.0),
        ("known(A)", {"A": 0.0}, 1.0),
        ("positive_part(A)", {"A": -2.0}, 0.0),
        ("positive_part(A)", {"A": 2.0}, 2.0),
        ("positive_part(A)", {"A": None}, None),
        ("is_positive(A)", {"A": 0.0}, 0.0),
        ("is_positive(A)", {"A": 1e-9}, 1.0),
        ("is_positive(A)", {"A": None}, None),
        ("largest(A, B)", {"A": None, "B": -1.0}, -1.0),
        ("smallest(A, B)", {"A": 3.0, "B": -1.0}, -1.0),
        ("largest(A, B)", {"A": None, "B": None}, None),
        ("sum(A, B)", {"A": None, "B": 2.0}, 2.0),
        ("sum(A, B)", {"A": None, "B": None}, 0.0),
        ("mean(A, B, C)", {"A": 1.0, "B": None, "C": 4.0}, 2.5),
        ("mean(A, B)", {"A": None, "B": None}, None),
    ],
)
def test_missing_values_zeros_and_overflow(formula, row, value):
    formula = parse_formula(formula)
    assert on_row(formula, row) == value
    assert on_frame(formula, [row]) == on_arrays(formula, [row]) == [value]


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("A / B", "(A / B)"),
        ("(A + B) * 0.5 - C", "(((A + B) × 0.5) - C)"),
        ("mean(A, B, C)", "mean(A, B, C)"),
        ("sum(known(A), known(B))", "sum(known(A), known(B))"),
        ("largest(A, B) - smallest(A, B)", "(largest(A, B) - smallest(A, B))"),
        ("is_positive(A - B)", "is positive((A - B))"),
        ("positive_part(A)", "positive part(A)"),
    ],
)
def test_a_formula_reads_as_words(formula, words):
    assert str(parse_formula(formula)) == words


def test_a_formula_names_each_column_once_in_order():
    assert parse_formula("mean(B, A / B, 1, C)").columns == ("B", "A", "C")


def test_equal_formulas_are_equal():
    quotient = Formula("/", (Formula("column", ("A",)), Formula("column", ("B",))))
    assert quotient == parse_formula("A / B")
    assert quotient != parse_formula("B / A")
    assert len({quotient, parse_formula("A / B")}) == 1


@pytest.mark.parametrize("text", ["A ** B", "-A", "'A'", "A.mean()", "median(A, B)", "A < B"])
def test_other_notation_is_not_a_formula(text):
    with pytest.raises(ValueError, match="is not a formula: expected columns"):
        parse_formula(text)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_computed(name):
    assert on_row(parse_formula(f"{name}(A)"), {"A": 1.0}) == 1.0
