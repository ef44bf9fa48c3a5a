"""A bundle meets a data set: the table it needs, built as in training, and what it says of every applicant.

The same definitions as a request meets: features by the contracts, ratios by their formulas, the model's own levels
and threshold; only for all rows at once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.read_bundle import Bundle, read_bundle
from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import FeatureTable, build_features
from credit_scoring.features.catalogue import catalogue
from credit_scoring.features.flat_features import flat_features
from credit_scoring.flat_table.read_flat_table import read_flat
from credit_scoring.flat_table.schema_file import read_schema
from credit_scoring.scoring.scorer import verified
from credit_scoring.tables.read_tables import UNKEPT, Reading, breaches_named, read_tables
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.dataset_facts import describe_dataset, target_of, true_probabilities
from credit_scoring.training.metrics import Costs
from credit_scoring.training.train import SCHEMA_FILE


@dataclass(frozen=True)
class LabelledDataset:
    """Applicants whose outcome is known: their features, `target` (n,) 0 or 1, where the data came from.

    `truth` (n,) holds the true probabilities where the data is a generated sample.
    """

    table: FeatureTable
    target: NDArray[np.int8]
    facts: dict[str, Any]
    truth: NDArray[np.float64] | None


@dataclass(frozen=True)
class LoadedBundle:
    """A sound bundle and the folder it was read from."""

    folder: Path
    bundle: Bundle

    @property
    def version(self) -> str:
        """The model's version."""
        return self.bundle.manifest.version

    @property
    def schema(self) -> Path:
        """The schema of its table, a file that is there for a model of a flat table only."""
        return self.folder / SCHEMA_FILE

    @property
    def costs(self) -> Costs:
        """The costs that its threshold was chosen for."""
        return Costs(**self.bundle.manifest.costs)

    def was_trained_on(self, facts: dict[str, Any]) -> bool:
        """Whether the model was trained on the very data that `facts` describe."""
        return bool(self.bundle.manifest.data.get("fingerprint") == facts["fingerprint"])


def load_verified_bundle(folder: Path) -> LoadedBundle:
    """The bundle in `folder`, once it has reproduced its golden rows; BundleError otherwise."""
    bundle = read_bundle(folder)
    verified(bundle)
    return LoadedBundle(folder, bundle)


def load_labelled(
    data: Path, *bundles: LoadedBundle, reading: Reading = UNKEPT, also: Collection[str] = ()
) -> list[LabelledDataset]:
    """The applicants at `data` as each of the bundles wants to see them, with the columns `also`.

    `data` is a folder or zip of Home Credit's tables, or for bundles of a flat table such a table. FeatureError where
    a table, a feature or the outcomes are missing.
    """
    if any(opened.schema.exists() for opened in bundles):
        return [_flat(data, opened) for opened in bundles]
    tables = read_tables(data, checked=True, **vars(reading))
    for opened in bundles:
        _require_known(opened, tables, data)
    wanted = {feature.name for opened in bundles for feature in opened.bundle.manifest.features}
    with breaches_named(data, **vars(reading)):
        table = build_features(tables, wanted | {*also})
    for opened in bundles:
        _require_same_definitions(opened, table)
    rows = LabelledDataset(
        table, _target(table, data), describe_dataset(data, table), true_probabilities(data, table)
    )
    return [rows] * len(bundles)


def _flat(data: Path, opened: LoadedBundle) -> LabelledDataset:
    if not opened.schema.exists():
        raise FeatureError(
            f"the model {opened.version} was trained on Home Credit's tables, not on a flat table"
        )
    table = flat_features(read_flat(data), read_schema(opened.schema), str(data))
    return LabelledDataset(table, _target(table, data), describe_dataset(data, table), None)


def _require_known(opened: LoadedBundle, tables: Collection[str], data: Path) -> None:
    """FeatureError where the data have not what a feature is made of, or this program does not make it any more."""
    absent = {feature.feature.table for feature in opened.bundle.manifest.features} - {
        *tables,
        "application",
    }
    if absent:
        raise FeatureError(
            f"{data} holds no {min(absent)}: the model {opened.version} was trained with it"
        )
    known = {feature.name for feature in catalogue(tables)}
    unknown = [
        feature.name for feature in opened.bundle.manifest.features if feature.name not in known
    ]
    if unknown:
        raise FeatureError(f"the model {opened.version} wants {unknown[0]}, which this version of the program does "
                           f"not make ({len(unknown)} features are like it): train the model again")  # fmt: skip


def _require_same_definitions(opened: LoadedBundle, table: FeatureTable) -> None:
    """FeatureError where a feature is computed otherwise now than when the model was trained."""
    now = {feature.name: feature.formula for feature in table.catalogue}
    for feature in opened.bundle.manifest.features:
        if feature.feature.formula != now[feature.name]:
            raise FeatureError(f"{feature.name} was computed otherwise in training ({feature.feature.formula}), now "
                               f"{now[feature.name]}: train the model again")  # fmt: skip


def _target(table: FeatureTable, data: Path) -> NDArray[np.int8]:
    """The outcomes (n,); FeatureError where one is unknown or all are the same."""
    target = target_of(table, str(data))
    if target.n_unique() == 1:
        raise FeatureError(
            f"{target.name} is {target[0]} for all {len(target)} applicants: expected both outcomes"
        )
    return target.to_numpy()


def predict_dataset(opened: LoadedBundle, labelled: LabelledDataset) -> Predictions:
    """What the bundle says of every applicant."""
    model = opened.bundle.model
    probability = model.predict_proba(
        labelled.table.features.select(model.feature_names_in_.tolist())
    )[:, 1]
    return Predictions(np.arange(len(labelled.target)), probability, model.refuses(probability))
