"""A reference that fits a manifest, for tests that need one."""

from dataclasses import replace

import numpy as np

from credit_scoring.bundle.reference import (
    FIFTHS,
    SCORE_BINS,
    FeatureReference,
    Reference,
    RiskFifths,
    ScoreReference,
)
from credit_scoring.bundle.threshold_curve import ExposureSums, ThresholdCurve


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


def with_fifths(reference, seed=0):
    """The reference with its applicants in fifths of risk, at random."""
    rng = np.random.default_rng(seed)
    counts = []
    for row in reference.features:
        bins = rng.permutation(np.repeat(np.arange(len(row.counts)), row.counts))
        groups = np.array_split(bins, FIFTHS)
        counts.append(
            tuple(tuple(np.bincount(g, minlength=len(row.counts)).tolist()) for g in groups)
        )
    return replace(reference, risk_fifths=RiskFifths((0.02, 0.05, 0.1, 0.2), tuple(counts)))


def with_curve(reference):
    """The reference with a curve of five thresholds; each loan is of 100."""
    repaid, defaults = sum(reference.score.repaid), sum(reference.score.default)
    shares = np.array([0, 0.25, 0.5, 0.75, 1])
    missed, accepted = (shares * defaults).astype(int), (shares * repaid).astype(int)
    sums = [tuple(map(float, n * w)) for w in (100, 10_000) for n in (accepted, missed)]
    curve = ThresholdCurve(
        applicants=repaid + defaults,
        defaults=defaults,
        thresholds=(0.0, 0.05, 0.1, 0.2, 1.0),
        missed=tuple(missed.tolist()),
        refused_good=tuple((repaid - accepted).tolist()),
        exposure=ExposureSums(*sums),
    )
    return replace(reference, threshold_curve=curve)
