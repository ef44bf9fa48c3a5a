"""What other commands found and `train` is to use: parameters from `tune`, features from `select`."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from credit_scoring.errors import FeatureError
from credit_scoring.features.feature import Feature
from credit_scoring.suggestions import did_you_mean
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.feature_list_file import FeatureList, read_feature_list
from credit_scoring.training.feature_selection import MAX_INPUTS
from credit_scoring.training.hyperparameter_file import Hyperparameters, read_parameters


@dataclass(frozen=True)
class Given:
    """The files that were given, read; `files` are their paths by what they hold."""

    parameters: Hyperparameters | None = None
    features: FeatureList | None = None
    files: Mapping[str, Path] | None = None

    def applied(self, problem: LearningTask, every: Sequence[Feature]) -> LearningTask:
        """The problem with what was given; FeatureError on a listed feature that may not be used.

        `every` are all features that the data has, the ones the model may not read with them.
        """
        if self.parameters is not None:
            problem = replace(problem, params=dict(self.parameters.params))
        if self.features is not None:
            problem = replace(problem, chosen=chosen_of(self.features, problem.catalogue, every))
        return problem

    def settings(self) -> dict[str, Any]:
        """What the manifest says of it: the values, and each file's name, digest and provenance."""
        found: dict[str, Any] = {}
        if self.parameters is not None:
            found["params"] = {"values": dict(self.parameters.params), **self._source("params")}
        if self.features is not None:
            found["features"] = {"count": len(self.features.names), **self._source("features")}
        return found

    def _source(self, kind: str) -> dict[str, Any]:
        path = (self.files or {})[kind]
        held = self.parameters if kind == "params" else self.features
        told = json.loads(
            json.dumps(dict(held.provenance if held else {}), default=str)
        )  # TOML has dates, JSON none
        return {
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "provenance": told,
        }

    def notes(self, facts: Mapping[str, Any], seed: int) -> list[str]:
        """What a reader of the figures has to know, given the data's `facts` and the training's seed."""
        found = []
        if self.features is not None:
            found.append("The features were given: no figure judges how they were chosen. Where that looked at these "
                         "applicants, the figures are too good.")  # fmt: skip
        if self.parameters is not None and self.parameters.provenance:
            found.append(self._tuned_note(facts, seed))
        for kind, held in (("params", self.parameters), ("features", self.features)):
            source = held.provenance.get("fingerprint") if held else None
            if source not in {None, facts["fingerprint"]}:
                path = (self.files or {})[kind]
                found.append(f"Warning: {path} was made for other data (fingerprint {str(source)[:12]}, here "
                             f"{facts['fingerprint'][:12]}): it may not fit these.")  # fmt: skip
        return found

    def _tuned_note(self, facts: Mapping[str, Any], seed: int) -> str:
        provenance = self.parameters.provenance if self.parameters else {}
        tuned = provenance.get("seed")
        if provenance.get("fingerprint") != facts["fingerprint"]:
            return "The parameters were tuned on other data."
        if tuned == seed:
            return ("The parameters were tuned on the same training rows: the figures out of fold have seen that "
                    "choice, the held-out ones have not.")  # fmt: skip
        return (f"The parameters were tuned with another seed, on some of the rows held out here: no figure judges "
                f"that choice. Train with --seed {tuned} for one that does.")  # fmt: skip


NOTHING = Given()


def read_overrides(params: Path | None, features: Path | None) -> Given:
    """Read the files given, if any; SettingError or FeatureError says what is wrong in them."""
    files = {
        kind: path
        for kind, path in (("params", params), ("features", features))
        if path is not None
    }
    return Given(
        read_parameters(params) if params is not None else None,
        read_feature_list(features) if features is not None else None,
        files,
    )


def chosen_of(
    listed: FeatureList, catalogue: Sequence[Feature], every: Sequence[Feature]
) -> tuple[str, ...]:
    """The listed features in catalogue order; FeatureError names all that are unknown or may not be used."""
    usable = {feature.name: feature for feature in catalogue}
    known = {feature.name for feature in every}
    wrong = [_refusal(name, sorted(usable), known) for name in listed.names if name not in usable]
    if wrong:
        raise FeatureError(
            "\n  ".join(["the list has features that the model cannot have:", *wrong])
        )
    asked = {source for name in listed.names for source in usable[name].sources}
    if len(asked) > MAX_INPUTS:
        raise FeatureError(f"the list needs {len(asked)} inputs in a request: expected at most {MAX_INPUTS}; the "
                           "inputs of ratios count")  # fmt: skip
    return tuple(name for name in usable if name in set(listed.names))


def _refusal(name: str, usable: list[str], known: set[str]) -> str:
    if name in known:
        return f"{name} is made from a prohibited or restricted attribute: remove it, or let that in with --allow"
    return f"{name} is unknown{did_you_mean(name, usable)}: the data gives no such feature"
