"""A reference that fits a manifest, for tests that need one."""

import numpy as np

from credit_scoring.bundle.reference import SCORE_BINS, FeatureReference, Reference, ScoreReference


def reference_of(manifest, seed=0):
    """Counts at random for every feature of the manifest; numbers have the edges 0, 1 and 2."""
    applicants = manifest.data["applicants"]
    rng = np.random.default_rng(seed)
    rows = []
    for feature in manifest.features:
        levels = feature.feature.levels
        edges = () if levels else (0.0, 1.0, 2.0)
        bins = len(levels) + 1 if levels else len(edges) + 2
        rows.append(FeatureReference(feature.name, edges, _counts(rng, applicants, bins)))
    defaults = applicants // 10
    score = ScoreReference(
        _counts(rng, applicants - defaults, SCORE_BINS), _counts(rng, defaults, SCORE_BINS)
    )
    return Reference(applicants, tuple(rows), score)


def _counts(rng, total, bins):
    return tuple(rng.multinomial(total, np.full(bins, 1 / bins)).tolist())
