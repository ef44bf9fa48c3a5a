"""Cox's calibration line from counts per score bin, with its covariance.

P(default) = sigmoid(slope * log-odds + intercept), fitted by maximum likelihood; the covariance is
the inverse of Fisher's information. Intervals are Wald's.

Sources: Cox (1958), Two further applications of a model for binary regression; Van Calster et al.
(2019), Calibration: the Achilles heel of predictive analytics (the intercept with the slope 1).
"""

from dataclasses import dataclass

import numpy as np

from credit_scoring.confidence_interval import Estimate
from credit_scoring.estimator.calibration import fit_logistic_line, sigmoid
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.performance.auc_from_counts import MIN_PER_CLASS

MAX_STEPS = 100
TOLERANCE = 1e-10
SMALLEST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class CalibrationLine:
    """Log-odds of default = height + slope * (log-odds of the score - centre).

    `centre` is the mean score, weighted by information: height and slope are uncorrelated there.
    """

    centre: float
    height: float
    slope: float
    height_variance: float
    slope_variance: float

    @property
    def intercept(self) -> float:
        """The height at log-odds of 0."""
        return self.height - self.slope * self.centre

    def slope_estimate(self) -> Estimate:
        """The slope; 1 is perfect, below 1 the probabilities are too extreme."""
        return Estimate.normal(self.slope, self.slope_variance**0.5)

    def intercept_estimate(self) -> Estimate:
        """The height at log-odds of 0, far from most applicants; 0 is perfect."""
        variance = self.height_variance + self.centre**2 * self.slope_variance
        return Estimate.normal(self.intercept, variance**0.5)


def fit_calibration_line(default: Floats, repaid: Floats, score: Floats) -> CalibrationLine | None:
    """Fit the line to counts (bins,) at the log-odds `score` (bins,).

    None with fewer than `MIN_PER_CLASS` of a class or all applicants in one bin.
    """
    total = default + repaid
    too_few = min(default.sum(), repaid.sum()) < MIN_PER_CLASS
    if too_few or np.count_nonzero(total) <= 1:
        return None
    target = np.repeat([1.0, 0.0], score.size)
    weight = np.concatenate([default, repaid])
    slope, intercept = fit_logistic_line(np.tile(score, 2), target, weight)
    probability = sigmoid(slope * score + intercept)
    information = total * probability * (1 - probability)
    centre = float((information * score).sum() / information.sum())
    spread = float((information * (score - centre) ** 2).sum())  # 0 if all scores are equal
    return CalibrationLine(
        centre=centre,
        height=slope * centre + intercept,
        slope=slope,
        height_variance=float(1 / information.sum()),
        slope_variance=1 / max(spread, SMALLEST),
    )


def log_odds_shift(default: Floats, repaid: Floats, score: Floats) -> Estimate | None:
    """Return the intercept of the line with slope 1 (calibration in the large); 0 is perfect.

    None with fewer than `MIN_PER_CLASS` of a class.
    """
    if min(default.sum(), repaid.sum()) < MIN_PER_CLASS:
        return None
    total = default + repaid
    shift = 0.0
    for _ in range(MAX_STEPS):
        probability = sigmoid(score + shift)
        information = (total * probability * (1 - probability)).sum()
        step = float(np.clip((default - total * probability).sum() / information, -1, 1))
        shift += step
        if abs(step) < TOLERANCE:
            break
    return Estimate.normal(shift, float(information**-0.5))
