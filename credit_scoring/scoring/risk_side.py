"""The side of a value with a direction: riskier or safer than that of most training applicants.

TreeSHAP's contributions are sums over the trees' paths: even in a model that keeps a direction, a
safe value may get a small contribution against the applicant. A reason must not say so.
"""

from bisect import bisect_right
from collections.abc import Sequence
from ctypes import c_float
from typing import Any

import numpy as np

from credit_scoring.bundle.reference import FeatureReference, Reference
from credit_scoring.features.feature import Feature

TYPICAL = 0.5  # share of the training applicants with a smaller value, half of the equal ones


class RiskSides:
    """The sides of one model's values; `features` are the model's, in its order.

    A feature without a direction or without a reference has no sides, and a missing value neither.
    """

    def __init__(self, features: Sequence[Feature], reference: Reference | None) -> None:
        bins = {part.name: part for part in reference.features} if reference else {}
        self._sides = {
            position: (bins[feature.name].edges, _risk_of_bins(feature, bins[feature.name]))
            for position, feature in enumerate(features)
            if feature.direction and feature.name in bins
        }

    def contradicts(self, position: int, value: Any, contribution: float) -> bool:
        """Whether a safer value than usual counts against the applicant, or a riskier one for.

        The value is compared in 32 bits, as the feature table and the edges of the bins have it.
        """
        if value is None or position not in self._sides:
            return False
        edges, risk = self._sides[position]
        return (risk[bisect_right(edges, c_float(value).value)] - TYPICAL) * contribution < 0


def _risk_of_bins(feature: Feature, reference: FeatureReference) -> list[float]:
    """The share of the known training applicants with a safer value, for each bin."""
    known = np.array(reference.counts[:-1], dtype=np.float64)
    rank = (np.cumsum(known) - known / 2) / max(known.sum(), 1)
    return list((rank if feature.direction == "up" else 1 - rank).tolist())
