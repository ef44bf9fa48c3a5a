"""Applicants of a fresh sample with their true risk, for simulations of performance.

The trees are the bundle's. A simulation repeats the last step of training: outcomes of some
applicants are drawn from their true probabilities, calibration and threshold are fitted to them,
and they become the reference. So its results vary with the calibration's error, as between
trainings.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.bundle.reference import SCORE_BINS, ScoreReference, score_bin
from credit_scoring.estimator.calibration import calibrated, fit_platt, sigmoid
from credit_scoring.estimator.threshold import is_default_expected, optimal_threshold
from credit_scoring.features.assemble import build_features
from credit_scoring.sample.generate import generate_sample
from credit_scoring.tables.read_tables import read_tables
from credit_scoring.training.calibration_metrics import log_odds
from credit_scoring.training.dataset_facts import true_probabilities

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]
COSTS = (10.0, 1.0)  # of accepting a defaulter, of refusing a good applicant
SEED = 2026  # of the sample: another one than the bundle's
APPLICANTS = 20_000
TRAINING_APPLICANTS = 13_800  # of a simulated training: as many as the bundle of the repository
COMMON = 0.7  # share of known values from which a number may be tilted
DISTINCT = 50  # values from which a feature counts as a number
TILTED_FEATURES = 5


@dataclass(frozen=True)
class Population:
    """Applicants: the trees' log-odds `raw_score` (n,), the true log-odds of default `truth` (n,).

    `numbers` (n, k): ranks of numeric features, standardised.
    """

    raw_score: Floats
    truth: Floats
    numbers: Floats

    def draw_outcomes(
        self, rows: Rows, rng: np.random.Generator, shift: float = 0, slope: float = 1
    ) -> Flags:
        """Draw whether each of `rows` defaults, after a change of the true log-odds."""
        return rng.random(len(rows)) < sigmoid(slope * self.truth[rows] + shift)

    def tilted_weights(self, size: float, rng: np.random.Generator) -> Floats:
        """Weights (n,) that move five random features by about `size` standard deviations each."""
        columns = rng.choice(self.numbers.shape[1], TILTED_FEATURES, replace=False)
        tilt = rng.choice([-size, size], TILTED_FEATURES)
        weights = np.exp(self.numbers[:, columns] @ tilt)
        return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class SimulatedModel:
    """The population's decisions (n,) and score bins (n,) under a new calibration."""

    refused: Flags
    bins: Rows
    reference: ScoreReference

    @classmethod
    def train(
        cls, population: Population, applicants: int, rng: np.random.Generator
    ) -> "SimulatedModel":
        """Calibrate and choose the threshold on the outcomes of that many applicants."""
        rows = rng.integers(0, len(population.truth), applicants)
        default = population.draw_outcomes(rows, rng)
        line = fit_platt(population.raw_score[rows], default.astype(float))
        probability = calibrated(population.raw_score, line)
        threshold = optimal_threshold(default.astype(int), probability[rows], *COSTS)
        bins = score_bin(probability)
        counts = [
            np.bincount(bins[rows[default == outcome]], minlength=SCORE_BINS).tolist()
            for outcome in (False, True)
        ]
        reference = ScoreReference(*map(tuple, counts))
        return cls(is_default_expected(probability, threshold), bins, reference)

    def count(self, rows: Rows) -> Rows:
        """The number of applicants (bins,) of `rows` in each score bin."""
        return np.bincount(self.bins[rows], minlength=SCORE_BINS)

    def decision_counts(self, rows: Rows) -> tuple[Rows, Rows]:
        """The accepted and the refused applicants of `rows` in each score bin."""
        return self.count(rows[~self.refused[rows]]), self.count(rows[self.refused[rows]])


def fresh_population(bundle: Path) -> Population:
    """Generate a sample with another seed, and score it with the bundle."""
    served = read_bundle(bundle)
    model = served.model
    names = model.feature_names_in_.tolist()
    with tempfile.TemporaryDirectory() as folder:
        generate_sample(folder, applicants=APPLICANTS, seed=SEED)
        table = build_features(read_tables(Path(folder)), names, term_model=served.term_model)
        truth = true_probabilities(Path(folder), table)
    assert truth is not None
    features = table.features.select(names)
    return Population(
        model.raw_score(features), log_odds(truth), _standardised_ranks(model.encode(features))
    )


def _standardised_ranks(matrix: Floats) -> Floats:
    """The ranks of the numbers that most applicants have; missing values have the mean rank."""
    known = ~np.isnan(matrix)
    columns = [
        column
        for column in range(matrix.shape[1])
        if known[:, column].mean() > COMMON
        and len(np.unique(matrix[known[:, column], column])) > DISTINCT
    ]
    ranks = np.zeros((len(matrix), len(columns)))
    for position, column in enumerate(columns):
        rows = np.flatnonzero(known[:, column])
        order = np.argsort(np.argsort(matrix[rows, column], kind="stable"))
        ranks[rows, position] = (order - order.mean()) / order.std()
    return ranks
