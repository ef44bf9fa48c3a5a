"""The reference of a model: how its training applicants were distributed, for monitoring.

Counts per bin of every feature, and of the out-of-fold probability by outcome. It holds no
applicant's row. A bin of a number runs from its lower edge, inclusive, to the next edge, exclusive;
both are compared as 32-bit numbers, like every value in the feature table.
"""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator, Field, with_config

from credit_scoring.bundle.counts import MAX_APPLICANTS, Counts
from credit_scoring.bundle.strict_validation import STRICT
from credit_scoring.bundle.threshold_curve import ThresholdCurve
from credit_scoring.estimator.calibration import sigmoid
from credit_scoring.estimator.type_aliases import Floats

FIFTHS = 5  # groups of similar risk
MAX_EDGES = 100  # of a feature; the training procedure makes 20 at most
SCORE_EDGES: Floats = np.arange(-80, 41) / 10  # log-odds; the same for all models
SCORE_BINS = len(SCORE_EDGES) + 1

Bins: TypeAlias = NDArray[np.intp]


def _ascending(edges: tuple[float, ...]) -> tuple[float, ...]:
    with np.errstate(over="ignore"):
        numbers = np.array(edges, dtype=np.float32)
    if not (np.isfinite(numbers).all() and (np.diff(numbers) > 0).all()):
        raise ValueError("expected ascending numbers, different and finite in 32 bits")
    return edges


def _not_descending(edges: tuple[float, ...]) -> tuple[float, ...]:
    if list(edges) != sorted(edges):
        raise ValueError("expected probabilities that do not descend")
    return edges


Edges: TypeAlias = Annotated[
    tuple[float, ...], Field(max_length=MAX_EDGES), AfterValidator(_ascending)
]
FifthEdges: TypeAlias = Annotated[
    tuple[Annotated[float, Field(ge=0, le=1)], ...],
    Field(min_length=FIFTHS - 1, max_length=FIFTHS - 1),
    AfterValidator(_not_descending),
]
FifthCounts: TypeAlias = Annotated[tuple[Counts, ...], Field(min_length=FIFTHS, max_length=FIFTHS)]


@with_config(STRICT)
@dataclass(frozen=True)
class FeatureReference:
    """The bins of a feature and the training applicants in each.

    `edges` are the ascending inner edges of a number; for a category there are none, and a bin per
    level in the order of `Feature.levels`. The last bin counts the missing values, to which the
    sentinels and unknown levels belong.
    """

    name: str
    edges: Edges
    counts: Counts


@with_config(STRICT)
@dataclass(frozen=True)
class ScoreReference:
    """Applicants per bin of `SCORE_EDGES`, by outcome, of the out-of-fold probabilities."""

    repaid: Counts
    default: Counts

    @property
    def applicants_per_bin(self) -> NDArray[np.int64]:
        """The applicants of both outcomes."""
        return np.add(self.repaid, self.default, dtype=np.int64)


@with_config(STRICT)
@dataclass(frozen=True)
class RiskFifths:
    """Applicants of similar risk: the out-of-fold ones in five groups, counted per bin.

    `edges` are the out-of-fold probabilities between the fifths; a probability equal to an edge is
    in the fifth above it. `counts` has the counts of each fifth, lowest risk first, per feature of
    the reference and in its order.
    """

    edges: FifthEdges
    counts: tuple[FifthCounts, ...]

    def fifth_of(self, probability: ArrayLike) -> Bins:
        """The fifth of each probability of default (n,), 0 for the lowest risk to 4."""
        return np.searchsorted(self.edges, np.asarray(probability), side="right")


@with_config(STRICT)
@dataclass(frozen=True)
class Reference:
    """The distributions of the `applicants` that the model was trained on.

    `features` has every feature of the manifest, in its order. `score`, `risk_fifths` and
    `threshold_curve` have the applicants with an out-of-fold prediction, which leave out the
    held-out ones. Bundles written before the pages for people lack the last two.
    """

    applicants: Annotated[int, Field(ge=1, le=MAX_APPLICANTS)]
    features: tuple[FeatureReference, ...]
    score: ScoreReference
    risk_fifths: RiskFifths | None = None
    threshold_curve: ThresholdCurve | None = None

    def as_dict(self) -> dict[str, Any]:
        """The reference as in model.json, without the parts that it lacks."""
        return {name: part for name, part in asdict(self).items() if part is not None}


def number_bin(values: ArrayLike, edges: ArrayLike) -> Bins:
    """The bin of each number (n,): how many `edges` (k,) it reaches, and k + 1 for NaN.

    Of several features at once: values (features, n) and edges (k, features, 1), with NaN for the
    edges that a feature has less than k.
    """
    numbers = np.asarray(values, dtype=np.float32)
    limits = np.asarray(edges, dtype=np.float32)
    bins = np.zeros(numbers.shape, dtype=np.uint8)  # of at most `MAX_EDGES`
    for limit in limits:
        bins += numbers >= limit
    missing = np.count_nonzero(~np.isnan(limits), axis=0) + 1
    return np.where(np.isnan(numbers), missing, bins)


def bin_counts(bins: Bins, number: int) -> tuple[int, ...]:
    """How many of `bins` (n,) are 0, 1, … and `number` - 1."""
    return tuple(np.bincount(bins, minlength=number).tolist())


def score_bin(probability: ArrayLike) -> Bins:
    """The bin of each probability of default (n,), 0 to 121, on `SCORE_EDGES`."""
    return np.searchsorted(sigmoid(SCORE_EDGES), np.asarray(probability), side="right")


def bin_log_odds() -> Floats:
    """The log-odds in the middle of each bin of `SCORE_EDGES`, (122,).

    The open bins at both ends count as wide as the others.
    """
    return np.concatenate(([SCORE_EDGES[0] - 0.05], SCORE_EDGES + 0.05))


def bin_probability() -> Floats:
    """The probability in the middle, by log-odds, of each bin of `SCORE_EDGES`, (122,)."""
    return sigmoid(bin_log_odds())
