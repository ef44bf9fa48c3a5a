"""The labels of a scale of probability on a phone: whole words, and both ends."""

import pytest

from tests.pages.conftest import PHONE
from tests.pages.every_page import newest_decision
from tests.pages.test_explanation import decide

CUT_OFF = """spans => spans.filter(span => span.style.visibility !== "hidden"
  && span.scrollWidth > span.clientWidth).map(span => span.textContent)"""


@pytest.mark.parametrize("example", ["low risk", "close to the threshold", "high risk"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_words_of_the_risk_are_whole(new_page, app_url, language, example):
    page = new_page(PHONE, language)
    decide(page, app_url, example, language)
    risk = page.locator("[data-is=risk_level]").first
    assert risk.bounding_box()["height"] < 1.6 * 1.15 * 16
    assert page.eval_on_selector_all(".zones span", CUT_OFF) == []


@pytest.mark.parametrize("query", ["&decision=ACCEPTED", "&decision=REFUSED"])
def test_the_scale_of_a_decision_begins_at_0(phone, demo_url, query):
    decision_id = newest_decision(demo_url, phone.request.get, query)
    phone.goto(f"{demo_url}/decisions/{decision_id}")
    texts = phone.locator("svg.scale:not(.small) text").all_text_contents()
    assert {"0", "0%"} & {text.strip() for text in texts}


@pytest.mark.parametrize("example", ["low risk", "high risk"])
def test_a_decision_has_the_same_scale_before_and_after_it_is_stored(page, app_url, example):
    decide(page, app_url, example)
    end = page.inner_text(".scale-of-risk .to")
    mark = page.eval_on_selector(".scale-of-risk .mark", "mark => parseFloat(mark.style.left)")
    page.click(".record a")
    scale = page.locator("svg.scale:not(.small)")
    assert scale.locator("text").last.text_content() == end
    stored = scale.locator(".fill").get_attribute("width")
    assert float(stored.removesuffix("%")) == pytest.approx(mark, abs=0.01)
