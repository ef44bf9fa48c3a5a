"""Counts of a day add up, survive their JSON, and damaged JSON is refused with its place."""

import json

import pytest

from credit_scoring.bundle.reference import SCORE_BINS
from credit_scoring.monitoring.day_counts import LATENCY_BINS, LATENCY_EDGES, DayCounts


def bins(**numbers):
    counts = [0] * SCORE_BINS
    for name, number in numbers.items():
        counts[int(name[1:])] = number
    return counts


@pytest.fixture
def counts():
    return DayCounts(
        features={"A": [1, 0, 2], "B": [3, 0]},
        uncounted_features=1,
        scores={"ACCEPTED": bins(b3=3), "REFUSED": bins(b100=1)},
        kinds={"predict": 4, "what-if": 2},
        outcomes={
            "ACCEPTED": {"repaid": bins(b3=1), "default": bins(b3=1)},
            "REFUSED": {"repaid": bins(), "default": bins()},
        },
    )


def test_counts_survive_their_json(counts):
    assert DayCounts.from_json(counts.to_json()) == counts
    assert DayCounts.from_json(DayCounts().to_json()) == DayCounts()


def test_decisions_leave_out_what_ifs(counts):
    assert counts.decisions == 4
    assert DayCounts().decisions == 0


def test_counts_add_up_and_subtract(counts):
    other = DayCounts(features={"B": [0, 1], "C": [5]}, kinds={"batch": 1, "predict": 1})
    total = counts + other
    assert total.features == {"A": [1, 0, 2], "B": [3, 1], "C": [5]}
    assert total.kinds == {"predict": 5, "what-if": 2, "batch": 1}
    assert total.uncounted_features == 1
    assert counts + DayCounts() == counts
    assert total - counts == DayCounts(
        features={"A": [0, 0, 0], "B": [0, 1], "C": [5]},
        kinds={"batch": 1, "predict": 1, "what-if": 0},
    )


def test_counts_of_other_bins_are_refused(counts):
    message = r"^features\.A has 3 bins, and 2 in other counts$"
    with pytest.raises(ValueError, match=message):
        counts + DayCounts(features={"A": [1, 2]})


def test_latency_bins_reach_from_a_twentieth_of_a_millisecond_to_a_minute():
    assert LATENCY_EDGES[0] == 0.05
    assert LATENCY_EDGES[-1] == 60_000
    assert list(LATENCY_EDGES) == sorted(set(LATENCY_EDGES))
    assert len(DayCounts().handler_ms) == LATENCY_BINS == len(LATENCY_EDGES) + 1


DAMAGE = {
    "no JSON": (lambda _values: "{", r"the text: Invalid JSON"),
    "a list": (lambda _values: "[]", r"the text: "),
    "an unknown key": (lambda values: {**values, "x": 1}, r"x: Unexpected"),
    "a negative count": (lambda values: {**values, "uncounted_features": -1}, r"uncounted_feat"),
    "a fraction": (lambda values: {**values, "kinds": {"predict": 1.5}}, r"kinds\.predict: "),
    "a text": (lambda values: {**values, "features": {"A": ["1"]}}, r"features\.A\.0: "),
    "too few bins": (lambda values: {**values, "handler_ms": [0]}, r"handler_ms: "),
    "a missing decision": (
        lambda values: {**values, "scores": {"ACCEPTED": bins()}},
        r"scores has ACCEPTED: expected ACCEPTED, REFUSED",
    ),
    "a missing outcome": (
        lambda values: {**values, "outcomes": {"ACCEPTED": {}, "REFUSED": {}}},
        r"outcomes\.ACCEPTED has nothing: expected repaid, default",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_counts_are_refused(counts, damage):
    change, message = DAMAGE[damage]
    changed = change(json.loads(counts.to_json()))
    text = changed if isinstance(changed, str) else json.dumps(changed)
    with pytest.raises(ValueError, match=rf"^damaged counts: {message}"):
        DayCounts.from_json(text)
