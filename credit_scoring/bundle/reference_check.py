"""Whether a reference agrees with the rest of its manifest: names, number of bins, sums."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from credit_scoring.bundle.counts import Counts
from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.reference import (
    SCORE_BINS,
    FeatureReference,
    FifthCounts,
    Reference,
    RiskFifths,
    ScoreReference,
)
from credit_scoring.bundle.threshold_curve import ThresholdCurve

PER_BIN = "counts, one per bin"
PER_THRESHOLD = "values, one per threshold"


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
    if reference.risk_fifths is not None:
        yield from _fifth_faults(reference.risk_fifths, reference)
    if reference.threshold_curve is not None:
        yield from _curve_faults(reference.threshold_curve, reference.score)


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
    yield from _length_faults(f"{field}.counts", row.counts, bins, PER_BIN)
    yield from _sum_faults(f"{field}.counts", row.counts, applicants)


def _score_faults(score: ScoreReference, applicants: int) -> Iterator[Fault]:
    yield from _length_faults("reference.score.repaid", score.repaid, SCORE_BINS, PER_BIN)
    yield from _length_faults("reference.score.default", score.default, SCORE_BINS, PER_BIN)
    total = sum(score.repaid) + sum(score.default)
    if not 0 < total <= applicants:
        expected = f"expected counts of 1 to {applicants} applicants"
        yield Fault("reference.score", f"of {total} applicants", expected)


def _fifth_faults(fifths: RiskFifths, reference: Reference) -> Iterator[Fault]:
    field = "reference.risk_fifths.counts"
    if len(fifths.counts) != len(reference.features):
        expected = f"expected {len(reference.features)}, as in reference.features"
        yield Fault(field, f"of {len(fifths.counts)} features", expected)
        return
    scored = int(reference.score.applicants_per_bin.sum())
    sizes = [sum(counts) for counts in fifths.counts[0]]
    if sum(sizes) != scored:
        expected = f"expected {scored}, as in reference.score"
        yield Fault(f"{field}.0", f"of {sum(sizes)} applicants", expected)
    for i, (row, feature) in enumerate(zip(fifths.counts, reference.features, strict=True)):
        for k, counts in enumerate(row):
            yield from _length_faults(f"{field}.{i}.{k}", counts, len(feature.counts), PER_BIN)
            yield from _sum_faults(f"{field}.{i}.{k}", counts, sizes[k])
        yield from _bin_faults(f"{field}.{i}", row, feature.counts)


def _bin_faults(field: str, row: FifthCounts, all_applicants: Counts) -> Iterator[Fault]:
    per_bin = [sum(counts) for counts in zip(*row, strict=True)]
    if any(scored > total for scored, total in zip(per_bin, all_applicants, strict=True)):
        expected = f"expected no bin above those of reference.features, {all_applicants}"
        yield Fault(field, f"in all {per_bin}", expected)


def _curve_faults(curve: ThresholdCurve, score: ScoreReference) -> Iterator[Fault]:
    field = "reference.threshold_curve"
    repaid, defaults = sum(score.repaid), sum(score.default)
    yield from _total_faults(f"{field}.applicants", curve.applicants, repaid + defaults)
    yield from _total_faults(f"{field}.defaults", curve.defaults, defaults)
    yield from _largest_faults(f"{field}.missed", curve.missed, defaults)
    yield from _largest_faults(f"{field}.refused_good", curve.refused_good, repaid)
    lists: dict[str, Sequence[float]] = {"missed": curve.missed, "refused_good": curve.refused_good}
    if curve.exposure is not None:
        lists |= {f"exposure.{name}": sums for name, sums in vars(curve.exposure).items()}
    for name, values in lists.items():
        yield from _length_faults(f"{field}.{name}", values, len(curve.thresholds), PER_THRESHOLD)


def _total_faults(field: str, number: int, total: int) -> Iterator[Fault]:
    if number != total:
        yield Fault(field, number, f"expected {total}, as in reference.score")


def _largest_faults(field: str, counts: Sequence[int], total: int) -> Iterator[Fault]:
    largest = max(counts, default=0)
    if largest > total:
        yield Fault(field, largest, f"expected {total} at most, as in reference.score")


def _sum_faults(field: str, counts: Sequence[int], total: int) -> Iterator[Fault]:
    if sum(counts) != total:
        yield Fault(field, counts, f"expected the sum {total}, not {sum(counts)}")


def _length_faults(field: str, values: Sequence[float], number: int, what: str) -> Iterator[Fault]:
    if len(values) != number:
        yield Fault(field, values, f"expected {number} {what}, not {len(values)}")
