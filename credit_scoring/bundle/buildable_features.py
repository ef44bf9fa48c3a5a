"""Whether the source tables give the features of a model, as they were in its training."""

from collections.abc import Collection, Iterable
from pathlib import Path

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.errors import FeatureError
from credit_scoring.features.catalogue import catalogue
from credit_scoring.features.definitions.loan_price import loan_price_features
from credit_scoring.features.feature import Feature


def require_buildable(manifest: Manifest, tables: Collection[str], data: Path) -> None:
    """FeatureError if a feature's table is missing at `data`, or the feature no longer exists.

    A fitted feature needs the application only: the bundle has the term model.
    """
    missing = {feature.feature.table for feature in manifest.features} - {*tables, "application"}
    if missing:
        raise FeatureError(
            f"{data} has no {min(missing)}: the model {manifest.version} was trained with it"
        )
    known = {feature.name for feature in catalogue(tables)} | loan_price_features().keys()
    unknown = [feature.name for feature in manifest.features if feature.name not in known]
    if unknown:
        raise FeatureError(
            f"the model {manifest.version} needs {unknown[0]}, which this version of the program "
            f"does not build ({len(unknown)} such features): train the model again"
        )


def require_same_formulas(manifest: Manifest, features: Iterable[Feature]) -> None:
    """FeatureError if a feature is computed differently now than when the model was trained."""
    current = [*loan_price_features().values(), *features]
    formulas = {feature.name: feature.formula for feature in current}
    for feature in manifest.features:
        trained_formula = feature.feature.formula
        formula = formulas[feature.name]
        if trained_formula != formula:
            raise FeatureError(
                f"{feature.name} was computed as {trained_formula} in training, now as {formula}: "
                "train the model again"
            )
