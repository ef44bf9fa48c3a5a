"""The decision threshold: the comparison, and the threshold with the lowest expected cost.

Source: Elkan (2001), The foundations of cost-sensitive learning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.estimator.state import require
from credit_scoring.estimator.type_aliases import Floats

BOOTSTRAP_SAMPLES = 200
ROUNDING = 1e-12  # relative difference up to which two costs are equal


def is_default_expected(probability: Any, threshold: float) -> Any:
    """Return whether to refuse, a bool or an array of them; a tie refuses."""
    refused = probability >= threshold
    return refused if isinstance(refused, np.ndarray) else bool(refused)


def cost_per_applicant(
    false_negatives: Any,
    false_positives: Any,
    applicants: Any,
    false_negative_cost: float,
    false_positive_cost: float,
) -> Any:
    """Return C_FN * FN + C_FP * FP per applicant, from counts (or arrays of them)."""
    cost = false_negative_cost * false_negatives + false_positive_cost * false_positives
    return cost / applicants


def mean_cost(
    defaulted: NDArray[np.bool_],
    refused: NDArray[np.bool_],
    costs: tuple[float, float],
    weight: NDArray[Any],
) -> float:
    """Return the cost per row of decisions (n,), the rows counting by `weight` (n,)."""
    missed = weight[defaulted & ~refused].sum()
    lost = weight[~defaulted & refused].sum()
    return float(cost_per_applicant(missed, lost, weight.sum(), *costs))


def theoretical_threshold(false_negative_cost: float, false_positive_cost: float) -> float:
    """Return the best threshold for calibrated probabilities, C_FP / (C_FP + C_FN) (Elkan 2001)."""
    return false_positive_cost / (false_positive_cost + false_negative_cost)


def optimal_threshold(
    y: Any,
    probability: Any,
    false_negative_cost: float,
    false_positive_cost: float,
    weight: Any = None,
) -> float:
    """Return the threshold with the lowest total cost, exact over every cut between probabilities.

    `y` (n,) holds 0 and 1 (default), `probability` (n,) is in [0, 1], `weight` (n,) is 0 or more;
    otherwise ValueError. The threshold is midway between the probabilities on both sides of the
    cut (0 to refuse everyone, 1 to accept everyone), so rounding decides nothing. Of equally cheap
    cuts the one nearest to the theoretical threshold is chosen.

    >>> optimal_threshold([0, 0, 1], [0.125, 0.25, 0.5], 10, 1)
    0.375
    """
    curve = CostCurve.of(y, probability, false_negative_cost, false_positive_cost)
    return curve.cheapest(np.ones(curve.rows) if weight is None else np.asarray(weight)).threshold


def threshold_interval(
    y: Any,
    probability: Any,
    false_negative_cost: float,
    false_positive_cost: float,
    random_state: int = 0,
) -> tuple[float, float]:
    """Return the 95 % bootstrap percentile interval of `optimal_threshold`.

    Its coverage is approximate, because an argmin converges at cube-root rate (Abrevaya and
    Huang 2005, On the bootstrap of the maximum score estimator).
    """
    curve = CostCurve.of(y, probability, false_negative_cost, false_positive_cost)
    return percentile_interval([cut.threshold for cut in curve.bootstrap(random_state)])


def percentile_interval(thresholds: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % percentile interval of bootstrapped thresholds."""
    low, high = np.quantile(thresholds, [0.025, 0.975]).tolist()
    return low, high


@dataclass(frozen=True)
class CheapestCut:
    """The threshold of the lowest cost, and how much cheaper per row than the theoretical one."""

    threshold: float
    saving: float


@dataclass(frozen=True)
class CostCurve:
    """The total cost of every threshold between n probabilities; the rows are sorted once.

    `steps` (n,) is the cost of accepting each row, less that of refusing it, by rising
    probability; `order` (n,) are its positions. `accepted_counts` and `thresholds` (cuts,)
    describe the cuts, `theoretical_cut` is the one of the theoretical threshold.
    """

    order: NDArray[np.intp]
    steps: Floats
    accepted_counts: NDArray[np.intp]
    thresholds: Floats
    distances: Floats
    theoretical_cut: int

    @classmethod
    def of(
        cls, y: Any, probability: Any, false_negative_cost: float, false_positive_cost: float
    ) -> "CostCurve":
        """Sort the rows; ValueError if labels or probabilities are invalid."""
        labels, probabilities = _validated(y, probability)
        order = np.argsort(probabilities, kind="stable")
        ascending = probabilities[order]
        accepted_counts, thresholds = _cuts(ascending)
        theory = theoretical_threshold(false_negative_cost, false_positive_cost)
        accepted = np.searchsorted(ascending, theory)
        steps = np.where(labels[order] == 1, false_negative_cost, -false_positive_cost)
        theoretical_cut = int(np.searchsorted(accepted_counts, accepted))
        distances = np.abs(thresholds - theory)
        return cls(order, steps, accepted_counts, thresholds, distances, theoretical_cut)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.order)

    def cheapest(self, weight: NDArray[Any]) -> CheapestCut:
        """Return the cheapest cut for the row weights (n,)."""
        steps = self.steps * weight[self.order]
        costs = np.concatenate(([0.0], np.cumsum(steps)))[self.accepted_counts]
        lowest = costs.min()
        ties = np.flatnonzero(costs <= lowest + ROUNDING * np.abs(steps).sum())
        threshold = self.thresholds[ties[np.argmin(self.distances[ties])]]
        saving = (costs[self.theoretical_cut] - lowest) / weight.sum()
        return CheapestCut(float(threshold), float(saving))

    def bootstrap(self, random_state: int, weight: NDArray[Any] | float = 1) -> list[CheapestCut]:
        """Return the cheapest cut of each of BOOTSTRAP_SAMPLES bootstrap samples of the rows."""
        rng = np.random.default_rng(random_state)
        samples = (rng.integers(0, self.rows, self.rows) for _ in range(BOOTSTRAP_SAMPLES))
        counts = (np.bincount(sample, minlength=self.rows) for sample in samples)
        return [self.cheapest(weight * count) for count in counts]


def _validated(y: Any, probability: Any) -> tuple[NDArray[Any], Floats]:
    labels = np.asarray(y)
    probabilities = np.asarray(probability, dtype=np.float64)
    shapes = f"y {labels.shape} and probability {probabilities.shape}"
    is_column = probabilities.ndim == 1 and probabilities.size > 0
    require(
        is_column and labels.shape == probabilities.shape, f"{shapes}: expected one length, above 0"
    )
    require(
        np.isin(labels, (0, 1)).all(), "y holds other labels than 0 and 1: expected 1 for a default"
    )
    in_range = (probabilities >= 0) & (probabilities <= 1)
    require(in_range.all(), "probability is out of range: expected numbers from 0 to 1")
    return labels, probabilities


def _cuts(ascending: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return how many rows each cut accepts, and the threshold of each cut."""
    accepted_counts = np.flatnonzero(np.diff(ascending, prepend=-np.inf, append=np.inf))
    above_all = max(1.0, np.nextafter(ascending[-1], 2.0))
    lower = np.concatenate(([0.0], ascending))[accepted_counts]
    upper = np.concatenate((ascending, [above_all]))[accepted_counts]
    middle = (lower + upper) / 2
    # neighbouring floats have no midpoint
    return accepted_counts, np.where(middle > lower, middle, upper)
