"""The check of one value, for columns of tables and features of models alike."""

import math

import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.contracts.scalar_check import is_valid, level_codes, missing_marks
from credit_scoring.features.feature import Feature

RATING = Feature("rating", "loans", "A rating.", minimum=1, maximum=5, whole=True, sentinel=99)
SCORE = Feature("score", "loans", "A score.", minimum=0, sentinel=-1)
GENDER = contracts()["application"]["CODE_GENDER"]


def test_missing_marks_are_texts_or_a_number():
    assert missing_marks(GENDER) == ("XNA",)
    assert missing_marks(RATING) == (99,)


@pytest.mark.parametrize("value", [1, 5, 3.0])
def test_whole_number_within_range_is_valid(value):
    assert is_valid(value, RATING)


@pytest.mark.parametrize(
    "value", [0, 6, 2.5, 2.9999999999, 3.000000001, 10**400, True, "3", [3], math.nan, math.inf]
)
def test_other_values_of_a_number_are_refused(value):
    assert not is_valid(value, RATING)


@pytest.mark.parametrize(
    ("value", "valid"), [(1e30, True), (1.1e30, False), (0, True), (-1, False)]
)
def test_number_without_a_bound_has_a_largest_magnitude(value, valid):
    assert is_valid(value, SCORE) is valid


@pytest.mark.parametrize(("value", "valid"), [(0, False), (-0.0, False), (5e-324, True), (9, True)])
def test_exclusive_minimum_is_refused_itself(value, valid):
    amount = Feature("amount", "loans", "An amount.", minimum=0, exclusive_minimum=True)
    assert is_valid(value, amount) is valid


def test_only_listed_levels_are_valid():
    assert [is_valid(value, GENDER) for value in ("M", "F", "m", 1, [])] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_the_code_of_a_level_is_its_place():
    assert [*level_codes(GENDER)] == list(GENDER.levels)
    assert [*level_codes(GENDER).values()] == [*range(len(GENDER.levels))]
