"""Comparison of two samples of counts, feature by feature: PSI, chi-square test, missing shares."""

import numpy as np

from credit_scoring.monitoring.drift.bin_counts import BinLayout, Counts, Ints
from credit_scoring.monitoring.drift.chi_square import two_sample_test
from credit_scoring.monitoring.drift.multiple_testing import benjamini_hochberg
from credit_scoring.monitoring.drift.psi import population_stability_index
from credit_scoring.monitoring.drift.psi_by_chance import chance_of_psi
from credit_scoring.monitoring.drift.results import FeatureDrift


def compare_counts(reference: Counts, current: Counts) -> tuple[FeatureDrift, ...]:
    """Return the drift of every feature of `reference`, in its order.

    The samples are training and a window of production, two windows, or two tables. Raises
    `BinsError` if a feature of `reference` is not in `current` or has other bins.
    """
    layout = BinLayout.of(reference)
    return compare_flat(layout, layout.flat(reference), layout.flat(current))


def compare_flat(layout: BinLayout, reference: Ints, current: Ints) -> tuple[FeatureDrift, ...]:
    """Return the drift of every feature, of counts (bins,) in the layout."""
    statistics, degrees, p_values = two_sample_test(layout, reference, current)
    sizes = [layout.sums(counts) for counts in (current, reference)]
    missing = [
        counts[layout.missing] / np.maximum(size, 1)
        for counts, size in zip((current, reference), sizes, strict=True)
    ]
    columns = (
        *(size.astype(np.int64) for size in sizes),
        population_stability_index(layout, reference, current),
        *chance_of_psi(layout, reference, current),
        statistics,
        degrees,
        p_values,
        benjamini_hochberg(p_values),
        *missing,
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return tuple(FeatureDrift(name, *row) for name, row in zip(layout.names, rows, strict=True))
