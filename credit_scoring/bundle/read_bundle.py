"""Parsing a bundle: size, digest, pickle and manifest are checked on bytes that were read once."""

from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from credit_scoring.bundle.bundle_files import (
    CARD_FILE,
    REMEDY,
    BundleFiles,
    read_bundle_file,
    read_bundle_files,
    require_bundle_limits,
)
from credit_scoring.bundle.fairness import FAIRNESS_FILE
from credit_scoring.bundle.file_digest import require_digest
from credit_scoring.bundle.lightgbm_text.check import require_valid_text
from credit_scoring.bundle.lightgbm_text.header import binary
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE, Manifest
from credit_scoring.bundle.manifest_json import SHOWN, parse_manifest
from credit_scoring.bundle.safe_pickle import load_state
from credit_scoring.bundle.term_model_file import (
    load_term_model,
    require_term_model_file,
    term_model_text,
)
from credit_scoring.errors import BundleError
from credit_scoring.files import StrPath
from credit_scoring.loan_price.term_model import TermModel
from custom_threshold_model import CustomThresholdLGBM

DOCUMENTS = (FAIRNESS_FILE, CARD_FILE)  # files of a bundle that describe its model, kept as bytes


@dataclass(frozen=True)
class Bundle:
    """A model and its manifest, known to belong together, and the `DOCUMENTS` next to them.

    `term_model` computes the model's fitted features; None if it has none.
    """

    model: CustomThresholdLGBM
    manifest: Manifest
    documents: BundleFiles = field(default_factory=dict)
    term_model: TermModel | None = None


@dataclass(frozen=True)
class SavedBundle:
    """A bundle whose parts are checked, but LightGBM has read nothing of it.

    `name` is shown in messages; `state` is the model's, as pickled, `term_model` the text of its
    term model, if any.
    """

    name: str
    manifest: Manifest
    state: dict[str, Any]
    documents: BundleFiles
    term_model: str | None


def read_bundle(folder: StrPath) -> Bundle:
    """Read the bundle in `folder`; BundleError names the file, its digest and the remedy.

    For a bundle from a trusted place; `verify_bundle` is for any other.
    """
    return parse_bundle(read_bundle_files(folder), str(Path(folder)))


def read_manifest(folder: StrPath) -> Manifest:
    """Read only model.json of the bundle in `folder`."""
    path = Path(folder) / MANIFEST_FILE
    return parse_manifest(read_bundle_file(path), str(path))


def read_term_model(folder: StrPath) -> TermModel | None:
    """Read only the term model of the bundle in `folder`; None if it has none. BundleError."""
    if read_manifest(folder).term_model is None:
        return None
    name = str(Path(folder))
    files = read_bundle_files(folder)
    return load_term_model(term_model_text(files, parse_bundle_manifest(files, name), name), name)


def parse_bundle(files: BundleFiles, name: str) -> Bundle:
    """The bundle made of `files`, called `name` in messages."""
    return build_bundle(parse_saved_bundle(files, parse_bundle_manifest(files, name), name))


def parse_bundle_manifest(files: BundleFiles, name: str) -> Manifest:
    """The manifest; BundleError unless it is valid and describes the bytes of the models."""
    for required in (MANIFEST_FILE, MODEL_FILE):
        if required not in files:
            remedy = "run python model.py train, or fetch the bundle again"
            raise BundleError(f"{name}/{required} does not exist: {remedy}")
    require_bundle_limits({file: len(content) for file, content in files.items()}, name)
    manifest = parse_manifest(files[MANIFEST_FILE], f"{name}/{MANIFEST_FILE}")
    _require_same_lightgbm(manifest, f"{name}/{MANIFEST_FILE}")
    require_digest(files[MODEL_FILE], manifest.pickle, f"{name}/{MODEL_FILE}")
    require_term_model_file(files, manifest, name)
    return manifest


def parse_saved_bundle(files: BundleFiles, manifest: Manifest, name: str) -> SavedBundle:
    """Unpickle the model's state and compare it with the manifest; LightGBM reads nothing."""
    state = load_state(files[MODEL_FILE], f"{name}/{MODEL_FILE}")
    documents = {file: files[file] for file in DOCUMENTS if file in files}
    saved = SavedBundle(name, manifest, state, documents, term_model_text(files, manifest, name))
    _require_same_features(saved)
    _require_valid_trees(saved)
    return saved


def build_bundle(saved: SavedBundle) -> Bundle:
    """Let LightGBM read the trees and make the model."""
    model = CustomThresholdLGBM()
    try:
        model.__setstate__(saved.state)
    except Exception as error:
        damaged = f"{saved.name}/{MODEL_FILE} is damaged ({error})"
        raise BundleError(f"{damaged}: {REMEDY}") from error
    _require_same_numbers(model, saved.manifest, f"{saved.name}/{MANIFEST_FILE}")
    term_model = load_term_model(saved.term_model, saved.name)
    return Bundle(model, saved.manifest, saved.documents, term_model)


def threshold_summary(model: CustomThresholdLGBM) -> dict[str, Any]:
    """Return the threshold, the interval of the cheapest cut, and the theoretical threshold.

    Also the rule, the cheapest cut and the costs out of fold; a model of format 1 has none.
    """
    low, high = model.threshold_interval_
    summary = {
        "value": model.threshold_,
        "low": low,
        "high": high,
        "theoretical": model.theoretical_threshold,
    }
    if model.out_of_fold_cost_ is None:
        return summary
    rule = {"rule": model.threshold_rule, "empirical": model.empirical_threshold_}
    return {**summary, **rule, **model.out_of_fold_cost_}


def cost_summary(model: CustomThresholdLGBM) -> dict[str, float]:
    """Return the costs that the model's threshold minimises."""
    return {
        "false_negative": float(model.false_negative_cost),
        "false_positive": float(model.false_positive_cost),
    }


def _require_same_features(saved: SavedBundle) -> None:
    """Compare the features and the levels, whose order is their code, of model and manifest."""
    learned = saved.state["fitted"]
    path = f"{saved.name}/{MODEL_FILE}"
    if learned is None:
        raise BundleError(f"{path} holds a model that was never fitted: train it")
    in_model = [feature for feature in saved.manifest.features if feature.role != "ratio input"]
    levels = {feature.name: feature.feature.levels for feature in in_model}
    files = f"{saved.name}/{MANIFEST_FILE} and {path}"
    if len(levels) != len(in_model) or levels.keys() != set(learned["names"]):
        raise BundleError(f"{files} name different features: train the model again")
    categories = {name: tuple(names) for name, names in learned["categories"].items()}
    if {name: names for name, names in levels.items() if names} != categories:
        raise BundleError(f"{files} name different levels: train the model again")


def _require_valid_trees(saved: SavedBundle) -> None:
    """BundleError unless the text of the trees keeps to our grammar."""
    learned = saved.state["fitted"]
    positions = {name: position for position, name in enumerate(learned["names"])}
    levels = {positions[name]: len(names) for name, names in learned["categories"].items()}
    file = f"{saved.name}/{MODEL_FILE}"
    require_valid_text(learned["model"], file, binary(len(positions)), levels)


def _require_same_numbers(model: CustomThresholdLGBM, manifest: Manifest, path: str) -> None:
    """Compare the threshold with its interval, and the costs, of model and manifest."""
    pairs: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("threshold", manifest.threshold, threshold_summary(model)),
        ("costs", manifest.costs, cost_summary(model)),
    )
    for section, written, learned in pairs:
        for key in {**learned, **written}:
            value, expected = written.get(key), learned.get(key)
            if value != expected:
                reason = f"expected the model's {expected}"
                raise BundleError(f"{path}: {section}.{key} is {value}: {reason}; {REMEDY}")


def _require_same_lightgbm(manifest: Manifest, path: str) -> None:
    """BundleError if another major version of LightGBM, whose text may differ, made the model."""
    trained, installed = manifest.libraries.get("lightgbm"), version("lightgbm")
    major = installed.partition(".")[0]
    if trained is not None and trained.partition(".")[0] != major:
        remedy = "train the model again, or install the version that made it"
        raise BundleError(
            f"{path}: libraries.lightgbm is {SHOWN.repr(trained)}: expected {major}, the major "
            f"version of the installed {installed}; {remedy}"
        )
