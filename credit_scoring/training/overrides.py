"""What `train` takes from other commands: hyperparameters from `tune`, features from `select`."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from credit_scoring.bundle.manifest import MANIFEST_FILE
from credit_scoring.errors import FeatureError
from credit_scoring.features.feature import Feature
from credit_scoring.files import read_regular
from credit_scoring.suggestions import did_you_mean
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.feature_list_file import (
    FeatureList,
    read_feature_list,
    read_requested_features,
)
from credit_scoring.training.feature_selection import MAX_INPUTS
from credit_scoring.training.hyperparameter_file import Hyperparameters, read_hyperparameters

FEATURES_NOTE = (
    "The features were given: no figure evaluates how they were chosen. If that choice used these "
    "applicants, the figures are too optimistic."
)
OTHER_DATA_NOTE = "The parameters were tuned on other data."
OTHER_TIME_NOTE = (
    "The parameters were tuned on applicants of any time, also on later ones that are held out "
    "here: no figure evaluates that choice."
)
SAME_ROWS_NOTE = (
    "The parameters were tuned on the same training rows: that choice has influenced the "
    "out-of-fold figures, but not the held-out ones."
)


@dataclass(frozen=True)
class Overrides:
    """Hyperparameters and features from files; `files` has their paths, "params" and "features"."""

    hyperparameters: Hyperparameters | None = None
    features: FeatureList | None = None
    files: Mapping[str, Path] = field(default_factory=dict)

    def apply(self, task: LearningTask, all_features: Sequence[Feature]) -> LearningTask:
        """Return the task with the overrides; FeatureError if a listed feature may not be used.

        `all_features` includes those that the model may not use.
        """
        if self.hyperparameters is not None:
            task = replace(task, params=dict(self.hyperparameters.params))
        if self.features is not None:
            names = resolve_feature_list(self.features, task.catalogue, all_features)
            task = replace(task, fixed_features=names)
        return task

    def settings(self) -> dict[str, Any]:
        """Return the manifest's entries: the values, and each file's name, digest, provenance."""
        settings: dict[str, Any] = {}
        if self.hyperparameters is not None:
            values = dict(self.hyperparameters.params)
            settings["params"] = {"values": values, **self._source("params")}
        if self.features is not None:
            count = len(self.features.names)
            settings["features"] = {"count": count, **self._source("features")}
        return settings

    def _source(self, kind: str) -> dict[str, Any]:
        path = self.files[kind]
        provenance_json = json.dumps(self._provenance(kind), default=str)  # TOML has dates
        return {
            "file": path.name,
            "sha256": hashlib.sha256(read_regular(path)).hexdigest(),
            "provenance": json.loads(provenance_json),
        }

    def _provenance(self, kind: str) -> dict[str, Any]:
        content = self.hyperparameters if kind == "params" else self.features
        return dict(content.provenance) if content else {}

    def notes(
        self, dataset: Mapping[str, Any], seed: int, *, out_of_time: bool = False
    ) -> list[str]:
        """Return what a reader of the figures must know; `dataset` has the data's fingerprint.

        `out_of_time` says that later applicants are held out, not random ones.
        """
        notes = [] if self.features is None else [FEATURES_NOTE]
        if self._provenance("params"):
            notes.append(self._tuning_note(dataset, seed, out_of_time=out_of_time))
        for kind in ("params", "features"):
            source = self._provenance(kind).get("fingerprint")
            if source not in {None, dataset["fingerprint"]}:
                notes.append(
                    f"Warning: {self.files[kind]} was made for other data (fingerprint "
                    f"{str(source)[:12]}, here {dataset['fingerprint'][:12]}): it may not fit."
                )
        return notes

    def _tuning_note(self, dataset: Mapping[str, Any], seed: int, *, out_of_time: bool) -> str:
        provenance = self._provenance("params")
        if provenance.get("fingerprint") != dataset["fingerprint"]:
            return OTHER_DATA_NOTE
        if out_of_time:
            return OTHER_TIME_NOTE
        tuning_seed = provenance.get("seed")
        if tuning_seed == seed:
            return SAME_ROWS_NOTE
        return (
            "The parameters were tuned with another seed, on some of the rows held out here: no "
            f"figure evaluates that choice. Train with --seed {tuning_seed} for one that does."
        )


NO_OVERRIDES = Overrides()


def read_overrides(params: Path | None, features: Path | None) -> Overrides:
    """Read the files, if any; SettingError or FeatureError says what is wrong in them.

    `features` may be the folder of a bundle, for the features of its requests.
    """
    if features is not None and features.is_dir():
        features = features / MANIFEST_FILE
    paths = {"params": params, "features": features}
    return Overrides(
        hyperparameters=None if params is None else read_hyperparameters(params),
        features=None if features is None else _read_features(features),
        files={kind: path for kind, path in paths.items() if path is not None},
    )


def _read_features(path: Path) -> FeatureList:
    is_manifest = path.name == MANIFEST_FILE
    return read_requested_features(path) if is_manifest else read_feature_list(path)


def resolve_feature_list(
    feature_list: FeatureList, catalogue: Sequence[Feature], all_features: Sequence[Feature]
) -> tuple[str, ...]:
    """Return the listed features in catalogue order.

    FeatureError names every feature that is unknown or may not be used, and a list that needs too
    many inputs.
    """
    usable = [feature.name for feature in catalogue]
    known = {feature.name: feature for feature in all_features}
    unusable = [name for name in feature_list.names if name not in usable]
    if unusable:
        refusals = "".join(f"\n  {_refusal(name, usable, known)}" for name in unusable)
        raise FeatureError(f"the list has features that the model cannot use:{refusals}")
    listed = [feature for feature in catalogue if _is_listed(feature, feature_list)]
    inputs = {source for feature in listed for source in feature.sources}
    if len(inputs) > MAX_INPUTS:
        raise FeatureError(
            f"the list needs {len(inputs)} inputs in a request: expected at most {MAX_INPUTS}; "
            "the inputs of ratios count"
        )
    return tuple(feature.name for feature in listed)


def _refusal(name: str, usable: list[str], known: Mapping[str, Feature]) -> str:
    if name in known:
        return f"{name} {_reason_and_remedy(known[name])}"
    return f"{name} is unknown{did_you_mean(name, usable)}: the data has no such feature"


def _reason_and_remedy(feature: Feature) -> str:
    if feature.sensitive:
        return (
            "is computed from a prohibited or restricted attribute: "
            "remove it, or allow the attribute with --allow"
        )
    return (
        "has no direction, but is computed from a feature that has one: "
        "remove it, or train with --no-directions"
    )


def _is_listed(feature: Feature, feature_list: FeatureList) -> bool:
    names = feature_list.names
    is_computed = feature_list.with_computed and set(feature.sources) <= set(names)
    return feature.name in names or is_computed
