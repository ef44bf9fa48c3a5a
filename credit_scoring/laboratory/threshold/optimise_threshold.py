"""The threshold study: the cheapest threshold, those of other cost ratios, the profit per loan."""

from dataclasses import replace

import numpy as np

from credit_scoring.errors import FeatureError
from credit_scoring.estimator.threshold import is_default_expected, theoretical_threshold
from credit_scoring.estimator.threshold_choice import EMPIRICAL, choose_threshold
from credit_scoring.laboratory.threshold.labelled_predictions import LabelledPredictions
from credit_scoring.laboratory.threshold.profit import (
    LoanBook,
    compute_profit_curve,
    expected_maximum_profit,
    loan_by_loan_profit,
    most_profitable_threshold,
)
from credit_scoring.laboratory.threshold.threshold_results import ThresholdResults
from credit_scoring.loan_terms import LoanTerms
from credit_scoring.training.metrics import Costs, RankedOutcomes
from credit_scoring.training.threshold_curves import metrics_by_threshold

# The cost of accepting a defaulter, in costs of refusing a good applicant.
COST_RATIOS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


def optimise_threshold(
    predictions: LabelledPredictions, costs: Costs, terms: LoanTerms, seed: int
) -> ThresholdResults:
    """Run the study on these predictions; FeatureError if all applicants have the same outcome."""
    if not 0 < predictions.default.sum() < len(predictions.default):
        raise FeatureError(
            "all applicants have the same outcome: a threshold needs defaulters and good applicants"
        )
    optimum = cheapest_threshold(predictions, costs, seed)
    results = ThresholdResults(
        {"predictions": predictions.source, "data": predictions.facts, "costs": vars(costs)},
        optimum,
        _by_cost_ratio(predictions, costs, seed),
        _cost_curve(predictions, costs, optimum["value"]),
        _maximum_profit(predictions, terms),
    )
    if predictions.exposure is None:
        return results
    return _with_profit(results, predictions, terms, seed)


def _by_cost_ratio(
    predictions: LabelledPredictions, costs: Costs, seed: int
) -> list[dict[str, float]]:
    ratios = sorted({*COST_RATIOS, costs.false_negative / costs.false_positive})
    thresholds = []
    for ratio in ratios:
        ratio_costs = replace(costs, false_negative=ratio * costs.false_positive)
        thresholds.append({"ratio": ratio, **cheapest_threshold(predictions, ratio_costs, seed)})
    return thresholds


def _cost_curve(
    predictions: LabelledPredictions, costs: Costs, threshold: float
) -> dict[str, np.ndarray]:
    refused = is_default_expected(predictions.probability, threshold)
    outcomes = RankedOutcomes.of(predictions.default, predictions.probability, refused, costs)
    return {name: values[::-1] for name, values in metrics_by_threshold(outcomes).items()}


def _maximum_profit(predictions: LabelledPredictions, terms: LoanTerms) -> dict[str, float]:
    return {
        "roi": terms.roi,
        "no_loss": terms.no_loss,
        "all_lost": terms.all_lost,
        **expected_maximum_profit(predictions, terms),
    }


def _with_profit(
    results: ThresholdResults, predictions: LabelledPredictions, terms: LoanTerms, seed: int
) -> ThresholdResults:
    book = LoanBook.of(predictions, terms)
    curve = compute_profit_curve(book)
    optimum_index = int(np.searchsorted(curve["threshold"], results.optimum["value"]))
    best = most_profitable_threshold(book, seed)
    if predictions.margin is None:
        best["theoretical"] = theoretical_threshold(terms.lgd, terms.margin)
    per_loan = {
        "lgd": terms.lgd,
        "margin": terms.margin if predictions.margin is None else "per loan",
        "accept_all": float(curve["profit"][-1]),
        "at_the_threshold_above": float(curve["profit"][optimum_index]),
        "best_threshold": best,
        "loan_by_loan": loan_by_loan_profit(book),
    }
    return replace(results, per_loan=per_loan, profit_curve=curve)


def cheapest_threshold(
    predictions: LabelledPredictions, costs: Costs, seed: int
) -> dict[str, float]:
    """The cheapest threshold with its 95 % bootstrap interval, next to the theoretical threshold.

    Also the cost per applicant of both, the optimism and the standard error of their difference,
    and the share that the cheapest one refuses.
    """
    default, probability = predictions.default, predictions.probability
    choice = choose_threshold(default, probability, costs.pair, EMPIRICAL, seed)
    low, high = choice["threshold_interval"]
    return {
        "value": choice["threshold"],
        "low": low,
        "high": high,
        "theoretical": theoretical_threshold(*costs.pair),
        "cost_per_applicant": choice["out_of_fold_cost"]["cost_at_empirical"],
        **choice["out_of_fold_cost"],
        "refused_share": float(np.mean(is_default_expected(probability, choice["threshold"]))),
    }
