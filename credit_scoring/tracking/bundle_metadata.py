"""What a run records about a bundle: its choices, its figures and its files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from credit_scoring.bundle.bundle_files import BundleFiles, file_digests, read_bundle_files
from credit_scoring.bundle.read_bundle import Bundle, parse_bundle
from credit_scoring.estimator.boosting import DEFAULT_PARAMS
from credit_scoring.tracking.registry_reader import BUNDLE_FOLDER, MODEL_DIGEST_TAG
from credit_scoring.tracking.tracked_run import TrackedRun
from credit_scoring.training.bundle_files import gain_importance

CONFUSION_COUNTS = ("true_positive", "false_negative", "false_positive", "true_negative")
BUNDLE_DIGEST_TAG = "bundle_sha256"


def add_bundle_folder(run: TrackedRun, folder: Path) -> None:
    """Add the bundle in `folder`, its files included; BundleError if it is damaged."""
    files = read_bundle_files(folder)
    add_bundle(run, files, parse_bundle(files, str(folder)))


def add_bundle(run: TrackedRun, files: BundleFiles, bundle: Bundle) -> None:
    """Add a bundle and the files that it was parsed from."""
    add_model(run, bundle)
    run.files |= {f"{BUNDLE_FOLDER}/{name}": content for name, content in files.items()}
    run.tags[MODEL_DIGEST_TAG] = bundle.manifest.pickle["sha256"]
    run.tags[BUNDLE_DIGEST_TAG] = bundle_digest(files)


def add_model(run: TrackedRun, bundle: Bundle) -> None:
    """Add choices as parameters, figures as metrics, importances and confusion matrix as files."""
    manifest = bundle.manifest
    model = bundle.model
    data = {name: value for name, value in manifest.data.items() if name != "defaults"}
    boosting = {**DEFAULT_PARAMS, **(model.params or {}), "best_iteration": model.best_iteration_}
    run.add_params(
        {
            "data": data,
            "settings": manifest.settings,
            "costs": manifest.costs,
            "lightgbm": boosting,
            "model_version": manifest.version,
            "features": len(model.feature_names_in_),
        }
    )
    for part, figures in manifest.metrics.items():
        run.add_metrics(figures, part)
    numbers = {name: value for name, value in manifest.threshold.items() if name != "rule"}
    run.metrics |= {f"threshold/{name}": value for name, value in numbers.items()}
    matrices = {part: confusion_counts(figures) for part, figures in manifest.metrics.items()}
    importance = sorted(gain_importance(model).items(), key=lambda item: -item[1])
    run.add_json("importances.json", dict(importance))
    run.add_json("confusion_matrix.json", matrices)


def confusion_counts(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The applicants in each cell of the confusion matrix."""
    return {name: figures[name]["value"] for name in CONFUSION_COUNTS if name in figures}


def bundle_digest(files: BundleFiles) -> str:
    """One SHA-256 over all names and contents."""
    return hashlib.sha256(str(file_digests(files)).encode()).hexdigest()
