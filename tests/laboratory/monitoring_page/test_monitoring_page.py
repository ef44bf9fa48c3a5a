"""The page of a model in production: the verdict, every section, and what is missing."""

import copy
import html
import re

import pytest

from credit_scoring.laboratory.monitoring_page.monitoring_page import (
    FEATURES_SHOWN,
    write_monitoring_page,
)

ESTIMATE = {"value": 0.7, "low": 0.65, "high": 0.75}
MONTH = {
    "period": "2026-10", "accepted": 90, "outcomes": 60, "due": 30, "defaults": 6,
    "expected_defaults": 5.5, "auc": ESTIMATE, "default_rate": ESTIMATE,
    "cost_per_accepted": ESTIMATE, "calibration_slope": None,
}  # fmt: skip
WAITING = {**MONTH, "period": "2026-11", "outcomes": 0, "auc": None, "default_rate": None}
EMPTY = {
    "made_at": "2026-11-28T01:00:00+00:00", "model": None, "models": [],
    "window": {"since": "2026-11-01", "until": "2026-11-28", "days": 28}, "against": None,
    "missing": ["no decision is counted yet"], "uncounted": 0, "volume": None, "days": [],
    "latency": None, "score": None, "drift": None, "performance": None, "calibration": None,
    "refused_requests": {"number": 0, "share": None, "rows": []}, "expected_performance": None,
    "alarms": [],
}  # fmt: skip
POINTS = {"p50": 1.0, "p95": 2.0, "p99": 3.0}


def feature(name, psi=0.01, band="none"):
    return {
        "name": name, "psi": psi, "psi_limit": 0.02, "band": band, "adjusted_p_value": 0.3,
        "missing_share": 0.1, "reference_missing_share": 0.0,
    }  # fmt: skip


def alarm(state):
    return {
        "rule": "drift", "title": "The applicants have changed", "state": state, "value": 1e12,
        "limit": 25.0, "since": "2026-11-20" if state == "on" else None,
        "message": "INCOME moved", "action": "Find what changed.",
    }  # fmt: skip


@pytest.fixture
def summary():
    moved = {"name": "INCOME", "sentence": "INCOME moved since about 20 November"}
    day = {
        "decisions": 10, "accepted": 8, "refused": 2, "missing_share": None,
        "handler_ms": POINTS, "model_ms": None, "refused_requests": 1,
    }  # fmt: skip
    score = {"probabilities": [index / 122 for index in range(122)], "counts": [1] * 122}
    return copy.deepcopy({
        **EMPTY,
        "model": {
            "version": "0a1b", "digest": "0a1b" * 16, "first_day": "2026-10-01",
            "last_day": "2026-11-28", "decisions": 120, "has_reference": True,
        },
        "missing": [],
        "volume": {
            "decisions": 120, "accepted": 90, "refused": 30, "refused_share": 0.25,
            "refused_share_training": 0.2, "kinds": {"predict": 120}, "features_not_counted": 0,
        },
        "days": [{"day": f"2026-11-{number:02d}", **day} for number in range(1, 29)],
        "latency": {"handler_ms": POINTS, "model_ms": None},
        "score": {**score, "reference": [2] * 122, "drift": feature("(score)")},
        "drift": {
            "reference": "training",
            "verdict": {"alarm": True, "error_level": 0.05, "moved": [moved], "log_evidence": {}},
            "features": [feature("INCOME", 0.3, "large"), feature("<b>AGE</b>")],
        },
        "refused_requests": {
            "number": 28, "share": 0.19,
            "rows": [{"kind": "features-refused", "field": "INCOME", "number": 28}],
        },
        "performance": {"months": [MONTH, WAITING], "total": MONTH, "notes": ["Refused: unknown."]},
        "calibration": {"sentence": "calibration as in training"},
        "expected_performance": {
            "applicants": 120, "default_rate": ESTIMATE, "auc": None, "refused_share": ESTIMATE,
            "cost_per_applicant": ESTIMATE, "assumption": "As in training.", "warning": "Beware.",
        },
        "alarms": [alarm("on"), alarm("off"), alarm("not evaluated")],
    })  # fmt: skip


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
        "INCOME moved since about 20 November",
        "INCOME 0.300 0.020 0.3 0 % 10.0 % moved",
        "2026-11 90 0 30",
        "0.700 (0.650 to 0.750)",
        "Calibration as in training.",
        "Refused: unknown.",
        "As in training. Beware.",
        "features-refused INCOME 28",
        "over 1,000,000",
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
