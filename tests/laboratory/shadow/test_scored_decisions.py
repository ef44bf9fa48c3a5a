"""The summary of decisions that two models scored: exact counts, bounded memory."""

import numpy as np
import pytest

from credit_scoring.decisions.shadow_scores import ModelPair, ScoredPair
from credit_scoring.laboratory.shadow import scored_decisions as module
from credit_scoring.laboratory.shadow.scored_decisions import summarise
from credit_scoring.laboratory.shadow.shadow_report import make_report
from credit_scoring.training.metrics import Costs

PAIR = ModelPair("a" * 64, "c" * 64)


def pairs(count, outcome=None, *, score=0, other_score=0, difference=0.25):
    return [
        ScoredPair(str(number), 0.5, score, 0.5 + difference, other_score, outcome)
        for number in range(count)
    ]


def test_counts_by_both_scores_and_outcome():
    pages = [pairs(3, 1), pairs(2, 0, other_score=1), pairs(4, None, score=1)]
    report = make_report(PAIR, summarise(pages), Costs())
    assert report.decisions.total == 9
    assert report.decisions.with_outcome == 5
    assert (report.count(0, 0), report.count(0, 0, 1), report.count(0, 0, 0)) == (3, 3, 0)
    content = report.as_dict()
    assert content["swap_out"] == {"decisions": 2, "defaulted": 0, "repaid": 2, "unknown": 0}
    assert content["swap_in"] == {"decisions": 4, "defaulted": 0, "repaid": 0, "unknown": 4}
    assert content["agreement"] == pytest.approx(3 / 9)
    assert content["metrics"] == {}  # too few outcomes


def test_differences_of_probabilities_have_mean_and_quantiles():
    pages = [pairs(90, difference=0.1), pairs(10, difference=-0.3)]
    summary = summarise(pages).difference_summary()
    assert summary["mean"] == pytest.approx(0.06)
    assert summary["p1"] == pytest.approx(-0.3, abs=0.001)
    assert summary["p50"] == pytest.approx(0.1, abs=0.001)


def test_of_many_outcomes_a_random_sample_stays_in_memory(monkeypatch):
    monkeypatch.setattr(module, "MAX_LABELLED", 500)
    pages = [pairs(1000, int(number >= 7)) for number in range(10)]  # the last three defaulted
    decisions = summarise(pages, seed=1)
    assert (len(decisions.labelled), decisions.with_outcome) == (500, 10_000)
    share = np.mean([row[4] for row in decisions.labelled])
    assert share == pytest.approx(0.3, abs=0.08)


def test_no_decision_is_no_error():
    content = make_report(PAIR, summarise([]), Costs()).as_dict()
    assert (content["decisions"], content["agreement"]) == (0, None)
