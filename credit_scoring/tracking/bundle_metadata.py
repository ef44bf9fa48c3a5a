"""What a run tells of the bundle that it made or looked at: its choices, its figures, its files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.read_bundle import Bundle, read_bundle
from credit_scoring.tracking.tracked_run import Run
from custom_threshold_model import DEFAULT_PARAMS

FOLDER = "bundle"  # among the run's files
CONFUSION = ("true_positive", "false_negative", "false_positive", "true_negative")
MODEL_DIGEST, BUNDLE_DIGEST = "model_sha256", "bundle_sha256"


def add_bundle(run: Run, folder: Path) -> Bundle:
    """Tell `run` all about the bundle in `folder`, its files with it; BundleError where it is damaged."""
    bundle = read_bundle(folder)
    files = files_in(folder)
    add_facts(run, bundle)
    run.files |= {f"{FOLDER}/{name}": content for name, content in files.items()}
    run.tags |= {MODEL_DIGEST: bundle.manifest.pickle["sha256"], BUNDLE_DIGEST: digest_of(files)}
    return bundle


def add_facts(run: Run, bundle: Bundle) -> None:
    """The choices as parameters, the figures with their intervals as metrics, importances and confusion as files."""
    manifest = bundle.manifest
    data = {name: value for name, value in manifest.data.items() if name != "defaults"}
    learned = {
        **DEFAULT_PARAMS,
        **(bundle.model.params or {}),
        "best_iteration": bundle.model.best_iteration_,
    }
    run.add_params(
        {"data": data, "settings": manifest.settings, "costs": manifest.costs, "lightgbm": learned}
    )
    run.add_params(
        {"model_version": manifest.version, "features": len(bundle.model.feature_names_in_)}
    )
    for part, figures in manifest.metrics.items():
        run.add_figures(figures, part)
    run.metrics |= {f"threshold/{name}": value for name, value in manifest.threshold.items()}
    run.add_json("importances.json", importances(manifest))
    run.add_json(
        "confusion_matrix.json",
        {part: confusion(figures) for part, figures in manifest.metrics.items()},
    )


def importances(manifest: Manifest) -> dict[str, float]:
    """The share of the model's gain by feature, the largest first."""
    used = {
        feature.name: feature.importance
        for feature in manifest.features
        if feature.role != "ratio input"
    }
    return dict(sorted(used.items(), key=lambda item: -item[1]))


def confusion(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """How many applicants were decided on rightly and wrongly."""
    return {name: figures[name]["value"] for name in CONFUSION if name in figures}


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a bundle, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 by name."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}


def digest_of(files: Mapping[str, bytes]) -> str:
    """One SHA-256 over the names and contents."""
    return hashlib.sha256(str(digests(files)).encode()).hexdigest()
