"""Reading a bundle: size and digest of the pickle are checked on the bytes that are then parsed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE, Manifest
from credit_scoring.bundle.manifest_json import REMEDY, parse_manifest
from credit_scoring.bundle.safe_pickle import load_model
from credit_scoring.errors import BundleError
from credit_scoring.files import StrPath, open_regular
from custom_threshold_model import CustomThresholdLGBM

MAX_MODEL_SIZE = 256 << 20  # bytes; our models are a few MB
MAX_MANIFEST_SIZE = 16 << 20  # bytes; ours have about 100 kB


@dataclass(frozen=True)
class Bundle:
    """A model and its manifest, known to belong together."""

    model: CustomThresholdLGBM
    manifest: Manifest


def read_bundle(folder: StrPath) -> Bundle:
    """Read the bundle in `folder`; BundleError names the file, its digest and the remedy."""
    path = Path(folder) / MODEL_FILE
    manifest, data = _read_consistent(path.parent)
    model = load_model(data, str(path))
    _require_same_features(model, manifest, path)
    _require_same_numbers(model, manifest, path.with_name(MANIFEST_FILE))
    return Bundle(model, manifest)


def read_manifest(folder: StrPath) -> Manifest:
    """Read only model.json of the bundle in `folder`."""
    path = Path(folder) / MANIFEST_FILE
    return parse_manifest(_read(path, MAX_MANIFEST_SIZE), path)


def threshold_summary(model: CustomThresholdLGBM) -> dict[str, float]:
    """Return the threshold, its 95 % bootstrap interval, and the theoretical threshold."""
    low, high = model.threshold_interval_
    return {
        "value": model.threshold_,
        "low": low,
        "high": high,
        "theoretical": model.theoretical_threshold,
    }


def cost_summary(model: CustomThresholdLGBM) -> dict[str, float]:
    """Return the costs that the model's threshold minimises."""
    return {
        "false_negative": float(model.false_negative_cost),
        "false_positive": float(model.false_positive_cost),
    }


def _read_consistent(folder: Path) -> tuple[Manifest, bytes]:
    """Manifest and pickle of one bundle: read again if the bundle was replaced meanwhile."""
    path = folder / MODEL_FILE
    while True:
        manifest = read_manifest(folder)
        data = _read(path, MAX_MODEL_SIZE)
        try:
            _require_digest(data, manifest, path)
        except BundleError:
            if read_manifest(folder) == manifest:
                raise
        else:
            return manifest, data


def _read(path: Path, max_size: int) -> bytes:
    """The bytes of a file, read once; BundleError if there are more than `max_size`."""
    try:
        with open_regular(path) as file:
            data = file.read(max_size + 1)
    except OSError as error:
        remedy = "run python model.py train"
        raise BundleError(f"{path} cannot be read ({error.strerror}): {remedy}") from error
    if len(data) > max_size:
        raise BundleError(f"{path} is larger than {max_size} bytes: {REMEDY}")
    return data


def _require_same_features(model: CustomThresholdLGBM, manifest: Manifest, path: Path) -> None:
    """Compare the features and the levels, whose order is their code, of model and manifest."""
    if not model.__sklearn_is_fitted__():
        raise BundleError(f"{path} holds a model that was never fitted: train it")
    in_model = [feature for feature in manifest.features if feature.role != "ratio input"]
    levels = {feature.name: feature.feature.levels for feature in in_model}
    files = f"{path.with_name(MANIFEST_FILE)} and {path}"
    if len(levels) != len(in_model) or levels.keys() != set(model.feature_names_in_):
        raise BundleError(f"{files} name different features: train the model again")
    if {name: names for name, names in levels.items() if names} != model.categories_:
        raise BundleError(f"{files} name different levels: train the model again")


def _require_same_numbers(model: CustomThresholdLGBM, manifest: Manifest, path: Path) -> None:
    """Compare the threshold with its interval, and the costs, of model and manifest."""
    pairs = (
        ("threshold", manifest.threshold, threshold_summary(model)),
        ("costs", manifest.costs, cost_summary(model)),
    )
    for field, written, learned in pairs:
        for key, expected in learned.items():
            if written[key] != expected:
                reason = f"expected the model's {expected}"
                raise BundleError(f"{path}: {field}.{key} is {written[key]}: {reason}; {REMEDY}")


def _require_digest(data: bytes, manifest: Manifest, path: Path) -> None:
    actual = (len(data), hashlib.sha256(data).hexdigest())
    expected = (manifest.pickle["size"], manifest.pickle["sha256"])
    if actual != expected:
        raise BundleError(
            f"{path} ({actual[0]} bytes, sha256 {actual[1]}) is not what its manifest describes "
            f"({expected[0]} bytes, sha256 {expected[1]}): it was changed or damaged; fetch it or "
            "train it again"
        )
