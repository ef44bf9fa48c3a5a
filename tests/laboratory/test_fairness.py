"""Fairness metrics by group equal fairlearn's; the cost of excluding the attributes is paired."""

import dataclasses
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_ratio,
    equalized_odds_difference,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
)

from credit_scoring.laboratory.fairness.attribute_ablation import compare_exclusion
from credit_scoring.laboratory.fairness.fairness_in_words import describe_group_differences
from credit_scoring.laboratory.fairness.fairness_report import plot_fairness
from credit_scoring.laboratory.fairness.group_metrics import ERRORS, RATES, compute_group_metrics
from credit_scoring.laboratory.fairness.groups import ApplicantGroups, group_applicants
from credit_scoring.training.cross_validation import Predictions
from tests.training.learning_tasks import make_task

NAMES = ["a", "b", "c"]


def make_groups(seed=0, gap=0.6, rows=3000):
    """Target, groups of three sizes, and decisions that refuse c more often by `gap` log-odds."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(3, rows, p=[0.5, 0.35, 0.15])
    log_odds = rng.normal(-1.5, 1, rows) + gap * (codes == 2)
    probability = 1 / (1 + np.exp(-log_odds))
    target = (rng.random(rows) < probability).astype(np.int8)
    predictions = Predictions(np.arange(rows), probability, probability >= 0.25)
    return target, ApplicantGroups("kind", NAMES, codes), predictions


def metrics_of(target, groups, predictions):
    return compute_group_metrics(groups, target, predictions, seed=0)


@pytest.fixture(scope="module")
def group_metrics():
    return metrics_of(*make_groups())


class TestValues:
    def test_group_rates_equal_fairlearn(self, group_metrics):
        """Fairlearn selects those predicted 1, who are refused here."""
        target, groups, predictions = make_groups()
        reference = MetricFrame(
            metrics={
                "selection_rate": selection_rate,
                "false_positive_rate": false_positive_rate,
                "false_negative_rate": false_negative_rate,
            },
            y_true=target,
            y_pred=predictions.refused,
            sensitive_features=pd.Series(np.array(NAMES)[groups.codes]),
        ).by_group
        for group in group_metrics["groups"]:
            expected = reference.loc[group["group"]]
            accepted = 1 - expected["selection_rate"]
            assert group["selection_rate"]["value"] == pytest.approx(accepted)
            for rate in ("false_positive_rate", "false_negative_rate"):
                assert group[rate]["value"] == pytest.approx(expected[rate])

    def test_group_differences_equal_fairlearn(self, group_metrics):
        target, groups, predictions = make_groups()
        refused = predictions.refused
        ratio = demographic_parity_ratio(target, ~refused, sensitive_features=groups.codes)
        odds = equalized_odds_difference(target, refused, sensitive_features=groups.codes)
        assert group_metrics["four_fifths_ratio"]["value"] == pytest.approx(ratio)
        assert group_metrics["equalised_odds_difference"]["value"] == pytest.approx(odds)
        assert group_metrics["four_fifths_ratio"]["lowest"] == "c"
        gaps = {error: group_metrics[f"{error}_gap"]["value"] for error in ERRORS}
        assert group_metrics["equalised_odds_difference"]["error"] == max(gaps, key=gaps.get)

    def test_calibration_is_defaults_per_predicted_default(self, group_metrics):
        target, groups, predictions = make_groups()
        for code, group in enumerate(group_metrics["groups"]):
            rows = groups.codes == code
            probability = predictions.probability[rows]
            ratio = target[rows].sum() / probability.sum()
            assert group["calibration_ratio"]["value"] == pytest.approx(ratio)
            assert group["predicted_rate"]["value"] == pytest.approx(probability.mean())


class TestIntervals:
    def test_intervals_hold_their_values(self, group_metrics):
        rates = [group[rate] for group in group_metrics["groups"] for rate in RATES]
        differences = [group_metrics["four_fifths_ratio"], group_metrics["false_positive_gap"]]
        for interval in rates + differences:
            assert interval["low"] <= interval["value"] <= interval["high"]

    def test_equal_groups_usually_show_no_difference(self):
        """The two most different groups are chosen, so chance has three pairs to err with."""
        is_inside = []
        for seed in range(10):
            ratio = metrics_of(*make_groups(seed=seed, gap=0))["four_fifths_ratio"]
            is_inside.append(ratio["low"] <= 1 <= ratio["high"])
        assert sum(is_inside) >= 7

    def test_different_groups_show_a_difference(self, group_metrics):
        assert group_metrics["four_fifths_ratio"]["high"] < 1
        assert group_metrics["false_positive_gap"]["low"] > 0


class TestSmallGroups:
    def test_small_groups_are_flagged_and_compared_separately(self):
        target, groups, predictions = make_groups()
        codes = groups.codes.copy()
        codes[:30] = 3
        refused = predictions.refused.copy()
        refused[:30] = True
        four_groups = ApplicantGroups("kind", [*NAMES, "d"], codes)
        metrics = metrics_of(target, four_groups, dataclasses.replace(predictions, refused=refused))
        assert [group["small"] for group in metrics["groups"]] == [False, False, False, True]
        assert metrics["groups"][3]["selection_rate"]["value"] == 0
        assert metrics["four_fifths_ratio"]["value"] == 0
        assert metrics["without_small_groups"]["four_fifths_ratio"]["value"] > 0.5

    def test_group_without_defaulters_has_no_false_negative_rate(self):
        target, groups, predictions = make_groups(rows=400)
        target[groups.codes == 2] = 0
        metrics = metrics_of(target, groups, predictions)
        assert metrics["groups"][2]["false_negative_rate"] is None
        assert metrics["groups"][2]["false_positive_rate"] is not None
        assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics
        assert plot_fairness({"attributes": [metrics]}).startswith(b"\x89PNG")

    def test_only_small_groups_cannot_be_compared(self):
        metrics = metrics_of(*make_groups(rows=60))
        assert all(group["small"] for group in metrics["groups"])
        assert metrics["without_small_groups"]["four_fifths_ratio"] is None
        sentences = describe_group_differences({"attributes": [metrics]})
        assert "no group can be compared" in " ".join(sentences)


def test_groups_are_sex_age_band_and_marital_status():
    years = [24.9, 25.1, 61.9, 62.1, None]
    days = [year and -year * 365.25 for year in years]
    frame = pl.DataFrame(
        {
            "CODE_GENDER": pl.Series(["F", "M", "F", None, "F"], dtype=pl.Enum(["F", "M"])),
            "DAYS_BIRTH": pl.Series(days, dtype=pl.Float32),
            "NAME_FAMILY_STATUS": pl.Series(["Married", "Widow", "Married", "Married", None]),
        }
    )
    sex, age, status = group_applicants(frame)
    assert [sex.names[code] for code in sex.codes] == ["F", "M", "F", "unknown", "F"]
    bands = ["under 25", "25 to 34", "55 to 61", "62 and over", "unknown"]
    assert [age.names[code] for code in age.codes] == bands
    assert age.names == bands
    assert status.names == ["Married", "Widow", "unknown"]


def test_cost_of_exclusion_is_a_paired_difference():
    task = make_task(rows=800)
    rng = np.random.default_rng(0)
    rows = np.arange(800)
    good = Predictions(rows, task.target * 0.5 + rng.random(800) * 0.5, task.target == 1)
    random = Predictions(rows, rng.random(800), rng.random(800) > 0.5)
    comparison = compare_exclusion(random, good, task)
    assert comparison["roc_auc"]["difference"]["high"] < 0
    assert comparison["cost_per_applicant"]["difference"]["low"] > 0
    assert comparison["cost_per_applicant"]["difference"]["real"] is True
    same = compare_exclusion(good, good, task)
    assert same["roc_auc"]["difference"] == {"value": 0, "low": 0, "high": 0, "real": False}
