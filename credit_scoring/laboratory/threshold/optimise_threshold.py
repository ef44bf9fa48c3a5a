"""The command `threshold`, whole: from predictions to the optimum, its alternatives, and the files."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.threshold.held_out_predictions import Predictions
from credit_scoring.laboratory.threshold.profit import (
    Book,
    Terms,
    best_threshold,
    curve,
    expected_maximum_profit,
    loan_by_loan,
)
from credit_scoring.training.metrics import Costs, Floats, RankedOutcomes
from credit_scoring.training.threshold_curves import metrics_by_threshold
from custom_threshold_model import is_default_expected, optimal_threshold, threshold_interval

RATIOS = (
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    50.0,
)  # cost of accepting a defaulter over that of refusing a good applicant
MOST_POINTS = 1000  # of a curve in a file


@dataclass(frozen=True)
class Found:
    """What is to be said of thresholds: the optimum, those of other cost ratios, the curves, the costs per loan.

    `loans` and `profit_curve` are there when the exposure is known.
    """

    facts: dict[str, Any]
    optimum: dict[str, float]
    ratios: list[dict[str, float]]
    cost_curve: dict[str, Floats]
    maximum_profit: dict[str, float]
    loans: dict[str, Any] | None = None
    profit_curve: dict[str, Floats] | None = None

    def as_dict(self) -> dict[str, Any]:
        """All but the curves, as JSON has it."""
        told = {**self.facts, "threshold": self.optimum, "cost_ratios": self.ratios}
        told["expected_maximum_profit"] = self.maximum_profit
        return told if self.loans is None else {**told, "per_loan": self.loans}


def find(predictions: Predictions, costs: Costs, terms: Terms, seed: int) -> Found:
    """Everything there is to say of thresholds on these predictions; FeatureError where all ended the same way."""
    if not 0 < predictions.default.sum() < len(predictions.default):
        raise FeatureError(
            "all applicants have the same outcome: a threshold needs defaulters and good applicants"
        )
    optimum = chosen(predictions, costs, seed)
    refused = is_default_expected(predictions.probability, optimum["value"])
    outcomes = RankedOutcomes.of(predictions.default, predictions.probability, refused, costs)
    ratios = [
        {
            "ratio": ratio,
            **chosen(predictions, Costs(ratio * costs.false_positive, costs.false_positive), seed),
        }
        for ratio in sorted({*RATIOS, costs.false_negative / costs.false_positive})
    ]
    facts = {"predictions": predictions.source, "data": predictions.facts, "costs": vars(costs)}
    found = Found(facts, optimum, ratios, _rising(metrics_by_threshold(outcomes)), {
        "roi": terms.roi, "no_loss": terms.no_loss, "all_lost": terms.all_lost,
        **expected_maximum_profit(predictions, terms),
    })  # fmt: skip
    return found if predictions.exposure is None else _with_loans(found, predictions, terms, seed)


def _with_loans(found: Found, predictions: Predictions, terms: Terms, seed: int) -> Found:
    book = Book.of(predictions, terms)
    curves = curve(book)
    at = int(np.searchsorted(curves["threshold"], found.optimum["value"]))
    best = best_threshold(book, seed)
    if predictions.margin is None:
        best["theoretical"] = terms.margin / (terms.margin + terms.lgd)
    loans = {
        "lgd": terms.lgd,
        "margin": terms.margin if predictions.margin is None else "per loan",
        "accept_all": float(curves["profit"][-1]),
        "at_the_threshold_above": float(curves["profit"][at]),
        "best_threshold": best,
        "loan_by_loan": loan_by_loan(book),
    }
    return Found(**{**vars(found), "loans": loans, "profit_curve": curves})


def chosen(predictions: Predictions, costs: Costs, seed: int) -> dict[str, float]:
    """The cheapest threshold with its 95 % bootstrap interval, the theoretical one, what they cost and refuse."""
    default, probability = predictions.default, predictions.probability
    pair = costs.false_negative, costs.false_positive
    value = optimal_threshold(default, probability, *pair)
    low, high = threshold_interval(default, probability, *pair, seed)
    theory = costs.false_positive / (costs.false_positive + costs.false_negative)
    return {
        "value": value, "low": low, "high": high, "theoretical": theory,
        "cost_per_applicant": cost_of(predictions, value, costs),
        "cost_at_theoretical": cost_of(predictions, theory, costs),
        "refused_share": float(np.mean(is_default_expected(probability, value))),
    }  # fmt: skip


def cost_of(predictions: Predictions, threshold: float, costs: Costs) -> float:
    """The cost per applicant of refusing from a threshold on."""
    refused, bad = is_default_expected(predictions.probability, threshold), predictions.default == 1
    wrong = costs.false_negative * (bad & ~refused) + costs.false_positive * (~bad & refused)
    return float(np.mean(wrong))


def _rising(curves: dict[str, Floats]) -> dict[str, Floats]:
    return {name: values[::-1] for name, values in curves.items()}


def files(found: Found) -> dict[str, bytes]:
    """The files of a finding by name: figures as JSON, curves as CSV, pictures as PNG."""
    from credit_scoring.laboratory.threshold.threshold_plots import cost_picture, profit_picture  # noqa: PLC0415 - matplotlib

    made = {
        "threshold.json": (
            json.dumps(found.as_dict(), indent=1, ensure_ascii=False) + "\n"
        ).encode(),
        "cost_curve.csv": as_csv(found.cost_curve),
        "cost_curve.png": cost_picture(found),
    }
    if found.profit_curve is not None:
        made |= {
            "profit_curve.csv": as_csv(found.profit_curve),
            "profit_curve.png": profit_picture(found),
        }
    return made


def as_csv(curves: dict[str, Floats]) -> bytes:
    """A curve as CSV, at no more than MOST_POINTS of its points, the first and the last among them."""
    count = len(curves["threshold"])
    kept = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(curves)
    rows.writerows(
        zip(*(np.asarray(values)[kept].tolist() for values in curves.values()), strict=True)
    )
    return text.getvalue().encode()
