"""The cheapest threshold, other cost ratios and curves equal what plain counting gives."""

import dataclasses

import numpy as np
import pytest

from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.threshold.optimise_threshold import (
    COST_RATIOS,
    cheapest_threshold,
    optimise_threshold,
)
from credit_scoring.laboratory.threshold.threshold_files import threshold_files
from credit_scoring.loan_terms import LoanTerms
from credit_scoring.training.metrics import Costs


class TestCheapestThreshold:
    def test_no_threshold_is_cheaper(self, predictions, mean_cost):
        optimum = cheapest_threshold(predictions, Costs(), 0)
        thresholds = [*np.unique(predictions.probability), 2.0]
        costs = [mean_cost(predictions, threshold) for threshold in thresholds]
        assert optimum["cost_per_applicant"] == pytest.approx(min(costs))
        own_cost = mean_cost(predictions, optimum["value"])
        assert optimum["cost_per_applicant"] == pytest.approx(own_cost)
        refused = predictions.probability >= optimum["value"]
        assert optimum["refused_share"] == np.mean(refused)

    def test_theoretical_threshold_and_its_cost_are_given(self, predictions, mean_cost):
        optimum = cheapest_threshold(predictions, Costs(5, 2), 0)
        assert optimum["theoretical"] == pytest.approx(2 / 7)
        cost = mean_cost(predictions, 2 / 7, 5, 2)
        assert optimum["cost_at_theoretical"] == pytest.approx(cost)

    def test_interval_holds_the_theoretical_threshold(self, make_predictions):
        """Of true probabilities: in about 95 of 100 samples."""
        pairs = [(ratio, seed) for ratio in (2.0, 10.0, 50.0) for seed in range(4)]
        optima = [
            cheapest_threshold(make_predictions(5000, seed, digits=6), Costs(ratio, 1.0), 0)
            for ratio, seed in pairs
        ]
        assert all(each["low"] <= each["value"] <= each["high"] for each in optima)
        assert sum(each["low"] <= each["theoretical"] <= each["high"] for each in optima) >= 10

    def test_more_applicants_narrow_the_interval(self, make_predictions):
        few, many = (
            cheapest_threshold(make_predictions(rows, digits=6), Costs(), 0)
            for rows in (500, 50_000)
        )
        assert many["high"] - many["low"] < (few["high"] - few["low"]) / 2


class TestResults:
    def test_curve_has_the_cost_of_every_threshold(self, predictions, mean_cost):
        curve = optimise_threshold(predictions, Costs(), LoanTerms(), 0).cost_curve
        assert curve["threshold"].tolist() == np.unique(predictions.probability).tolist()
        assert curve["cost_per_applicant"] == pytest.approx(
            [mean_cost(predictions, threshold) for threshold in curve["threshold"]]
        )

    def test_cost_ratios_include_the_given_one(self, make_predictions, mean_cost):
        predictions = make_predictions(20_000, digits=6)
        results = optimise_threshold(predictions, Costs(7, 2), LoanTerms(), 0)
        rows = results.cost_ratios
        ratios = [row["ratio"] for row in rows]
        assert ratios == sorted([*COST_RATIOS, 3.5])
        assert [row["theoretical"] for row in rows] == [1 / (1 + ratio) for ratio in ratios]
        thresholds = [row["value"] for row in rows]
        assert thresholds == sorted(thresholds, reverse=True)
        own_row = next(row for row in rows if row["ratio"] == 3.5)
        assert own_row == {"ratio": 3.5, **results.optimum}
        cost = mean_cost(predictions, rows[0]["value"], 2, 2)
        assert rows[0]["cost_per_applicant"] == pytest.approx(cost)

    def test_single_outcome_is_refused(self, predictions):
        all_good = dataclasses.replace(predictions, default=np.zeros(400))
        with pytest.raises(FeatureError, match="all applicants have the same outcome"):
            optimise_threshold(all_good, Costs(), LoanTerms(), 0)

    def test_same_seed_gives_the_same_results(self, predictions):
        first, second = (
            optimise_threshold(predictions, Costs(), LoanTerms(), 3).as_dict() for _ in range(2)
        )
        assert first == second

    def test_without_amounts_there_is_no_profit(self, predictions):
        without_amounts = dataclasses.replace(predictions, exposure=None, margin=None)
        results = optimise_threshold(without_amounts, Costs(), LoanTerms(), 0)
        assert results.per_loan is None
        names = ["cost_curve.csv", "cost_curve.png", "threshold.json"]
        assert sorted(threshold_files(results)) == names

    def test_most_profitable_threshold_agrees_with_theory(self, make_predictions):
        predictions = dataclasses.replace(make_predictions(20_000, digits=6), margin=None)
        terms = LoanTerms(lgd=0.6, margin=0.15)
        results = optimise_threshold(predictions, Costs(), terms, 0)
        best = results.per_loan["best_threshold"]
        assert best["theoretical"] == pytest.approx(0.15 / 0.75)
        assert best["low"] <= best["theoretical"] <= best["high"]

    def test_profit_of_accept_all_and_optimum(self, predictions, mean_profit):
        results = optimise_threshold(predictions, Costs(), LoanTerms(), 0)
        per_loan = results.per_loan
        assert per_loan["accept_all"] == pytest.approx(mean_profit(predictions, 2.0))
        profit = mean_profit(predictions, results.optimum["value"])
        assert per_loan["at_the_threshold_above"] == pytest.approx(profit)
