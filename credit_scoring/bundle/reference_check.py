"""Whether a reference agrees with the rest of its manifest: names, number of bins, sums."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.reference import SCORE_BINS, FeatureReference, Reference, ScoreReference


class Fault(NamedTuple):
    """A field of the manifest, its value, and what was expected."""

    field: str
    value: object
    expected: str


def reference_faults(
    reference: Reference, features: Sequence[ModelFeature], applicants: int
) -> Iterator[Fault]:
    """The faults of the reference of a model trained on `applicants` with these features."""
    if reference.applicants != applicants:
        expected = f"expected {applicants}, as in data.applicants"
        yield Fault("reference.applicants", reference.applicants, expected)
    yield from _name_faults(reference.features, features)
    for i, (row, feature) in enumerate(zip(reference.features, features, strict=False)):
        yield from _count_faults(f"reference.features.{i}", row, feature, applicants)
    yield from _score_faults(reference.score, applicants)


def _name_faults(
    rows: Sequence[FeatureReference], features: Sequence[ModelFeature]
) -> Iterator[Fault]:
    for i, (row, feature) in enumerate(zip_longest(rows, features)):
        name = row.name if row else "absent"
        expected = feature.name if feature else "no more features"
        if row is None or feature is None or name != expected:
            yield Fault(f"reference.features.{i}.name", name, f"expected {expected}")


def _count_faults(
    field: str, row: FeatureReference, feature: ModelFeature, applicants: int
) -> Iterator[Fault]:
    levels = feature.feature.levels
    if levels and row.edges:
        yield Fault(f"{field}.edges", row.edges, f"expected none, {row.name} is a category")
    bins = len(levels) + 1 if levels else len(row.edges) + 2
    yield from _length_faults(f"{field}.counts", row.counts, bins)
    if sum(row.counts) != applicants:
        total = f"expected the sum {applicants}, not {sum(row.counts)}"
        yield Fault(f"{field}.counts", row.counts, total)


def _score_faults(score: ScoreReference, applicants: int) -> Iterator[Fault]:
    yield from _length_faults("reference.score.repaid", score.repaid, SCORE_BINS)
    yield from _length_faults("reference.score.default", score.default, SCORE_BINS)
    total = sum(score.repaid) + sum(score.default)
    if not 0 < total <= applicants:
        expected = f"expected counts of 1 to {applicants} applicants"
        yield Fault("reference.score", f"of {total} applicants", expected)


def _length_faults(field: str, counts: Sequence[int], bins: int) -> Iterator[Fault]:
    if len(counts) != bins:
        yield Fault(field, counts, f"expected {bins} counts, one per bin, not {len(counts)}")
