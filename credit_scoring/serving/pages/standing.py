"""Where an applicant stands among all applicants, and among those of similar risk, per feature.

The counts are those of the model's reference. A share counts whole bins, so "lower than 80%" is a
lower bound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.reference import FeatureReference, Reference, number_bin
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.explanation import Explanation
from credit_scoring.serving.pages.field_words import is_duration
from credit_scoring.serving.pages.histogram import Bar, bars, number_widths

HALF = 0.5
FEW_BINS = 2  # of known values, up to which a number is like a category
TIME_UNITS = ("days", "months")
Position = Literal[
    "lower", "higher", "shorter", "longer", "earlier", "later", "same", "middle", "unknown"
]
Sense = Literal["number", "duration", "date"]
WORDS: dict[Sense, tuple[Position, Position]] = {
    "number": ("lower", "higher"),
    "duration": ("shorter", "longer"),
    "date": ("earlier", "later"),
}


class Place(NamedTuple):
    """Where a value stands: a key of the texts' [positions], and the share it speaks about."""

    position: Position
    share: float


@dataclass(frozen=True)
class Standing:
    """One feature of an applicant among others.

    `similar` is None if the reference does not know similar applicants. `index` is the feature's
    position in the model, `edges` those of its bins, none for a category. The bins of a duration
    are mirrored, because its days count backwards.
    """

    index: int
    all: Place
    similar: Place | None
    bars: tuple[Bar, ...]
    edges: tuple[float, ...]


def standings(
    explanation: Explanation, reference: Reference, probability: float
) -> dict[int, Standing]:
    """The standing in every feature of the model, by its position there."""
    rows = {row.name: place for place, row in enumerate(reference.features)}
    fifths = reference.risk_fifths
    fifth = 0 if fifths is None else int(fifths.fifth_of(probability))
    return {
        index: _standing(
            index,
            float(explanation.row[index]),
            feature,
            reference.features[rows[feature.name]],
            None if fifths is None else fifths.counts[rows[feature.name]][fifth],
        )
        for index, feature in enumerate(explanation.features)
        if _may_be_named(feature)
    }


def _may_be_named(feature: ModelFeature) -> bool:
    return not feature.feature.sensitive


def _standing(
    index: int,
    value: float,
    feature: ModelFeature,
    row: FeatureReference,
    similar: Sequence[int] | None,
) -> Standing:
    chosen = _bin(value, feature.feature, row)
    counts: tuple[int, ...] = row.counts
    edges = row.edges
    if is_duration(feature):
        counts, edges = _mirror(counts), tuple(-edge for edge in reversed(edges))
        similar = None if similar is None else _mirror(similar)
        missing = len(counts) - 1
        chosen = chosen if chosen == missing else missing - 1 - chosen
    return _of_counts(index, feature, counts, edges, similar, chosen)


def _of_counts(
    index: int,
    feature: ModelFeature,
    counts: Sequence[int],
    edges: tuple[float, ...],
    similar: Sequence[int] | None,
    chosen: int,
) -> Standing:
    is_category = bool(feature.feature.levels)
    order = _order(counts, is_category=is_category)
    return Standing(
        index=index,
        all=_place(counts, chosen, feature),
        similar=None if similar is None else _place(similar, chosen, feature),
        bars=bars(
            [counts[i] for i in order],
            [1.0] * (len(order) - 1) if is_category else number_widths(edges),
            None if similar is None else [similar[i] for i in order],
            order.index(chosen),
        ),
        edges=edges,
    )


def _mirror(counts: Sequence[int]) -> tuple[int, ...]:
    """The counts from the last bin to the first; that of missing values stays last."""
    return (*reversed(counts[:-1]), counts[-1])


def _bin(value: float, feature: Feature, row: FeatureReference) -> int:
    if not feature.levels:
        return int(number_bin([value], row.edges)[0])
    return len(feature.levels) if math.isnan(value) else int(value)


def _order(counts: Sequence[int], *, is_category: bool) -> list[int]:
    """The bins as they are drawn: the levels of a category by falling number of applicants."""
    known = [*range(len(counts) - 1)]
    if is_category:
        known.sort(key=lambda i: -counts[i])
    return [*known, len(counts) - 1]


def _place(counts: Sequence[int], chosen: int, feature: ModelFeature) -> Place:
    *known, missing = counts
    if chosen == len(known):
        return Place("unknown", missing / max(sum(counts), 1))
    total = max(sum(known), 1)
    same = known[chosen] / total
    if feature.feature.levels or len(known) <= FEW_BINS:
        return Place("same", same)
    below, above = sum(known[:chosen]) / total, sum(known[chosen + 1 :]) / total
    lower, higher = WORDS[sense_of(feature)]
    if above >= HALF:
        return Place(lower, above)
    if below >= HALF:
        return Place(higher, below)
    return Place("same", same) if same >= HALF else Place("middle", same)


def sense_of(feature: ModelFeature) -> Sense:
    """What a number means: a duration until the application, a date seen from it, or neither."""
    if is_duration(feature):
        return "duration"
    described = feature.feature
    may_be_before = described.minimum is None or described.minimum < 0
    return "date" if described.unit in TIME_UNITS and may_be_before else "number"
