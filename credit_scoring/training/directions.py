"""Directions: the features that may move the estimated risk one way only.

A direction becomes one of LightGBM's monotone constraints with the method "basic": "advanced"
breaks its own promise (LightGBM issues 5358 and 6155). Constraints are by position in the matrix,
so they are made by name for the features of each fit.

A promise about a value in a request holds for all that is computed from it. So a ratio with the
value among its inputs has a direction too, or is left out of the model: if one external score
rises, the spread of the scores may rise or fall.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from credit_scoring.features.feature import Feature

SIGNS = {"up": 1, "down": -1, None: 0}


def monotone_params(names: Sequence[str], catalogue: Iterable[Feature]) -> dict[str, Any]:
    """LightGBM's parameters for a fit on the features `names`, in their order."""
    directions = {feature.name: feature.direction for feature in catalogue}
    signs = [SIGNS[directions[name]] for name in names]
    if not any(signs):
        return {}
    return {"monotone_constraints": signs, "monotone_constraints_method": "basic"}


def with_kept_promises(catalogue: Iterable[Feature]) -> list[Feature]:
    """The features without the ratios that could break the direction of one of their inputs."""
    features = list(catalogue)
    promised = {feature.name for feature in features if feature.direction}
    return [f for f in features if f.direction or promised.isdisjoint(f.inputs)]


def without_directions(catalogue: Iterable[Feature]) -> list[Feature]:
    """The features, each free to move the risk both ways."""
    return [replace(feature, direction=None) for feature in catalogue]
