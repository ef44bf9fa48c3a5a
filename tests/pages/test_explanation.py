"""The explanation below a decision, and the what-if panel: mouse, keyboard, both languages."""

import json
import re

import pytest
from playwright.sync_api import expect

from credit_scoring.bundle.read_bundle import read_manifest
from tests.pages.conftest import BUNDLE, PHONE
from tests.pages.page_checks import check_page

CREDIT, ANNUITY = ("[data-name=AMT_CREDIT] input", "[data-name=AMT_ANNUITY] input")
LOOKS = ({}, {"dark": True}, {"width": PHONE, "language": "fr"})
WHAT_IF = re.compile(r"/what-if$")


def decide(page, url, example="high risk", language="en", **changes):
    """Decide on a golden row with `changes` in the JSON editor; returns the features."""
    features = read_manifest(BUNDLE).example(example) | changes
    page.goto(f"{url}/?lang={language}")
    page.click("#tab-json")
    page.fill("#body", json.dumps({"features": features, "what_would_change": True}))
    page.click("#submit")
    page.locator(".standings").wait_for()
    return features


def cell(page, name):
    return page.locator(f".what-if [data-is={name}]")


def asked(page):
    """The bodies of the what-ifs that the page sends from now on."""
    bodies = []
    page.on("request", lambda r: WHAT_IF.search(r.url) and bodies.append(r.post_data_json))
    return bodies


def press(page, key, times):
    for _ in range(times):
        page.keyboard.press(key)


def answered(page):
    """Wait until the last answer is read out; returns the sentence."""
    answer = page.locator(".what-if .answer")
    expect(answer).not_to_be_empty()
    return answer.inner_text()


@pytest.mark.parametrize(
    ("language", "why", "compared", "place"),
    [
        ("en", "How the score adds up", "Compared with other applicants", "lower than 89%"),
        (
            "fr",
            "D’où vient le score",
            "Par rapport aux autres demandeurs",
            "plus bas que 89\u00a0%",
        ),
    ],
)
def test_a_decision_is_explained_in_the_language_of_the_page(
    page, app_url, language, why, compared, place
):
    decide(page, app_url, language=language)
    titles = page.locator(".explanation h2").all_inner_texts()
    assert titles[1:] == [why, compared]
    assert page.inner_text(".standings li:first-child dd >> nth=0") == place
    texts = page.locator(".points").all_inner_texts()
    points = [int(text.split()[0].replace("\u2212", "-")) for text in texts]
    assert points[0] + sum(points[1:-1]) == points[-1]
    assert str(points[-1]) == page.inner_text("[data-is=credit_score] >> nth=0")


def test_the_marks_of_the_scale_stand_at_their_shares(page, app_url):
    decide(page, app_url)
    figure = page.locator(".scale-of-risk")
    track, mark = (figure.locator(part).bounding_box() for part in (".track", ".mark"))
    high = figure.locator(".zone.high").bounding_box()
    end = 4 / 11
    at = (mark["x"] + mark["width"] / 2 - track["x"]) / track["width"]
    assert at == pytest.approx(0.199986 / end, abs=0.01)
    assert (high["x"] - track["x"]) / track["width"] == pytest.approx(1 / 4, abs=0.01)
    label = "Probability of default 20.0%; the threshold is 9.1%"
    assert figure.get_attribute("aria-label") == label


def test_a_slider_asks_by_keyboard_and_shows_both_answers(page, app_url):
    features = decide(page, app_url)
    bodies = asked(page)
    page.focus(ANNUITY)
    press(page, "ArrowLeft", 10)
    sentence = answered(page)
    assert bodies[-1]["features"] == features
    changed = bodies[-1]["overrides"]
    assert [*changed] == ["AMT_ANNUITY"]
    assert changed["AMT_ANNUITY"] < features["AMT_ANNUITY"]
    assert page.inner_text(".comparison tbody tr:first-child td >> nth=0") == "20.0%"
    assert cell(page, "probability").inner_text() in sentence
    assert cell(page, "decision").inner_text() in ("accepted", "refused")
    assert "(was 34,772)" in page.inner_text("[data-name=AMT_ANNUITY] output")
    assert page.inner_text(".what-if .badge") == "Not a decision"


def test_a_fast_hand_does_not_flood_the_server_and_the_last_value_wins(page, app_url):
    decide(page, app_url)
    bodies = asked(page)
    last = page.locator(CREDIT).evaluate("""slider => {
        for (let i = 0; i < 30; i += 1) {
            slider.stepUp();
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        }
        return Number(slider.value);
    }""")
    answered(page)
    values = [body["overrides"]["AMT_CREDIT"] for body in bodies]
    assert len(values) == 2
    assert values[0] < values[1] == last


def test_a_late_answer_does_not_replace_the_application(page, app_url):
    """The values are taken back while the server still answers."""
    decide(page, app_url)
    held = []
    page.route(WHAT_IF, lambda route: held.append(route))  # noqa: PLW0108 - playwright marks it
    page.focus(CREDIT)
    press(page, "ArrowRight", 1)
    page.wait_for_timeout(50)
    page.click(".what-if .reset")
    with page.expect_response(WHAT_IF):
        held[0].continue_()
    page.unroute(WHAT_IF)
    page.wait_for_timeout(100)
    assert cell(page, "probability").inner_text() == "–"
    assert page.locator(".what-if .reset").is_disabled()


def test_another_value_can_be_tried_by_keyboard(page, app_url):
    features = decide(page, app_url)
    bodies = asked(page)
    page.select_option(".what-if .further", "ORGANIZATION_TYPE")
    assert page.evaluate("document.activeElement.closest('.control').dataset.name") == (
        "ORGANIZATION_TYPE"
    )
    page.locator("[data-name=ORGANIZATION_TYPE] select").select_option("School")
    answered(page)
    assert bodies[-1] == {"features": features, "overrides": {"ORGANIZATION_TYPE": "School"}}


def test_a_duration_counts_forwards(page, app_url):
    decide(page, app_url)
    bodies = asked(page)
    page.select_option(".what-if .further", "DAYS_EMPLOYED")
    assert page.inner_text("[data-name=DAYS_EMPLOYED] output") == "3.1 years"
    press(page, "End", 1)
    answered(page)
    assert bodies[-1]["overrides"]["DAYS_EMPLOYED"] < -5000
    assert page.inner_text("[data-name=DAYS_EMPLOYED] output").startswith("14.4 years")


def test_a_suggestion_is_tried_in_the_panel(page, app_url):
    features = decide(page, app_url, EXT_SOURCE_2=0.6)
    bodies = asked(page)
    page.locator(".changes button").first.click()
    answered(page)
    assert bodies[-1]["overrides"]["AMT_ANNUITY"] < features["AMT_ANNUITY"]
    assert cell(page, "decision").inner_text() == "accepted"


def test_what_ifs_reach_no_log(page, app_url):
    decide(page, app_url)
    before = page.request.get(f"{app_url}/decisions?limit=200").json()["decisions"]
    page.focus(CREDIT)
    press(page, "ArrowRight", 3)
    answered(page)
    after = page.request.get(f"{app_url}/decisions?limit=200").json()["decisions"]
    assert len(after) == len(before)


def test_an_unreachable_server_is_said(page, app_url):
    decide(page, app_url)
    page.route(WHAT_IF, lambda route: route.fulfill(status=429, json={"detail": "too many"}))
    page.guards.allow(429)
    page.focus(CREDIT)
    press(page, "ArrowRight", 1)
    assert answered(page) == "The model could not be asked: too many"


@pytest.mark.parametrize("options", LOOKS, ids=str)
def test_an_explained_decision_has_no_defect(new_page, app_url, options):
    """With all details open, and the what-if panel moved."""
    page = new_page(**options)
    decide(page, app_url, language=options.get("language", "en"))
    page.eval_on_selector_all(".outcome details", "all => all.forEach(d => { d.open = true; })")
    page.focus(ANNUITY)
    press(page, "ArrowLeft", 3)
    answered(page)
    check_page(page)
