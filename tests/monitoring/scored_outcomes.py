"""Invented applicants: scores like those of a credit model, and outcomes drawn from them."""

import numpy as np

from credit_scoring.bundle.reference import SCORE_BINS, ScoreReference, score_bin
from credit_scoring.estimator.calibration import sigmoid
from credit_scoring.monitoring.day_counts import DayCounts

THRESHOLD = 1 / 11


def draw_probabilities(rng, applicants, mean=-2.9, deviation=1.1):
    """Probabilities whose log-odds are normal: 8 % default on average."""
    return sigmoid(rng.normal(mean, deviation, applicants))


def draw_accepted(rng, applicants):
    """Probabilities of that many accepted applicants."""
    drawn = draw_probabilities(rng, 3 * applicants)
    return drawn[drawn < THRESHOLD][:applicants]


def draw_outcomes(rng, probability, shift=0.0, slope=1.0):
    """Whether each applicant defaults; `shift` and `slope` change the log-odds of the truth."""
    log_odds = np.log(probability / (1 - probability))
    return rng.random(len(probability)) < sigmoid(slope * log_odds + shift)


def bin_counts(probability, default):
    """The defaults and the repaid loans per score bin."""
    bins = score_bin(probability)
    return tuple(
        np.bincount(bins[selected], minlength=SCORE_BINS).astype(float)
        for selected in (default, ~default)
    )


def draw_reference(rng, applicants=13_800):
    """The reference of a calibrated model with that many training applicants."""
    probability = draw_probabilities(rng, applicants)
    default, repaid = bin_counts(probability, draw_outcomes(rng, probability))
    return ScoreReference(repaid=tuple(map(int, repaid)), default=tuple(map(int, default)))


def day_counts(accepted=0, refused=0, repaid=0, default=0, overridden_default=0, score=50):
    """The counts of a day with all accepted applicants in one score bin, the refused in another."""
    counts = DayCounts()
    counts.scores["ACCEPTED"][score] = accepted
    counts.scores["REFUSED"][score + 20] = refused + overridden_default
    counts.outcomes["ACCEPTED"]["repaid"][score] = repaid
    counts.outcomes["ACCEPTED"]["default"][score] = default
    counts.outcomes["REFUSED"]["default"][score + 20] = overridden_default
    return counts


def counts_of(probability, default, known=None):
    """The counts of accepted applicants; `known` says whose outcome is known, by default all."""
    known = np.ones(len(probability), bool) if known is None else known
    counts = DayCounts()
    accepted = np.bincount(score_bin(probability), minlength=SCORE_BINS)
    defaults, repaid = bin_counts(probability[known], default[known])
    counts.scores["ACCEPTED"] = accepted.tolist()
    counts.outcomes["ACCEPTED"]["default"] = defaults.astype(int).tolist()
    counts.outcomes["ACCEPTED"]["repaid"] = repaid.astype(int).tolist()
    return counts
