"""Counts of the features of stored decisions, by the bins of their model."""

import logging
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

from pydantic_core import from_json

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.errors import BundleError
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.monitoring.feature_bins import FeatureBins
from credit_scoring.monitoring.uncounted_records import DecisionRow

log = logging.getLogger(__name__)
FindBundle: TypeAlias = Callable[[str], "FeatureSource | None"]
Parse: TypeAlias = Callable[[Any], Sequence[Any] | Mapping[str, Any]]


class FeatureSource(Protocol):
    """A bundle, as far as its features are concerned."""

    @property
    def manifest(self) -> Manifest:
        """The manifest."""

    @property
    def term_model(self) -> TermModel | None:
        """The term model; None without fitted features."""


class FeatureCounter:
    """Counts inputs of the decisions of one model; BundleError if it has no reference."""

    def __init__(self, source: FeatureSource, names: Mapping[str, Sequence[str]]) -> None:
        self._bins = FeatureBins(source.manifest, source.term_model)
        self._names = names
        self._parsers: dict[str | None, Parse] = {None: _require_object}

    def count(self, rows: Sequence[DecisionRow]) -> tuple[dict[str, list[int]], int]:
        """The decisions per feature and bin, {} if there are none, and how many are not counted."""
        applicants = [inputs for row in rows if (inputs := self._parse(row))]
        try:
            counts = self._bins.count(applicants)
        except ValueError:
            applicants = [inputs for inputs in applicants if self._is_valid(inputs)]
            counts = self._bins.count(applicants)
        return counts if applicants else {}, len(rows) - len(applicants)

    def _parse(self, row: DecisionRow) -> Any:
        """The inputs of a decision; None if they were erased or are damaged."""
        if row.inputs is None:
            return None
        try:
            parse = self._parsers.get(row.names_id) or self._new_parser(row.names_id)
            return parse(from_json(row.inputs, allow_inf_nan=False, cache_strings=False))
        except (ValueError, TypeError, LookupError):
            return None

    def _new_parser(self, names_id: str | None) -> Parse:
        """How to bring an array of values into the order of the bins."""
        names = tuple(self._names[str(names_id)])
        places = {name: place for place, name in enumerate(names)}
        if names == self._bins.names:
            parse: Parse = _require_list
        elif places.keys() >= {*self._bins.names} and len(self._bins.names) > 1:
            parse = _reordering(itemgetter(*map(places.__getitem__, self._bins.names)), len(names))
        else:
            parse = _naming(names)
        self._parsers[names_id] = parse
        return parse

    def _is_valid(self, inputs: Any) -> bool:
        try:
            self._bins.matrix([inputs])
        except ValueError:
            return False
        return True


def _require_object(values: Any) -> Mapping[str, Any]:
    if not isinstance(values, dict):
        raise TypeError("expected a JSON object")
    return values


def _require_list(values: Any) -> Sequence[Any]:
    if not isinstance(values, list):
        raise TypeError("expected a JSON array")
    return values


def _reordering(reorder: Callable[[Any], Sequence[Any]], length: int) -> Parse:
    def parse(values: Any) -> Sequence[Any]:
        if len(_require_list(values)) != length:
            raise ValueError("expected a value per name")
        return reorder(values)

    return parse


def _naming(names: Sequence[str]) -> Parse:
    return lambda values: dict(zip(names, _require_list(values), strict=True))


class FeatureCounters:
    """The counters of the models of the log, by digest; `names` are the input names by their id."""

    def __init__(self, find_bundle: FindBundle, names: Mapping[str, Sequence[str]]) -> None:
        self._find_bundle = find_bundle
        self._names = names
        self._counters: dict[str, FeatureCounter | None] = {}

    def of(self, model_digest: str) -> FeatureCounter | None:
        """The counter of a model; None if its bundle cannot be found or has no reference."""
        if model_digest not in self._counters:
            self._counters[model_digest] = self._new(model_digest)
        return self._counters[model_digest]

    def forget_missing(self) -> None:
        """Look for the missing bundles again, which may have been stored meanwhile."""
        self._counters = {key: counter for key, counter in self._counters.items() if counter}

    def _new(self, model_digest: str) -> FeatureCounter | None:
        try:
            bundle = self._find_bundle(model_digest)
            return None if bundle is None else FeatureCounter(bundle, self._names)
        except BundleError as error:
            log.warning("features of model %s are not counted: %s", model_digest[:12], error)
            return None
