"""Identifiers and codes stay out or get a note, also if they repeat; amounts are inputs."""

import numpy as np
import polars as pl
import pytest

from credit_scoring.flat_table.identifiers import (
    BY_NAME,
    CODES,
    HASH,
    UNIQUE,
    is_named_code,
    is_named_identifier,
    reason_of_identifier,
)
from credit_scoring.flat_table.infer_schema import infer_schema

ROWS = 600
RNG = np.random.default_rng(6)
DEFAULT = RNG.random(ROWS) < 0.3
REPEATING = 5_000_000 + RNG.integers(0, 400, ROWS) * 1237
BRANCHES = 10_000 + RNG.integers(0, 300, ROWS) * 31
AMOUNTS = RNG.integers(900, 90_000, ROWS)


def inferred(name, values):
    frame = pl.DataFrame({"default": DEFAULT, name: values, "other": RNG.random(ROWS)})
    return infer_schema(frame, target="default", key=None)[name]


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("customer_id", REPEATING, BY_NAME),
        ("customer_id", REPEATING.astype(float), BY_NAME),
        ("client_id", [f"{value}.0" for value in REPEATING], BY_NAME),
        ("client_id", [f"C{value % 90:04}" for value in REPEATING], BY_NAME),
        ("CustomerID", np.where(RNG.random(ROWS) < 0.1, -999, REPEATING), BY_NAME),
        ("member_no", REPEATING, BY_NAME),
        ("branch_number", BRANCHES, BY_NAME),
        ("id_client", REPEATING, BY_NAME),
        ("numero_dossier", REPEATING, BY_NAME),
        ("matricule", BRANCHES, BY_NAME),
        ("SIREN", RNG.integers(10**8, 10**9, ROWS), BY_NAME),
        ("customer", REPEATING, BY_NAME),
        ("x", RNG.integers(2**60, 2**62, ROWS), HASH),
        ("x", [str(value) + "0" for value in RNG.integers(2**60, 2**62, ROWS)], "16 digits"),
        ("zip_code", RNG.integers(1000, 99_950, ROWS), CODES),
        ("zip", RNG.integers(1000, 99_950, ROWS).astype(float), CODES),
        ("code_postal", RNG.integers(1000, 95_950, ROWS), CODES),
        ("branch", BRANCHES, CODES),
        ("naics", RNG.integers(110_000, 999_990, ROWS), CODES),
        ("postcode", [f"{value:05}" for value in BRANCHES // 2], "leading zeros"),
        ("x", np.arange(ROWS), UNIQUE),
    ],
)  # fmt: skip
def test_stay_out_with_the_reason(name, values, reason):
    column = inferred(name, values)
    assert column.use == "excluded"
    assert reason in column.note


def test_few_codes_get_a_note():
    assert "if they are codes" in inferred("branch", 1000 + BRANCHES % 60).note


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("loan", AMOUNTS),
        ("income", AMOUNTS),
        ("no_of_loans", AMOUNTS),
        ("NumberOfOpenCreditLines", RNG.integers(0, 60, ROWS)),
        ("employee_number", RNG.integers(0, 900, ROWS)),
        ("branch_deposits", AMOUNTS),
        ("product_price", AMOUNTS),
        ("zipped", AMOUNTS),
        ("balance_change_no", RNG.normal(-5000, 900, ROWS).round()),
        ("id_score", RNG.random(ROWS)),
    ],
)
def test_other_columns_are_inputs(name, values):
    assert inferred(name, values).use == "input"


@pytest.mark.parametrize(
    ("name", "is_identifier", "is_code"),
    [
        ("customer_id", True, False),
        ("Member No", True, False),
        ("accountRef", True, False),
        ("no_of_cards", False, False),
        ("nombre de prêts", False, False),
        ("Code_Postal", False, True),
        ("zip3", False, True),
        ("état", False, False),
        ("région", False, True),
        ("encode", False, False),
        ("123", False, False),
    ],
)
def test_names(name, is_identifier, is_code):
    assert (is_named_identifier(name), is_named_code(name)) == (is_identifier, is_code)


def test_values_of_other_types_are_none():
    for values in (pl.Series([True, None]), pl.Series([1.5, None]), pl.Series([None, None])):
        assert reason_of_identifier(values) is None


def test_levels_that_are_numbers_or_words_for_no_value_get_a_note():
    assert (
        "levels, not numbers, because of '3+'" in inferred("kids", ["0", "1", "2", "3+"] * 150).note
    )
    assert "'unknown' among the levels" in inferred("job", ["clerk", "unknown"] * 300).note
