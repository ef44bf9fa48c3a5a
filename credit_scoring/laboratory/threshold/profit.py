"""Costs that differ from loan to loan: what a threshold earns, and the most that any decision rule expects to.

Accepting a good applicant earns the loan's margin, accepting a defaulter loses LGD times the exposure. Sources:
Bahnsen, Aouada, Ottersten (2014), Example-dependent cost-sensitive logistic regression for credit scoring;
Verbraken, Bravo, Weber, Baesens (2014), Development and application of consumer credit scoring models using
profit-based classification measures.
"""

from dataclasses import dataclass

import numpy as np

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.threshold.held_out_predictions import Predictions
from credit_scoring.training.metrics import Floats

REPLICATES = 200


@dataclass(frozen=True)
class Terms:
    """What a loan brings: `lgd`, the share of the exposure lost in default, and `margin`, the share a good one earns.

    `no_loss`, `all_lost` and `roi` are of the expected maximum profit: the probabilities that a default loses nothing
    and everything (anything between is as likely), and the return on a good loan; Verbraken's values.
    """

    lgd: float = 0.75
    margin: float = 0.1
    no_loss: float = 0.55
    all_lost: float = 0.1
    roi: float = 0.2644

    def __post_init__(self) -> None:
        """SettingError where the two probabilities are more than certain."""
        if self.no_loss + self.all_lost > 1:
            raise SettingError(f"no loss ({self.no_loss:g}) and all lost ({self.all_lost:g}) add up to more than 1: "
                               "they are probabilities of two outcomes of a default")  # fmt: skip


@dataclass(frozen=True)
class Book:
    """The loans in order of rising probability: what each earns if good (n,), loses if bad (n,), did if accepted (n,).

    `first` are the indices of the first loan of each distinct probability, and n: so many loans a threshold accepts.
    """

    probability: Floats
    gain: Floats
    loss: Floats
    realised: Floats
    first: np.ndarray[tuple[int], np.dtype[np.intp]]

    @classmethod
    def of(cls, predictions: Predictions, terms: Terms) -> "Book":
        """Loans by their exposure, and by their own margin where that is known."""
        if predictions.exposure is None:
            raise ValueError("costs per loan need the exposure")
        order = np.argsort(predictions.probability, kind="stable")
        exposure, probability = predictions.exposure[order], predictions.probability[order]
        gain = terms.margin * exposure if predictions.margin is None else predictions.margin[order]
        loss = terms.lgd * exposure
        first = np.append(np.flatnonzero(np.diff(probability, prepend=-1.0)), len(probability))
        realised = np.where(predictions.default[order] == 1, -loss, gain)
        return cls(probability, gain, loss, realised, first)

    @property
    def thresholds(self) -> Floats:
        """Every distinct probability, and one above all, which accepts everybody."""
        return np.append(
            self.probability[self.first[:-1]], np.nextafter(max(1.0, self.probability[-1]), 2.0)
        )

    @property
    def expected(self) -> Floats:
        """What each loan should earn by its probability (n,)."""
        return (1 - self.probability) * self.gain - self.probability * self.loss

    def accepting(self, value: Floats) -> Floats:
        """The sum of `value` (n,) over the accepted loans per applicant, for each threshold."""
        total: Floats = np.concatenate(([0.0], np.cumsum(value)))[self.first] / len(value)
        return total


def curve(book: Book) -> dict[str, Floats]:
    """For every threshold, rising: share accepted, profit per applicant as it was and as it was to be expected."""
    return {
        "threshold": book.thresholds,
        "accepted_share": book.first / len(book.probability),
        "profit": book.accepting(book.realised),
        "expected_profit": book.accepting(book.expected),
    }


def best_threshold(book: Book, seed: int) -> dict[str, float]:
    """The threshold of the greatest profit with its 95 % bootstrap interval, and that profit per applicant."""
    rng, n = np.random.default_rng(seed), len(book.probability)
    weights = (np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(REPLICATES))
    drawn = [
        book.thresholds[np.argmax(book.accepting(weight * book.realised))] for weight in weights
    ]
    low, high = np.quantile(drawn, [0.025, 0.975]).clip(max=1.0).tolist()
    profit = book.accepting(book.realised)
    at = int(np.argmax(profit))
    return {
        "value": min(float(book.thresholds[at]), 1.0),
        "low": low,
        "high": high,
        "profit": float(profit[at]),
    }


def loan_by_loan(book: Book) -> dict[str, float]:
    """Bayes minimum risk: refuse a loan whose own expected profit is 0 or less; with Bahnsen's savings.

    Savings are the share of the cost of the better trivial policy (accept all, refuse all) that a rule avoids.
    """
    accepted = book.expected > 0
    bad = book.realised < 0
    cost = np.where(accepted, np.where(bad, book.loss, 0.0), np.where(bad, 0.0, book.gain))
    trivial = min(float(book.loss[bad].sum()), float(book.gain[~bad].sum()))
    return {
        "profit": float(book.realised[accepted].sum() / len(accepted)),
        "accepted_share": float(accepted.mean()),
        "savings": 1 - float(cost.sum()) / trivial if trivial > 0 else 0.0,
    }


def expected_maximum_profit(predictions: Predictions, terms: Terms) -> dict[str, float]:
    """The expected maximum profit over accepting all, per unit lent, and the share refused for it (Verbraken 2014).

    The loss of a default is random; for each loss the best cut is a corner of the ROC curve's convex hull, so the
    integral over the losses is exact, a sum over the corners.
    """
    bad_rate = float(predictions.default.mean())
    bad, good = _hull(predictions)
    slope = np.diff(good) / np.maximum(
        np.diff(bad), 1e-300
    )  # good applicants refused for one more defaulter
    best_from = np.concatenate(([0.0], terms.roi * (1 - bad_rate) / bad_rate * slope)).clip(max=1.0)
    best_to = np.append(best_from[1:], 1.0)
    between = (1 - terms.no_loss - terms.all_lost) * (best_to - best_from)
    refused = bad_rate * bad + (1 - bad_rate) * good
    cost = terms.roi * (1 - bad_rate) * good
    profit = between * (bad_rate * bad * (best_from + best_to) / 2 - cost)
    last = np.flatnonzero(best_from < 1)[-1]  # the corner that is best when all is lost
    return {
        "profit": float(profit.sum() + terms.all_lost * (bad_rate * bad[last] - cost[last])),
        "refused_share": float((between * refused).sum() + terms.all_lost * refused[last]),
    }


def _hull(predictions: Predictions) -> tuple[Floats, Floats]:
    """The corners of the ROC curve's upper convex hull: shares of defaulters and of good applicants refused."""
    order = np.argsort(-predictions.probability, kind="stable")
    default = predictions.default[order]
    last = np.flatnonzero(np.diff(predictions.probability[order], append=-1.0))
    bad, good = np.cumsum(default)[last], np.cumsum(1 - default)[last]
    corners = [(0.0, 0.0)]
    for point in zip((bad / bad[-1]).tolist(), (good / good[-1]).tolist(), strict=True):
        while len(corners) > 1 and _is_beaten(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    found = np.array(corners)
    return found[:, 0], found[:, 1]


def _is_beaten(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether corner b refuses as many or more good applicants than the line from a to c: the hull leaves it out."""
    return (b[0] - a[0]) * (c[1] - a[1]) <= (c[0] - a[0]) * (b[1] - a[1])
