"""The bins of applicants' features, by the encoding of scoring and the edges of the reference."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.reference import Bins, FeatureReference, number_bin
from credit_scoring.errors import BundleError
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.scoring.row_encoder import RowEncoder, Value, selector

Row = Mapping[str, Value] | Sequence[Value]


class FeatureBins:
    """Bins and counts of the features in the reference of `manifest`, by its edges.

    `names` are the inputs of an applicant, in order. BundleError if the manifest has no reference,
    or if there are fitted features without the `term_model`.
    """

    def __init__(self, manifest: Manifest, term_model: TermModel | None = None) -> None:
        if manifest.reference is None:
            remedy = "train it again to compare production with its training data"
            raise BundleError(f"model {manifest.version} has no reference: {remedy}")
        features = manifest.reference.features
        self._encoder = RowEncoder(manifest.features, [f.name for f in features], term_model)
        self.names = tuple(f.name for f in self._encoder.requested_features)
        levels = {f.name: len(f.feature.levels) for f in manifest.features if f.feature.levels}
        self._categories = {
            row: levels[f.name] for row, f in enumerate(features) if f.name in levels
        }
        self._numbers = [row for row, f in enumerate(features) if f.name not in levels]
        self._edges = _edge_table([features[row] for row in self._numbers])
        self._features = [f.name for f in features]
        self._ends = np.cumsum([len(f.counts) for f in features])
        places = {name: place for place, name in enumerate(self.names)}
        self._number_places = [places[name] for name in self._encoder.number_names]
        self._numbers_of = selector(self._number_places)
        self._text_places = {name: places[name] for name in levels}

    def matrix(self, applicants: Sequence[Row]) -> Bins:
        """The bins of one or more applicants, (applicants, features), in the reference's order.

        An applicant is a mapping, or values in the order of `names`. ValueError if one is damaged:
        not a value per name, or a value that is neither a number, a text nor missing.
        """
        return self._bins(applicants).T

    def count(self, applicants: Sequence[Row]) -> dict[str, list[int]]:
        """How many applicants are in each bin, by feature; ValueError as of `matrix`."""
        return self.count_bins(self.matrix(applicants))

    def count_bins(self, bins: Bins) -> dict[str, list[int]]:
        """How many of the applicants of `matrix`, or of some of its rows, are in each bin."""
        starts = np.concatenate(([0], self._ends[:-1]))
        counts = np.bincount((bins + starts).ravel(), minlength=self._ends[-1]).tolist()
        ranges = zip(self._features, starts.tolist(), self._ends.tolist(), strict=True)
        return {name: counts[start:end] for name, start, end in ranges}

    def _bins(self, applicants: Sequence[Row]) -> Bins:
        """The bins by feature, (features, applicants)."""
        columns = self._columns(applicants)
        bins = np.empty((len(self._features), len(applicants)), dtype=np.intp)
        numbers = np.empty((len(self._numbers), len(applicants)), dtype=np.float32)
        for place, row in enumerate(self._numbers):
            numbers[place] = columns[self._features[row]]
        bins[self._numbers] = number_bin(numbers, self._edges)
        for row, missing in self._categories.items():
            codes = columns[self._features[row]]
            bins[row] = np.where(np.isnan(codes), missing, codes)
        return bins

    def _columns(self, applicants: Sequence[Row]) -> dict[str, NDArray[Any]]:
        """Every feature of the applicants, as `RowEncoder.columns`."""
        try:
            rows = [self._values(applicant) for applicant in applicants]
            texts = {name: [row[at] for row in rows] for name, at in self._text_places.items()}
            # `fromiter` takes half the time of `array`, which looks for the shape of nested lists
            numbers = np.fromiter(chain.from_iterable(map(self._numbers_of, rows)), np.float64)
            shape = (len(rows), len(self._number_places))
            return self._encoder.columns(numbers.reshape(shape), texts)
        except (TypeError, ValueError, OverflowError) as error:
            expected = f"expected {len(self.names)} numbers and texts per applicant"
            raise ValueError(f"damaged inputs ({error}): {expected}") from error

    def _values(self, applicant: Row) -> Sequence[Value]:
        """The values of an applicant in the order of `names`; ValueError for another number."""
        if isinstance(applicant, Mapping):
            return [*map(applicant.get, self.names)]
        if len(applicant) != len(self.names):
            raise ValueError(f"{len(applicant)} values")
        return applicant


def _edge_table(numbers: Sequence[FeatureReference]) -> NDArray[np.float32]:
    """The edges of every number, (edges, numbers, 1), padded with NaN."""
    most = max((len(f.edges) for f in numbers), default=0)
    table = np.full((most, len(numbers), 1), np.nan, dtype=np.float32)
    for place, feature in enumerate(numbers):
        table[: len(feature.edges), place, 0] = feature.edges
    return table
