"""Scores a labelled data set with a bundle.

The features come from the bundle's own contracts, formulas and category levels, as in training and
in a request, but for all rows together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.bundle.buildable_features import require_buildable, require_same_formulas
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import FeatureTable, build_features
from credit_scoring.features.flat_features import flat_features
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.schema_file import read_schema
from credit_scoring.loan_price.fit_term_model import TABLE, FittedTerms, earlier_loans
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.scoring.verify_bundle import read_verified_bundle
from credit_scoring.tables.read_tables import (
    UNCACHED,
    ReadOptions,
    explain_read_errors,
    read_tables,
)
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.dataset_facts import (
    describe_dataset,
    require_outcomes,
    true_probabilities,
)
from credit_scoring.training.folds import Target
from credit_scoring.training.metrics import Costs
from credit_scoring.training.train import SCHEMA_FILE


@dataclass(frozen=True)
class LabelledDataset:
    """Applicants with known outcomes: features, `target` (n,) 0 or 1, and facts about the data.

    `truth` (n,) holds the true probabilities of a generated sample.
    """

    table: FeatureTable
    target: Target
    facts: dict[str, Any]
    truth: NDArray[np.float64] | None


@dataclass(frozen=True)
class LoadedBundle:
    """A verified bundle and the folder it was read from."""

    folder: Path
    bundle: Bundle

    @property
    def version(self) -> str:
        """The model's version."""
        return self.bundle.manifest.version

    @property
    def schema(self) -> Path:
        """The schema file, which exists only for a model of a flat table."""
        return self.folder / SCHEMA_FILE

    @property
    def costs(self) -> Costs:
        """The costs that the threshold was chosen for."""
        return Costs(**self.bundle.manifest.costs)

    def was_trained_on(self, facts: dict[str, Any]) -> bool:
        """Whether the model was trained on exactly the data that `facts` describe."""
        return bool(self.bundle.manifest.data.get("fingerprint") == facts["fingerprint"])


def load_verified_bundle(folder: Path) -> LoadedBundle:
    """Read the bundle in `folder` and verify it, see `verify_bundle`."""
    return LoadedBundle(folder, read_verified_bundle(folder))


def load_labelled(
    data: Path,
    *bundles: LoadedBundle,
    read_options: ReadOptions = UNCACHED,
    extra_columns: Collection[str] = (),
) -> list[LabelledDataset]:
    """Return the applicants at `data` with each bundle's features, and `extra_columns`.

    `data` is a folder or zip of Home Credit tables, or a flat table for bundles of a flat table.
    FeatureError if a table, a feature or the outcomes are missing.
    """
    if any(loaded.schema.exists() for loaded in bundles):
        return [_load_flat_table(data, loaded) for loaded in bundles]
    tables = read_tables(data, checked=True, **vars(read_options))
    for loaded in bundles:
        require_buildable(loaded.bundle.manifest, tables, data)
    with explain_read_errors(data, **vars(read_options)):
        built = _feature_tables(tables, bundles, extra_columns)
    for loaded, table in zip(bundles, built, strict=True):
        require_same_formulas(loaded.bundle.manifest, table.catalogue)
    facts, truth = describe_dataset(data, built[0]), true_probabilities(data, built[0])
    return [LabelledDataset(table, _target(table, data), facts, truth) for table in built]


def _feature_tables(
    tables: Mapping[str, pl.LazyFrame],
    bundles: Sequence[LoadedBundle],
    extra_columns: Collection[str],
) -> list[FeatureTable]:
    """The features of each bundle; those of bundles with the same term model are built together."""
    needed: dict[TermModel | None, set[str]] = {}
    for loaded in bundles:
        names = {feature.name for feature in loaded.bundle.manifest.features}
        needed.setdefault(loaded.bundle.term_model, {*extra_columns}).update(names)
    built = {
        model: replace(
            build_features(tables, names, term_model=model), fitted_terms=_terms(model, tables)
        )
        for model, names in needed.items()
    }
    return [built[loaded.bundle.term_model] for loaded in bundles]


def _terms(model: TermModel | None, tables: Mapping[str, pl.LazyFrame]) -> FittedTerms | None:
    """The term model with the loans that it can be fitted to again, out of fold."""
    if model is None or TABLE not in tables:
        return None
    return FittedTerms(model, earlier_loans(tables[TABLE]), accuracy=np.nan, seed=0)


def _load_flat_table(data: Path, loaded: LoadedBundle) -> LabelledDataset:
    if not loaded.schema.exists():
        raise FeatureError(
            f"the model {loaded.version} was trained on Home Credit's tables, not on a flat table"
        )
    table = flat_features(read_flat_table(data), read_schema(loaded.schema), str(data))
    return LabelledDataset(table, _target(table, data), describe_dataset(data, table), None)


def _target(table: FeatureTable, data: Path) -> Target:
    """Return the outcomes (n,); FeatureError if one is unknown or all are the same."""
    target = require_outcomes(table, str(data))
    if target.n_unique() == 1:
        raise FeatureError(
            f"{target.name} is {target[0]} for all {len(target)} applicants: expected both outcomes"
        )
    return target.to_numpy()


def predict_dataset(loaded: LoadedBundle, dataset: LabelledDataset) -> Predictions:
    """Return the bundle's predictions of every applicant."""
    rows = np.arange(len(dataset.target))
    return Predictions.of(loaded.bundle.model, dataset.table.features, rows)
