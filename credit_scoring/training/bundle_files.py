"""From a trained model to the files of its bundle: features with their roles, typical applicants, manifest, pickle."""

import hashlib
import pickle
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.bundle.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    Manifest,
    ModelFeature,
    pickle_facts,
)
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.training.cross_validation import LearningTask, Trained
from custom_threshold_model import CustomThresholdLGBM

PROTOCOL = 4
LIBRARIES = ("lightgbm", "numpy", "polars", "narwhals", "scikit-learn")
TENTHS = 10


def bundle_files(
    problem: LearningTask, trained: Trained, *, metrics: dict[str, Any], data: dict[str, Any], settings: dict[str, Any],
    made_by: str,
) -> dict[str, bytes]:  # fmt: skip
    """The pickle and the manifest that describes it, by file name."""
    content = pickle.dumps(trained.model, protocol=PROTOCOL)
    digest = hashlib.sha256(content).hexdigest()
    manifest = Manifest(
        version=digest[:12],
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=made_by,
        algorithm="LightGBM (binary log-loss), Platt-calibrated out of fold, cost-optimal threshold",
        pickle=pickle_facts(content, digest),
        libraries={
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        data=data,
        settings=settings,
        costs={
            "false_negative": problem.costs.false_negative,
            "false_positive": problem.costs.false_positive,
        },
        threshold=threshold_facts(trained.model),
        metrics=metrics,
        features=model_features(problem, trained.model),
        golden_rows=(),
    )
    manifest = with_golden_rows(problem, trained, manifest)
    return {MODEL_FILE: content, MANIFEST_FILE: manifest.to_json().encode()}


def threshold_facts(model: CustomThresholdLGBM) -> dict[str, float]:
    """The threshold, its 95 % bootstrap interval, and what theory says for calibrated probabilities."""
    low, high = model.threshold_interval_
    return {
        "value": model.threshold_,
        "low": low,
        "high": high,
        "theoretical": model.theoretical_threshold,
    }


def model_features(problem: LearningTask, model: CustomThresholdLGBM) -> tuple[ModelFeature, ...]:
    """Every feature the model reads or a request sends, in catalogue order."""
    importance = importance_of(model)
    described = {feature.name: feature for feature in problem.catalogue}
    needed = {part for name in importance for part in described[name].inputs}
    missing = problem.features.null_count().row(0, named=True)
    return tuple(
        ModelFeature(
            feature, _role(feature, importance), missing[name] > 0, importance.get(name, 0.0)
        )
        for name, feature in described.items()
        if name in importance or name in needed
    )


def importance_of(model: CustomThresholdLGBM) -> dict[str, float]:
    """The share of the model's total gain by feature, in model order."""
    gain = model.booster_.feature_importance("gain")
    shares = (gain / max(gain.sum(), 1e-300)).tolist()
    return dict(zip(map(str, model.feature_names_in_), shares, strict=True))


def _role(feature: Feature, importance: Mapping[str, float]) -> Any:
    if feature.name not in importance:
        return "ratio input"
    return "derived" if feature.inputs else "input"


def with_golden_rows(problem: LearningTask, trained: Trained, manifest: Manifest) -> Manifest:
    """The manifest with made-up applicants and the probabilities that the model must reproduce for them.

    Nobody's data: each value is the middle one (or the most frequent level) among the applicants of a tenth of
    the risk, so that the manifest may be published.
    """
    scorer = Scorer(Bundle(trained.model, manifest))
    ranked = trained.out_of_fold.rows[np.argsort(trained.out_of_fold.probability, kind="stable")]
    tenth = max(len(ranked) // TENTHS, 1)
    middle = (len(ranked) - tenth) // 2
    parts = {
        "typical": ranked[middle : middle + tenth],
        "low risk": ranked[:tenth],
        "high risk": ranked[-tenth:],
    }
    rows = []
    for name, part in parts.items():
        inputs = typical(problem.features[part], [f.feature for f in scorer.asked])
        rows.append(
            {"name": name, "features": inputs, "probability": scorer.score(inputs).probability}
        )
    return replace(manifest, golden_rows=tuple(rows))


def typical(
    features: pl.DataFrame, asked: Sequence[Feature]
) -> dict[str, float | int | str | None]:
    """The middle value, or most frequent level, of each asked feature; None where most applicants have none."""
    return {feature.name: _middle(features[feature.name], feature) for feature in asked}


def _middle(column: pl.Series, feature: Feature) -> float | int | str | None:
    known = column.drop_nulls()
    if 2 * len(known) <= len(column):
        return None
    if feature.levels:
        return str(known.cast(pl.String).mode().sort()[0])
    value = known.sort()[len(known) // 2]
    return (
        int(value) if feature.whole else float(str(np.float32(value)))
    )  # 0.1, not 0.10000000149011612
