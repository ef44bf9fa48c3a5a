"""The test of a model's first outcomes: too many defaults among the first 1,000 outcomes.

One test at a time that is fixed in advance finds a loss that a test at any time is too cautious
for. Its p-value is the probability, under H0 of the calibration alarm, of as many defaults or more:
the mean over the calibration lines of a Poisson probability, whose variance is slightly larger than
that of the number of defaults. The test is an all-or-nothing bet: its e-value is 1 before the
outcomes are in, then 1 / level if the p-value is at most `level`, otherwise 0.

Source: Shafer (2021), Testing by betting: a strategy for statistical and scientific communication
(a test of level α as a bet).
"""

from collections.abc import Iterable

import numpy as np

from credit_scoring.estimator.calibration import sigmoid
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.performance.calibration_prior import CalibrationPrior
from credit_scoring.monitoring.performance.line_evidence import NODES, NORMAL_WEIGHTS

FIRST_OUTCOMES = 1000

Outcomes = tuple[Floats, Floats]  # defaults and repaid loans (bins,)


def first_outcomes(batches: Iterable[Outcomes]) -> Outcomes | None:
    """Return the first batches that have 1,000 outcomes together, added up, or None.

    `batches` are defaults and repaid loans (bins,), such as those of a day, in their order.
    """
    default: Floats = np.zeros(1)
    repaid: Floats = np.zeros(1)
    for new_default, new_repaid in batches:
        default = default + new_default
        repaid = repaid + new_repaid
        if default.sum() + repaid.sum() >= FIRST_OUTCOMES:
            return default, repaid
    return None


def bet_on_first_outcomes(
    outcomes: Outcomes | None, score: Floats, prior: CalibrationPrior, level: float
) -> float:
    """Return the e-value of the outcomes (bins,) at the log-odds `score` (bins,)."""
    if outcomes is None:
        return 1.0
    return 1 / level if p_value(*outcomes, score, prior) <= level else 0.0


def p_value(default: Floats, repaid: Floats, score: Floats, prior: CalibrationPrior) -> float:
    """Return the probability of at least as many defaults if the line is distributed as `prior`."""
    lines = np.array(prior.mean) + np.sqrt(prior.variance) * NODES
    probability = sigmoid(lines[:, :1] + lines[:, 1:] * (score - prior.centre))
    expected = probability @ (default + repaid)
    return float(NORMAL_WEIGHTS @ _poisson_tail(int(default.sum()), expected))


def _poisson_tail(number: int, mean: Floats) -> Floats:
    """P(at least `number`) of Poisson distributions with these means (n,)."""
    fewer = np.arange(number)
    log_factorial = np.cumsum(np.log(np.maximum(fewer, 1)))
    log_probability = np.log(mean)[:, None] * fewer - mean[:, None] - log_factorial
    return np.asarray(np.clip(1 - np.exp(log_probability).sum(axis=1), 0, 1))
