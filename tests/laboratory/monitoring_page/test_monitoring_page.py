"""The page of a model in production: the verdict, every section, and what is missing."""

import html
import re

import pytest

from credit_scoring.laboratory.monitoring_page.monitoring_page import (
    FEATURES_SHOWN,
    write_monitoring_page,
)
from tests.laboratory.monitoring_page.summaries import EMPTY, alarm, feature, full_summary


@pytest.fixture
def summary():
    return full_summary()


def text_of(page):
    body = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_page_needs_no_script_and_no_other_file(summary):
    page = write_monitoring_page(summary)
    assert not re.search(r"<script|<link|src=|url\(|@import|https?:", page)
    assert "<b>AGE" not in page


def test_verdict_and_its_reason_come_first(summary):
    text = text_of(write_monitoring_page(summary))
    start = text.index("1 alarm is on")
    assert start < text.index("The applicants have changed since 2026-11-20. INCOME moved")
    assert start < text.index("Alarms") < text.index("Drift") < text.index("Performance")


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (["on", "on"], "2 alarms are on"),
        (["off", "not evaluated"], "No alarm is on; 1 could not be evaluated"),
        (["not evaluated"], "No alarm could be evaluated"),
        (["off"], "No alarm is on"),
    ],
    ids=["two", "one waits", "nothing", "none"],
)
def test_verdict_counts_alarms(summary, states, verdict):
    page = write_monitoring_page({**summary, "alarms": [alarm(state) for state in states]})
    assert f"<title>Monitoring: {verdict}</title>" in page


def test_every_section_shows_its_figures(summary):
    text = text_of(write_monitoring_page(summary))
    for part in (
        "refused (training 20.0 %) 25.0 %",
        "95 % answered within 2.0 ms",
        "INCOME has moved since about 20 November",
        "INCOME 0.300 0.020 0.3 0 % 10.0 % moved",
        "2026-11 90 0 30",
        "0.700 (0.650 to 0.750)",
        "No loss of calibration in the known outcomes.",
        "Refused: unknown.",
        "As in training. Beware.",
        "features-refused INCOME 28",
        "evidence > 1,000",
        "off below evidence 5",
    ):
        assert part in text


def test_features_have_small_charts_if_their_bins_are_given(summary):
    bins = {
        "INCOME": [
            {"label": "any", "reference": 3, "number": 4},
            {"label": "missing", "reference": None, "number": 0},
        ]
    }
    assert write_monitoring_page(summary, bins).count('<svg class="small"') == 1
    assert '<svg class="small"' not in write_monitoring_page(summary)


def test_many_features_fold_away_behind_the_largest(summary):
    features = [feature(f"f{number}", number / 100) for number in range(FEATURES_SHOWN + 5)]
    summary["drift"]["features"] = features
    page = write_monitoring_page(summary)
    shown, hidden = page.split("<summary>5 more features</summary>")
    assert f"<code>f{FEATURES_SHOWN + 4}</code>" in shown
    assert "<code>f0</code>" in hidden


def test_latency_that_was_not_stored_has_no_chart(summary):
    assert "whole request" in write_monitoring_page(summary)
    assert "model alone" not in write_monitoring_page(summary)


def test_log_without_decisions_says_so():
    text = text_of(write_monitoring_page(EMPTY))
    assert "No decision is counted yet" in text
    assert "What is missing no decision is counted yet" in text
    assert "No outcome is known yet." in text
