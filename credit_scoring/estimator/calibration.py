"""Calibration: a line through the log-odds, fitted by Newton's method.

Source: Platt (1999), Probabilistic outputs for support vector machines.
"""

import numpy as np

from credit_scoring.estimator.threshold import is_default_expected
from credit_scoring.estimator.type_aliases import Floats

IDENTITY = (1.0, 0.0)  # slope and intercept of the calibration that changes nothing
TOLERANCE = 1e-9  # of the last Newton step
RIDGE = 1e-9  # relative to the curvature: makes the slope of a constant score well-defined
MAX_STEPS = 50  # separable classes have no optimum
LARGEST_EXPONENT = 700.0  # exp overflows above 709
SMALLEST_PROBABILITY = 1e-300  # whose log-odds are finite
LARGEST_PROBABILITY = 1.0 - 1e-15


def sigmoid(log_odds: Floats) -> Floats:
    """Return the probability of each log-odds."""
    probability: Floats = 1.0 / (1.0 + np.exp(np.minimum(-log_odds, LARGEST_EXPONENT)))
    return probability


def calibrated(raw_score: Floats, calibration: tuple[float, float]) -> Floats:
    """Return the probability of default of raw log-odds under a calibration (slope, intercept)."""
    slope, intercept = calibration
    return sigmoid(slope * raw_score + intercept)


def fit_platt(
    raw_score: Floats, target: Floats, weight: Floats | None = None
) -> tuple[float, float]:
    """Fit slope and intercept of the raw log-odds (n,) to Platt's smoothed targets.

    The slope of an uninformative score may be 0 or less, which would reverse the ranking: then
    the calibration is `IDENTITY`. `weight` (n,) is how much each row counts, once by default.
    """
    weights = np.ones(len(target)) if weight is None else weight
    defaults = (weights * target).sum()
    others = weights.sum() - defaults
    goal = np.where(target == 1, (defaults + 1) / (defaults + 2), 1 / (others + 2))
    centre = raw_score.mean()
    scale = raw_score.std() or 1.0
    start = (0.0, float(np.log(goal.mean() / (1 - goal.mean()))))
    slope, intercept = fit_logistic_line((raw_score - centre) / scale, goal, weights, start=start)
    slope = float(slope / scale)
    return (slope, float(intercept - slope * centre)) if slope > TOLERANCE else IDENTITY


def fit_logistic_line(
    score: Floats,
    target: Floats,
    weight: Floats | float = 1.0,
    *,
    start: tuple[float, float] = IDENTITY,
) -> tuple[float, float]:
    """Return the slope and intercept of P(1) = sigmoid(slope * score + intercept).

    `score`, `target` (0 to 1) and `weight` have the shape (n,). Newton's method begins at `start`.
    It overshoots if the classes are nearly separable, so a step that raises the loss is halved.
    Matrix products are avoided, because their rounding depends on the threads of BLAS.
    """

    def loss(line: Floats) -> float:
        log_odds = line[0] * score + line[1]
        return float((weight * (np.logaddexp(0.0, log_odds) - target * log_odds)).sum())

    line = np.array(start)
    lowest = loss(line)
    for _ in range(MAX_STEPS):
        step = _newton_step(line, score, target, weight)
        while (current := loss(line - step)) > lowest and np.abs(step).max() > TOLERANCE:
            step = step / 2
        line = line - step
        lowest = current
        if np.abs(step).max() <= TOLERANCE:
            break
    return float(line[0]), float(line[1])


def _newton_step(line: Floats, score: Floats, target: Floats, weight: Floats | float) -> Floats:
    probability = sigmoid(line[0] * score + line[1])
    error = weight * (probability - target)
    curvature = weight * (probability * (1 - probability))
    mixed = (curvature * score).sum()
    total = curvature.sum() or np.finfo(float).tiny  # 0 if every probability has become 1
    hessian = [[(curvature * score * score).sum() + RIDGE * total, mixed], [mixed, total]]
    step: Floats = np.linalg.solve(hessian, [(error * score).sum(), error.sum()])
    return step


def margin(raw_score: Floats, calibration: tuple[float, float], threshold: float) -> Floats:
    """Return the calibrated log-odds above those of the threshold; above 0 is refused."""
    slope, intercept = calibration
    bounded = min(max(threshold, SMALLEST_PROBABILITY), LARGEST_PROBABILITY)
    above = slope * raw_score + intercept - float(np.log(bounded / (1.0 - bounded)))
    refused = is_default_expected(calibrated(raw_score, calibration), threshold)
    smallest = np.finfo(np.float64).tiny  # the sign is that of the decision, whatever the rounding
    return np.where(refused, np.maximum(above, smallest), np.minimum(above, -smallest))
