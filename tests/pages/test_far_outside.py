"""A value far outside the training applicants: a warning next to the decision, no refusal."""

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from tests.pages.conftest import BUNDLE, PHONE
from tests.pages.page_checks import check_page
from tests.pages.test_explanation import decide

WARNING = "#decision .far-outside"
HUGE = {"AMT_CREDIT": 1_000_000_000, "AMT_ANNUITY": 1}
EXAMPLES = [row["name"] for row in read_manifest(BUNDLE).golden_rows]


@pytest.mark.parametrize(
    ("language", "said", "reliable"),
    [
        ("en", "loan amount", "The probability is not reliable here."),
        ("fr", "montant du crédit", "La probabilité n’est pas fiable ici."),
    ],
)
def test_a_loan_of_a_billion_is_warned_about(new_page, app_url, language, said, reliable):
    page = new_page(PHONE, language)
    decide(page, app_url, language=language, **HUGE)
    words = page.inner_text(WARNING)
    assert said in words
    assert words.endswith(reliable)
    check_page(page)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_ordinary_applicant_is_not_warned_about(page, app_url, example):
    decide(page, app_url, example)
    assert page.locator(".far-outside").count() == 0


def test_a_ratio_of_ordinary_values_is_warned_about(page, app_url):
    """An ordinary loan that is repaid by 1 a month, in 40,000 years."""
    decide(page, app_url, AMT_ANNUITY=1)
    assert "pace of repayment" in page.inner_text(WARNING)
