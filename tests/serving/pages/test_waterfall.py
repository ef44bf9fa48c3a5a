"""The waterfall adds up, as printed, from the average applicant's points to this one's."""

import math

import pytest

from credit_scoring.scoring.decision import POINTS_TO_DOUBLE, credit_score
from credit_scoring.scoring.reasons import Factor, SpokenFactor
from credit_scoring.serving.pages.waterfall import SHOWN, waterfall

EXAMPLES = ("typical", "low risk", "high risk")


@pytest.fixture(scope="module", params=EXAMPLES)
def case(request, deployed):
    """An explanation with its factors, its decision and its waterfall."""
    inputs = deployed.bundle.manifest.example(request.param)
    explanation = deployed.explainer.explain(inputs)
    factors = deployed.explainer.spoken_factors(explanation)
    decision = deployed.scorer.score(inputs)
    return explanation, factors, decision, waterfall(explanation, factors, decision, "en")


def test_the_changes_add_up_to_the_credit_score(case):
    _, _, decision, shown = case
    start, *changes, end = shown.steps
    assert (start.kind, end.kind) == ("start", "end")
    assert start.points == credit_score(shown.base_probability)
    assert start.points + sum(step.points for step in changes) == end.points
    assert end.points == decision.credit_score


def test_the_strongest_factors_have_a_bar_and_the_others_share_one(case):
    _, factors, _, shown = case
    *named, rest = shown.steps[1:-1]
    assert [step.label for step in named] == [f.factor.text["en"] for f in factors[:SHOWN]]
    assert [step.sentence for step in named] == [f.sentence["en"] for f in factors[:SHOWN]]
    assert (rest.kind, rest.label) == ("rest", "")
    assert shown.others == len(factors) - SHOWN
    sizes = [abs(f.factor.contribution) for f in factors]
    assert sizes == sorted(sizes, reverse=True)


def test_each_bar_has_the_size_of_its_contribution(case):
    _, factors, _, shown = case
    for step, spoken in zip(shown.steps[1:], factors[:SHOWN], strict=False):
        points = -spoken.factor.contribution * POINTS_TO_DOUBLE / math.log(2)
        assert step.points == pytest.approx(points, abs=1)
        assert step.direction == ("against" if step.points < 0 else "for")


def test_bars_follow_each_other_within_the_scale(case):
    *_, shown = case
    place = shown.steps[0].left
    for step in shown.steps[1:-1]:
        begin = step.left + step.width if step.points < 0 else step.left
        assert begin == pytest.approx(place, abs=0.02)
        place = step.left if step.points < 0 else step.left + step.width
    assert shown.steps[-1].left == pytest.approx(place, abs=0.02)
    assert all(0 <= step.left <= step.left + step.width <= 100 for step in shown.steps)
    assert 0 < shown.threshold_at < 100


def test_the_log_odds_are_those_of_the_model(case):
    explanation, _, decision, shown = case
    assert shown.base_log_odds + shown.contributions == pytest.approx(shown.log_odds)
    assert 1 / (1 + math.exp(-shown.log_odds)) == pytest.approx(decision.probability)
    assert shown.base_log_odds == explanation.base_value


def test_a_sentence_is_about_the_value_that_counted_most_in_the_direction_of_its_group(case):
    explanation, factors, *_ = case
    for spoken in factors:
        total = spoken.factor.contribution
        contribution = explanation.contributions[spoken.strongest]
        assert (contribution > 0) == (total > 0)
        assert explanation.features[spoken.strongest].name in spoken.factor.features


def test_without_other_factors_there_is_no_step_for_them(deployed, high_risk):
    """A lender's own table may have few columns; their names begin with a capital letter."""
    explanation = deployed.explainer.explain(high_risk)
    base = explanation.base_value
    factor = Factor("dti", {"en": "debts"}, explanation.log_odds - base, "against", ("dti",))
    spoken = SpokenFactor(factor, {"en": "Debts: 1."}, 0)
    shown = waterfall(explanation, [spoken], deployed.scorer.score(high_risk), "en")
    assert [step.label for step in shown.steps] == ["", "Debts", ""]
    assert shown.others == 0
