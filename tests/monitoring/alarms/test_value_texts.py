"""Values and limits of alarms in words."""

import pytest

from credit_scoring.monitoring.alarms.measures import MAX_EVIDENCE, MEASURES
from credit_scoring.monitoring.alarms.rules import shipped_rules
from credit_scoring.monitoring.alarms.value_texts import VALUES, limit_text, value_text

MOST_CHARACTERS = 23  # of two columns of a table in 80


def test_every_measure_has_a_text():
    assert VALUES.keys() == MEASURES.keys()


@pytest.mark.parametrize(
    ("measure", "value", "expected"),
    [
        ("drift", MAX_EVIDENCE, "evidence > 1,000"),
        ("drift", 27.34, "evidence 27.3"),
        ("calibration", 0.1609, "evidence < 1"),
        ("cost", -0.3218, "within chance"),
        ("cost", 0.123, "12.3% more"),
        ("refused_share", 0.0712, "7.12 points"),
        ("missing_share", -0.0016, "within chance"),
        ("latency", 4.25, "4.25 ms"),
        ("latency", 60_000.0, "60,000 ms"),
        ("refused_requests", 0.25, "25%"),
        ("volume", 1.0, "100% of usual"),
        ("outcomes_overdue", 0.4, "40%"),
        ("no_reference", 0.0, "present"),
        ("no_reference", 1.0, "missing"),
        ("drift", None, None),
    ],
)
def test_value_has_its_unit(measure, value, expected):
    assert value_text(measure, value) == expected


@pytest.mark.parametrize(
    ("rule", "when_off", "when_on"),
    [
        ("drift", "on from evidence 20", "off below evidence 5"),
        ("cost", "on from 10% more", "off below 0% more"),
        ("missing-share", "on from 10 points", "off below 5 points"),
        ("latency", "on from 1,000 ms", "off below 500 ms"),
        ("volume", "on up to 50% of usual", "off above 70% of usual"),
        ("no-reference", "on if missing", "off if present"),
    ],
)
def test_limit_says_what_it_changes(rule, when_off, when_on):
    texts = [limit_text(shipped_rules()[rule], is_on=is_on) for is_on in (False, True)]
    assert texts == [when_off, when_on]
    assert max(map(len, texts)) <= MOST_CHARACTERS
