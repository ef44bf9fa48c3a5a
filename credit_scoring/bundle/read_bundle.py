"""Reading a bundle: size, digest and grammar are checked on the very bytes that are then parsed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE, Manifest
from credit_scoring.bundle.safe_pickle import load_model
from credit_scoring.errors import BundleError
from custom_threshold_model import CustomThresholdLGBM

LARGEST = 256 << 20  # bytes; a real model of ours is a few MB


@dataclass(frozen=True)
class Bundle:
    """A model and its manifest, known to belong together."""

    model: CustomThresholdLGBM
    manifest: Manifest


def read_bundle(folder: Path) -> Bundle:
    """Read the bundle in `folder`; BundleError names the file, its digest and the remedy."""
    path = folder / MODEL_FILE
    manifest, data = _read_both(folder)
    model = load_model(data, str(path))
    _check_features(model, manifest, path)
    return Bundle(model, manifest)


def read_manifest(folder: Path) -> Manifest:
    """Read only model.json of the bundle in `folder`."""
    path = folder / MANIFEST_FILE
    try:
        return Manifest.from_json(_read(path, LARGEST).decode(), path)
    except UnicodeDecodeError as error:
        raise BundleError(f"{path} is not UTF-8 text: train or fetch the model again") from error


def _read_both(folder: Path) -> tuple[Manifest, bytes]:
    """The manifest and the pickle of one bundle: the new one's where it took its place between the two reads."""
    path = folder / MODEL_FILE
    while True:
        manifest, data = read_manifest(folder), _read(path, LARGEST)
        try:
            _check_digest(data, manifest, path)
        except BundleError:
            if read_manifest(folder) == manifest:
                raise
        else:
            return manifest, data


def _read(path: Path, largest: int) -> bytes:
    """The bytes of a file, read once; no more than `largest`."""
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise BundleError(
            f"{path} cannot be read ({error.strerror}): run python model.py train"
        ) from error
    if len(data) > largest:
        raise BundleError(f"{path} is larger than {largest} bytes: refused")
    return data


def _check_features(model: CustomThresholdLGBM, manifest: Manifest, path: Path) -> None:
    """The two must agree on the features and, as their order is the code, on the levels of the categories."""
    if not model.__sklearn_is_fitted__():
        raise BundleError(f"{path} holds a model that was never fitted: train it")
    in_model = [feature for feature in manifest.features if feature.role != "ratio input"]
    described = {feature.name: feature.feature.levels for feature in in_model}
    if len(described) != len(in_model) or described.keys() != set(model.feature_names_in_):
        raise BundleError(
            f"{path.with_name(MANIFEST_FILE)} and {path} name different features: train the model again"
        )
    if {name: levels for name, levels in described.items() if levels} != model.categories_:
        raise BundleError(
            f"{path.with_name(MANIFEST_FILE)} and {path} name different levels: train the model again"
        )


def _check_digest(data: bytes, manifest: Manifest, path: Path) -> None:
    digest = hashlib.sha256(data).hexdigest()
    size, expected = manifest.pickle.get("size"), manifest.pickle.get("sha256")
    if (digest, len(data)) != (expected, size):
        raise BundleError(
            f"{path} ({len(data)} bytes, sha256 {digest}) is not what its manifest describes "
            f"({size} bytes, sha256 {expected}): it was changed or damaged; fetch it or train it again"
        )
