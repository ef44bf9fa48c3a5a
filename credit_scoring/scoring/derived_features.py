"""Whether this program computes a derived feature as in training."""

from collections.abc import Container

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.errors import BundleError
from credit_scoring.features.feature import Feature


def require_computable(
    feature: ModelFeature, current: Feature | None, requested: Container[str]
) -> None:
    """BundleError if the feature's formula or one of its inputs is another than in training.

    `current` is the feature as this program computes it, None if it does not; `requested` are the
    names of the features that the bundle requests.
    """
    trained = feature.feature.formula
    if current is None or current.formula != trained:
        raise BundleError(
            f"{feature.name} was computed differently in training ({trained}): train again"
        )
    absent = ", ".join(name for name in current.inputs if name not in requested)
    if absent:
        raise BundleError(
            f"{feature.name} needs {absent}, which the bundle does not request: train again"
        )
