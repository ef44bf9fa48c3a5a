"""Costs that differ per loan: the profit of a threshold, and the expected maximum profit.

Accepting a good applicant earns the loan's margin; accepting a defaulter loses the loss given
default (LGD) times the exposure. Sources: Bahnsen, Aouada, Ottersten (2014), Example-dependent
cost-sensitive logistic regression for credit scoring; Verbraken, Bravo, Weber, Baesens (2014),
Development and application of consumer credit scoring models using profit-based classification
measures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit_scoring.laboratory.threshold.labelled_predictions import LabelledPredictions
from credit_scoring.loan_terms import LoanTerms
from credit_scoring.training.metrics import Floats

BOOTSTRAP_SAMPLES = 200  # of the most profitable threshold


@dataclass(frozen=True)
class LoanBook:
    """Loans (n,) sorted by rising probability of default.

    `gain` is earned if the loan is good, `loss` is lost if it defaults, `realised` is the profit
    that accepting it brought. `accepted_counts` (thresholds,) is how many loans each threshold
    accepts: the index of the first loan of each distinct probability, and n.
    """

    probability: Floats
    gain: Floats
    loss: Floats
    realised: Floats
    accepted_counts: NDArray[np.intp]

    @classmethod
    def of(cls, predictions: LabelledPredictions, terms: LoanTerms) -> "LoanBook":
        """The book of the predicted loans; ValueError if their exposure is not known."""
        if predictions.exposure is None:
            raise ValueError("costs per loan need the exposure")
        order = np.argsort(predictions.probability, kind="stable")
        exposure = predictions.exposure[order]
        probability = predictions.probability[order]
        gain = terms.margin * exposure if predictions.margin is None else predictions.margin[order]
        loss = terms.lgd * exposure
        first = np.flatnonzero(np.diff(probability, prepend=-1.0))
        realised = np.where(predictions.default[order] == 1, -loss, gain)
        return cls(probability, gain, loss, realised, np.append(first, len(probability)))

    @property
    def thresholds(self) -> Floats:
        """Every distinct probability, and one above all, which accepts everybody."""
        above_all = np.nextafter(max(1.0, self.probability[-1]), 2.0)
        return np.append(self.probability[self.accepted_counts[:-1]], above_all)

    @property
    def expected(self) -> Floats:
        """The profit (n,) to expect of each loan, given its probability."""
        return (1 - self.probability) * self.gain - self.probability * self.loss

    def per_applicant(self, amounts: Floats) -> Floats:
        """The sum of `amounts` (n,) over the accepted loans, per applicant, at each threshold."""
        totals = np.concatenate(([0.0], np.cumsum(amounts)))
        result: Floats = totals[self.accepted_counts] / len(amounts)
        return result


def compute_profit_curve(book: LoanBook) -> dict[str, Floats]:
    """The share accepted, realised and expected profit per applicant, by rising threshold."""
    return {
        "threshold": book.thresholds,
        "accepted_share": book.accepted_counts / len(book.probability),
        "profit": book.per_applicant(book.realised),
        "expected_profit": book.per_applicant(book.expected),
    }


def most_profitable_threshold(book: LoanBook, seed: int) -> dict[str, float]:
    """The threshold of the highest profit, its 95 % bootstrap interval, profit per applicant."""
    rng = np.random.default_rng(seed)
    n = len(book.probability)
    thresholds = []
    for _ in range(BOOTSTRAP_SAMPLES):
        weight = np.bincount(rng.integers(0, n, n), minlength=n)
        best = np.argmax(book.per_applicant(weight * book.realised))
        thresholds.append(book.thresholds[best])
    low, high = np.quantile(thresholds, [0.025, 0.975]).clip(max=1.0).tolist()
    profit = book.per_applicant(book.realised)
    best = np.argmax(profit)
    return {
        "value": min(float(book.thresholds[best]), 1.0),
        "low": low,
        "high": high,
        "profit": float(profit[best]),
    }


def loan_by_loan_profit(book: LoanBook) -> dict[str, float]:
    """The profit of Bayes minimum risk: refuse a loan if its own expected profit is 0 or less.

    Bahnsen's savings are the share of the cost of the better trivial policy (accept all, refuse
    all) that the rule avoids.
    """
    accepted = book.expected > 0
    default = book.realised < 0
    cost_if_accepted = np.where(default, book.loss, 0.0)
    cost_if_refused = np.where(default, 0.0, book.gain)
    cost = np.where(accepted, cost_if_accepted, cost_if_refused)
    trivial_cost = min(float(book.loss[default].sum()), float(book.gain[~default].sum()))
    return {
        "profit": float(book.realised[accepted].sum() / len(accepted)),
        "accepted_share": float(accepted.mean()),
        "savings": 1 - float(cost.sum()) / trivial_cost if trivial_cost > 0 else 0.0,
    }


def expected_maximum_profit(predictions: LabelledPredictions, terms: LoanTerms) -> dict[str, float]:
    """The expected maximum profit over accepting all, per unit lent, and the share refused for it.

    Verbraken et al. (2014): the loss of a default is random. For each loss the best threshold is
    a corner of the ROC curve's convex hull, so the integral over the losses is a sum over corners.
    """
    bad_rate = float(predictions.default.mean())
    bad_refused, good_refused = _convex_hull(predictions)
    refused = bad_rate * bad_refused + (1 - bad_rate) * good_refused
    cost = terms.roi * (1 - bad_rate) * good_refused
    # A corner is the best one for losses between `lowest` and `highest`, as shares of the loan.
    slope = np.diff(good_refused) / np.maximum(np.diff(bad_refused), 1e-300)
    break_even = terms.roi * (1 - bad_rate) / bad_rate * slope
    lowest = np.concatenate(([0.0], break_even)).clip(max=1.0)
    highest = np.append(lowest[1:], 1.0)
    weight = (1 - terms.no_loss - terms.all_lost) * (highest - lowest)
    profit = weight * (bad_rate * bad_refused * (lowest + highest) / 2 - cost)
    last = np.flatnonzero(lowest < 1)[-1]  # the best corner if all is lost
    all_lost_profit = terms.all_lost * (bad_rate * bad_refused[last] - cost[last])
    return {
        "profit": float(profit.sum() + all_lost_profit),
        "refused_share": float((weight * refused).sum() + terms.all_lost * refused[last]),
    }


def _convex_hull(predictions: LabelledPredictions) -> tuple[Floats, Floats]:
    """The shares of defaulters and of good applicants refused, at the corners of the ROC hull."""
    order = np.argsort(-predictions.probability, kind="stable")
    default = predictions.default[order]
    last = np.flatnonzero(np.diff(predictions.probability[order], append=-1.0))
    bad = np.cumsum(default)[last]
    good = np.cumsum(1 - default)[last]
    corners = [(0.0, 0.0)]
    for point in zip((bad / bad[-1]).tolist(), (good / good[-1]).tolist(), strict=True):
        while len(corners) > 1 and _is_below(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    shares = np.array(corners)
    return shares[:, 0], shares[:, 1]


def _is_below(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether corner b lies on or below the line from a to c, so that the hull leaves it out."""
    return (b[0] - a[0]) * (c[1] - a[1]) <= (c[0] - a[0]) * (b[1] - a[1])
