"""Synthetic outcomes with a known calibration line."""

import numpy as np

from credit_scoring.training.metrics import Costs, RankedOutcomes


def make_outcomes(rows=2000, seed=0, slope=1.0, intercept=0.0):
    """Outcomes whose true log-odds are slope × predicted + intercept."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2, 1, rows)
    default = rng.random(rows) < 1 / (1 + np.exp(-(slope * log_odds + intercept)))
    probability = 1 / (1 + np.exp(-log_odds))
    return RankedOutcomes.of(default.astype(int), probability, probability >= 0.1, Costs())
