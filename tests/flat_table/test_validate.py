"""Validation of a flat table: cast by its schema, or all violations in one error with remedies."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from credit_scoring.contracts.contract import Column, Table
from credit_scoring.errors import TableError
from credit_scoring.flat_table.validate import validate_flat_table

COLUMNS = (
    Column("id", "id", "category", nullable=False, meaning="id", use="key"),
    Column("bad", "bad", "int32", nullable=False, meaning="bad", use="target"),
    Column("amount", "amount", "float32", nullable=False, meaning="amount", minimum=0, maximum=100),
    Column(
        "term", "term", "int32", nullable=True, meaning="term", minimum=12, maximum=60, sentinel=0
    ),
    Column(
        "home",
        "home",
        "category",
        nullable=True,
        meaning="home",
        levels=("own", "rent, long"),
        missing=("?",),
    ),
    Column("note", "note", "category", nullable=True, meaning="note", use="excluded"),
    Column("month", "month", "category", nullable=False, meaning="month", use="time"),
)
FRAME = pl.DataFrame(
    {
        "id": ["a", "b"],
        "bad": [0, 1],
        "amount": [1.1, 99.0],
        "term": [12, 0],
        "home": ["rent, long", "?"],
        "note": "x",
        "month": [201512, 201601],
    }
)


def schema(**changes):
    """The schema, with a column changed."""
    columns = tuple(replace(column, **changes.get(column.name, {})) for column in COLUMNS)
    return Table("loans", "", "loans", None, ("id",), None, columns)


def refused(frame, table=None):
    with pytest.raises(TableError) as caught:
        validate_flat_table(frame, table or schema(), "loans.csv")
    text = str(caught.value)
    assert text.startswith("loans.csv does not fit its schema:\n  ")
    assert text.endswith("\nCorrect the table, or edit the schema.")
    return text


def test_inputs_become_32_bit_numbers_and_categories():
    inputs = validate_flat_table(FRAME, schema(), "loans.csv")
    levels = pl.Enum(["own", "rent, long"])
    assert inputs.schema == {"amount": pl.Float32(), "term": pl.Float32(), "home": levels}
    assert inputs["amount"].to_list() == pl.Series([1.1, 99.0], dtype=pl.Float32).to_list()
    assert inputs["term"].to_list() == [12, None]
    assert inputs["home"].to_list() == ["rent, long", None]


@pytest.mark.parametrize("values", [[1, 2], [1.0, 2.0], ["1", "2"]])
def test_numbers_may_be_the_codes_of_a_category(values):
    table = schema(home={"levels": ("1", "2"), "missing": ()})
    inputs = validate_flat_table(FRAME.with_columns(home=pl.Series(values)), table, "")
    assert inputs["home"].to_list() == ["1", "2"]


@pytest.mark.parametrize(
    ("texts", "decimal", "numbers"),
    [
        (["$1.5", "(2)"], "", [1.5, -2.0]),
        (["12,5 %", "3-"], ",", [12.5, -3.0]),
        (["1.234", "n.d."], ",", [1234.0, None]),
        (["1,234", "NA"], "", [1234.0, None]),
        (["true", "inf"], "", [1.0, None]),
        (["1", "closed"], "", [1.0, None]),
    ],
)
def test_texts_are_numbers_by_the_notation_of_the_schema(texts, decimal, numbers):
    change = {"decimal": decimal, "missing": ("closed",), "nullable": True, "maximum": None}
    table = schema(amount={**change, "minimum": None})
    inputs = validate_flat_table(FRAME.with_columns(amount=pl.Series(texts)), table, "")
    assert inputs["amount"].to_list() == numbers


def test_codes_of_a_category_may_stand_among_marks():
    table = schema(home={"levels": ("1", "2"), "missing": ("n.d.",)})
    frame = FRAME.with_columns(home=pl.Series(["1.0", "n.d."]))
    assert validate_flat_table(frame, table, "")["home"].to_list() == ["1", None]


def test_excluded_column_is_not_validated_nor_required():
    assert validate_flat_table(FRAME.drop("note"), schema(), "").width == 3


def test_time_may_be_absent():
    assert validate_flat_table(FRAME.drop("month"), schema(), "").width == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": [1.0, 101.0]}, "amount is 101.0: expected a number from 0 to 100"),
        (
            {"amount": [-1.0, 101.0]},
            "amount is -1.0: expected a number from 0 to 100 (2 rows are like it)",
        ),
        (
            {"amount": [1.0, None]},
            "amount has 1 rows without a value: set nullable = true, or fill them",
        ),
        (
            {"amount": ["1", "12O.5"]},
            "amount is '12O.5' in row 2: expected numbers, written as 1234.5",
        ),
        (
            {"amount": [date(2024, 1, 1)] * 2},
            'amount holds Date, not numbers: convert it, or set use = "excluded"',
        ),
        ({"home": [[1], [2]]}, "home holds List(Int64), not categories"),
        ({"term": [12.5, 12.0]}, "term is 12.5: expected a whole number from 12 to 60"),
        ({"term": [11, 12]}, "term is 11.0: expected a whole number from 12 to 60"),
        (
            {"home": ["Own", "own"]},
            "home is 'Own' (did you mean own?): expected one of 'own', 'rent, long'",
        ),
        ({"id": ["a", "a"]}, "id identifies a loan and is 'a' in 2 rows (1 values are repeated)"),
        ({"id": ["a", None]}, "id identifies a loan and has 1 rows without a value"),
        (
            {"extra": [1, 2]},
            'extra is not in the schema: add it there, with use = "excluded" to leave it out',
        ),
        ({"month": ["May", "June"]}, "month is 'May': expected a date or a month, such as 2015-12"),
        ({"notes": [1, 2]}, "notes is not in the schema (did you mean note?): add it"),
    ],
)
def test_violation_is_named_with_value_and_remedy(change, message):
    columns = {name: pl.Series(values) for name, values in change.items()}
    assert message in refused(FRAME.with_columns(**columns))


def test_numbers_beyond_32_bits_are_out_of_range():
    unbounded = schema(amount={"minimum": None, "maximum": None})
    text = refused(FRAME.with_columns(amount=pl.Series([1e31, 1.0])), unbounded)
    assert "amount is 1e+31: expected a number from -1e+30 to 1e+30" in text


def test_levels_are_suggested_for_a_category_without_any():
    text = refused(FRAME, schema(home={"levels": ()}))
    assert 'home is a category without levels: set levels = ["rent, long"]' in text
    many = pl.DataFrame({**FRAME.to_dict(as_series=False), "home": ["a", "b"]})
    many = pl.concat(
        [
            many.with_columns(id=pl.lit(f"i{i}") + pl.col("id"), home=pl.lit(f"h{i}"))
            for i in range(101)
        ]
    )
    assert 'the table has 101, too many: set use = "excluded"' in refused(
        many, schema(home={"levels": ()})
    )


@pytest.mark.parametrize(("name", "use"), [("amount", "input"), ("bad", "target"), ("id", "key")])
def test_missing_column_is_named(name, use):
    text = refused(FRAME.rename({name: name + "s"}))
    assert f"{name} is not in the table (did you mean {name}s?): the schema has it as {use}" in text
    assert f"{name}s is not in the schema" in text


def test_all_violations_are_listed_in_one_error():
    text = refused(FRAME.with_columns(amount=pl.lit(-1.0), home=pl.lit("x"), id=pl.lit("a")))
    assert [line.split()[0] for line in text.splitlines()[1:-1]] == ["id", "amount", "home"]


def test_but_no_more_than_fifty_lines():
    wide = FRAME.with_columns(**{f"extra{i}": pl.lit(1) for i in range(70)})
    assert len(refused(wide).splitlines()) == 53
    assert "\n  and 20 more\n" in refused(wide)
