"""The population stability index (PSI) of two samples."""

import numpy as np

from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.drift.bin_counts import BinLayout, Ints

SMOOTHING = 0.5  # applicants per bin, added to both samples


def population_stability_index(layout: BinLayout, first: Ints, second: Ints) -> Floats:
    """Return the sum over the bins of (q - p) log(q / p), (features,), of counts (bins,).

    p and q are the shares of the two samples, with half an applicant per bin added to each. They
    are divided among the bins like the applicants of both samples together, so a bin that is rare
    in both adds nothing, and one that is empty in one sample adds a finite amount.
    """
    both = first + second
    sizes = [layout.spread(layout.sums(counts)) for counts in (first, second)]
    extra_applicants = layout.spread(SMOOTHING * layout.sizes)
    return layout.sums(psi_terms(first, both, sizes[0], sizes[1], extra_applicants))


def psi_terms(first: Floats | Ints, both: Ints, n: Floats, m: Floats, extra: Floats) -> Floats:
    """Return the terms of the PSI, (bins,), of bins with `first` applicants of the first sample.

    `both` are the applicants of both samples in the bins, `n` and `m` the sizes of the samples and
    `extra` the applicants added to each. A bin that is empty in both samples and an empty sample
    have the term 0.
    """
    known = (both > 0) & (n > 0) & (m > 0)
    more = extra * both / np.maximum(n + m, 1)
    p = np.where(known, first + more, 1.0) / (n + extra)
    q = np.where(known, both - first + more, 1.0) / (m + extra)
    return np.where(known, (q - p) * np.log(q / p), 0.0)
