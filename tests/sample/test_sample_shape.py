"""The sample has about the sizes, histories and gaps of the real set."""

import pytest

from tests.sample.real_set import APPLICANTS, REAL_APPLICANTS, REAL_ROWS


def test_train_and_test_are_split_as_in_the_real_set(tables):
    assert tables["application_test"].height == round(APPLICANTS * 48_744 / REAL_APPLICANTS)
    assert tables["application_train"].height + tables["application_test"].height == APPLICANTS


def test_test_applicants_are_at_random_positions(tables):
    position = tables["application_test"]["SK_ID_CURR"] - 100_002
    assert 0.4 < position.mean() / APPLICANTS < 0.6


@pytest.mark.parametrize("stem", REAL_ROWS)
def test_rows_per_applicant_are_within_a_tenth(tables, stem):
    ratio = tables[stem].height / APPLICANTS / (REAL_ROWS[stem] / REAL_APPLICANTS)
    assert 0.9 < ratio < 1.1


@pytest.mark.parametrize(
    ("stem", "share"),
    [("bureau", 0.86), ("previous_application", 0.952), ("credit_card_balance", 0.28)],
)
def test_as_many_applicants_have_a_history(tables, stem, share):
    assert tables[stem]["SK_ID_CURR"].n_unique() / APPLICANTS == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(
    ("stem", "column", "share"),
    [
        ("application_train", "EXT_SOURCE_1", 0.56),
        ("application_train", "EXT_SOURCE_2", 0.002),
        ("application_train", "EXT_SOURCE_3", 0.2),
        ("application_train", "OWN_CAR_AGE", 0.66),
        ("application_train", "OCCUPATION_TYPE", 0.31),
        ("application_train", "APARTMENTS_AVG", 0.51),
        ("application_train", "COMMONAREA_MEDI", 0.7),
        ("bureau", "AMT_CREDIT_MAX_OVERDUE", 0.655),
        ("bureau", "AMT_ANNUITY", 0.57),
        ("bureau", "DAYS_ENDDATE_FACT", 0.37),
        ("previous_application", "AMT_ANNUITY", 0.22),
        ("previous_application", "DAYS_FIRST_DUE", 0.4),
        ("previous_application", "RATE_INTEREST_PRIMARY", 0.996),
        ("credit_card_balance", "AMT_DRAWINGS_ATM_CURRENT", 0.2),
    ],
)
def test_as_many_values_are_missing(tables, stem, column, share):
    missing_share = tables[stem][column].null_count() / tables[stem].height
    assert missing_share == pytest.approx(share, abs=0.04)


def test_the_building_s_measures_are_missing_together(tables):
    train = tables["application_train"]
    no_floors = train["FLOORSMAX_AVG"].is_null()
    assert (no_floors == train["LIVINGAREA_AVG"].is_null()).mean() > 0.9
