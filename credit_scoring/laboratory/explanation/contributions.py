"""SHAP contributions of features to the log-odds of default, for many applicants.

LightGBM computes them (TreeSHAP). The calibration scales them to the log-odds of the calibrated
probability, as the app does for one applicant. Source: Lundberg et al. (2020), From local
explanations to global understanding with explainable AI for trees.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import shap

from credit_scoring.laboratory.score_dataset import LoadedBundle
from credit_scoring.training.metrics import Floats

MAX_APPLICANTS = 2000  # per plot: more points only hide each other


@dataclass(frozen=True)
class Contributions:
    """Contributions (n, k) of k features to the log-odds of n applicants.

    `base` is the average applicant's log-odds, `matrix` (n, k) the values that the trees saw.
    `levels` names the codes of each categorical feature.
    """

    names: list[str]
    values: Floats
    base: float
    matrix: Floats
    levels: Mapping[str, tuple[str, ...]]

    @property
    def mean_absolute(self) -> dict[str, float]:
        """The mean absolute contribution by feature, largest first."""
        means = np.abs(self.values).mean(axis=0).tolist()
        return dict(sorted(zip(self.names, means, strict=True), key=lambda item: -item[1]))

    def as_shap(self, *, numbers_only: bool = False) -> Any:
        """The shap library's Explanation; `numbers_only` hides categories, which have no order."""
        base = np.full(len(self.values), self.base)
        data = self.matrix.copy()
        if numbers_only:
            data[:, [name in self.levels for name in self.names]] = np.nan
        return shap.Explanation(self.values, base, data, feature_names=self.names)


def compute_contributions(loaded: LoadedBundle, features: pl.DataFrame) -> Contributions:
    """The contributions for every row of `features`, which contains the model's columns."""
    model = loaded.bundle.model
    names = model.feature_names_in_.tolist()
    matrix = model.encode(features.select(names))
    raw = model.matrix_explain(matrix)
    slope, intercept = model.calibration_
    base = float(slope * raw[0, -1] + intercept)
    return Contributions(names, slope * raw[:, :-1], base, matrix, model.categories_)


def sample_applicants(features: pl.DataFrame, seed: int) -> pl.DataFrame:
    """A random sample of at most MAX_APPLICANTS rows."""
    return (
        features if len(features) <= MAX_APPLICANTS else features.sample(MAX_APPLICANTS, seed=seed)
    )
