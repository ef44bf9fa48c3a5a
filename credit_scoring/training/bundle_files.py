"""The files of a bundle from a trained model: the pickle, and the manifest that describes it."""

import hashlib
import pickle
import platform
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from credit_scoring.bundle.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    TERM_MODEL_FILE,
    VERSION_LENGTH,
    Manifest,
    ModelFeature,
    TermModelFile,
    pickle_metadata,
    term_model_metadata,
)
from credit_scoring.bundle.manifest_json import manifest_json
from credit_scoring.bundle.read_bundle import Bundle, cost_summary, threshold_summary
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.training.cross_validation import LearningTask, TrainedModel
from credit_scoring.training.golden_rows import build_golden_rows
from credit_scoring.training.price_fit import PriceFit
from credit_scoring.training.reference_distribution import reference_distribution
from custom_threshold_model import CustomThresholdLGBM

PICKLE_PROTOCOL = 4
ALGORITHM = "LightGBM (binary log-loss), Platt-calibrated out of fold, cost-optimal threshold"
LIBRARIES = ("lightgbm", "numpy", "polars", "narwhals", "scikit-learn")


def build_bundle_files(
    task: LearningTask, trained: TrainedModel, *, metrics: dict[str, Any], data: dict[str, Any],
    settings: dict[str, Any], made_by: str,
) -> dict[str, bytes]:  # fmt: skip
    """Return the pickle, the manifest and the term model, if any, by file name."""
    content = pickle.dumps(trained.model, protocol=PICKLE_PROTOCOL)
    digest = hashlib.sha256(content).hexdigest()
    features = _model_features(task, trained.model)
    price = task.price if any(feature.feature.fitted for feature in features) else None
    threshold = threshold_summary(trained.model)
    curve_thresholds = threshold["value"], threshold["theoretical"]
    manifest = Manifest(
        version=digest[:VERSION_LENGTH],
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=made_by,
        algorithm=ALGORITHM,
        pickle=pickle_metadata(content, digest),
        libraries={
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        data=data,
        settings=settings,
        costs=cost_summary(trained.model),
        threshold=threshold,
        metrics=metrics,
        features=features,
        golden_rows=(),
        reference=reference_distribution(task, trained.out_of_fold, features, curve_thresholds),
        term_model=_term_model_entry(price),
    )
    term_model = price.terms.model if price else None
    scorer = Scorer(Bundle(trained.model, manifest, term_model=term_model))
    golden_rows = build_golden_rows(task, trained.out_of_fold, scorer)
    manifest = replace(manifest, golden_rows=golden_rows)
    files = {MODEL_FILE: content, MANIFEST_FILE: manifest_json(manifest)}
    return files | ({TERM_MODEL_FILE: term_model.text.encode()} if term_model else {})


def _term_model_entry(price: PriceFit | None) -> TermModelFile | None:
    if price is None:
        return None
    facts = price.facts()
    return term_model_metadata(
        price.terms.model.text.encode(),
        accuracy=facts.accuracy,
        loans=facts.loans,
        applicants_with_rate=facts.applicants_with_rate,
    )


def gain_importance(model: CustomThresholdLGBM) -> dict[str, float]:
    """Return each feature's share of the model's total gain, in model order."""
    names = model.feature_names_in_.tolist()
    return dict(zip(names, model.feature_importances_.tolist(), strict=True))


def _model_features(task: LearningTask, model: CustomThresholdLGBM) -> tuple[ModelFeature, ...]:
    """Return every feature that the model uses or a request sends, in catalogue order."""
    importance = gain_importance(model)
    features = {feature.name: feature for feature in task.catalogue}
    ratio_inputs = {name for feature in importance for name in features[feature].inputs}
    missing_counts = task.features.null_count().row(0, named=True)
    return tuple(
        ModelFeature(
            feature, _role(feature, importance), missing_counts[name] > 0, importance.get(name, 0.0)
        )
        for name, feature in features.items()
        if name in importance or name in ratio_inputs
    )


def _role(feature: Feature, importance: Mapping[str, float]) -> Any:
    if feature.name not in importance:
        return "ratio input"
    return "derived" if feature.inputs else "input"
