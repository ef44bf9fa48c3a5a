"""The curves by threshold equal scikit-learn's metrics, and thinning keeps their ends."""

import pytest
from sklearn.metrics import precision_score, recall_score

from credit_scoring.training.threshold_curves import MAX_POINTS, metrics_by_threshold, thin_curves
from tests.training.calibrated_outcomes import make_outcomes


def test_metrics_are_of_refusing_from_the_threshold():
    outcomes = make_outcomes(rows=300)
    curves = metrics_by_threshold(outcomes)
    for place in (0, 100, len(curves["threshold"]) - 1):
        refused = outcomes.probability >= curves["threshold"][place]
        assert curves["recall"][place] == pytest.approx(recall_score(outcomes.default, refused))
        assert curves["precision"][place] == pytest.approx(
            precision_score(outcomes.default, refused)
        )
        good = outcomes.default == 0
        assert curves["false_positive_rate"][place] == pytest.approx(
            (good & refused).sum() / good.sum()
        )
        cost = 10 * (~good & ~refused).sum() + (good & refused).sum()
        assert curves["cost_per_applicant"][place] == pytest.approx(cost / 300)


def test_thin_curves_keep_both_ends():
    outcomes = make_outcomes()
    curves = metrics_by_threshold(outcomes)
    thinned = thin_curves(outcomes)
    assert {len(values) for values in thinned.values()} == {MAX_POINTS}
    for name, values in thinned.items():
        assert (values[0], values[-1]) == (curves[name][0], curves[name][-1])
