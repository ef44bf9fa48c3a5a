"""Simulated traffic for the tests and the benchmark of drift: counts per day of many features.

The features are independent, which gives chance the most attempts: half of them are numbers in the
deciles of their reference, a quarter have few levels, a quarter 5 to 58 levels of which most are
rare. None to 60 % of the applicants miss a feature.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.drift.bin_counts import BinLayout, Ints
from credit_scoring.monitoring.drift.drift_verdict import MAX_DAYS
from credit_scoring.monitoring.drift.evidence import Hypotheses, mixed_log_evidence
from credit_scoring.monitoring.drift.multiple_testing import e_benjamini_hochberg

FEATURES = 140
MISSING_SHARES = (0.0, 0.0, 0.0005, 0.02, 0.3, 0.6)
NORMAL = NormalDist()


@dataclass(frozen=True)
class Population:
    """The reference's counts (bins,), and the true shares (bins,) of every feature."""

    layout: BinLayout
    reference: Ints
    shares: list[Floats]
    numbers: tuple[int, ...]  # the positions of the features that are numbers

    def with_shares(self, shares: list[Floats]) -> "Population":
        """The population after a change; its reference stays."""
        return replace(self, shares=shares)

    def draw_days(self, rng: Generator, per_day: ArrayLike) -> Ints:
        """Counts (days, bins) of as many applicants as `per_day` (days,) says."""
        return np.hstack([rng.multinomial(per_day, shares) for shares in self.shares])


def draw_population(rng: Generator, applicants: int, features: int = FEATURES) -> Population:
    """A population, and a reference sampled from it."""
    missing = rng.choice(MISSING_SHARES, size=features)
    drawn = [_draw_feature(rng, applicants, index, missing[index]) for index in range(features)]
    layout = BinLayout.of({f"feature_{index}": counts for index, (counts, _) in enumerate(drawn)})
    numbers = tuple(index for index in range(features) if index % 4 < 2)
    reference = np.concatenate([counts for counts, _ in drawn])
    return Population(layout, reference, [shares for _, shares in drawn], numbers)


def _draw_feature(
    rng: Generator, applicants: int, index: int, missing: float
) -> tuple[Ints, Floats]:
    """The reference's counts and the true shares of a feature.

    The shares between the deciles of a sample have a Dirichlet distribution, so the edges need not
    be drawn.
    """
    if index % 4 < 2:
        absent = rng.binomial(applicants, missing)
        counts = np.array([len(part) for part in np.array_split(range(applicants - absent), 10)])
        shares = rng.dirichlet(counts)
        return np.append(counts, absent), np.append(shares * (1 - missing), missing)
    levels = rng.integers(2, 6) if index % 4 == 2 else rng.integers(5, 59)
    common = rng.dirichlet(np.ones(levels)) if index % 4 == 2 else 1 / np.arange(1, levels + 1) ** 2
    shares = np.append(common / common.sum() * (1 - missing), missing)
    return rng.multinomial(applicants, shares), shares


def shift_numbers(
    population: Population, positions: Iterable[int], deviations: float
) -> Population:
    """The population after normal numbers moved up by `deviations` standard deviations."""
    shares = list(population.shares)
    for position in positions:
        shares[position] = _shifted(shares[position], deviations)
    return population.with_shares(shares)


def _shifted(shares: Floats, deviations: float) -> Floats:
    *known, missing = shares.tolist()
    below = np.cumsum(known)[:-1] / (1 - missing)
    moved = [NORMAL.cdf(NORMAL.inv_cdf(share) - deviations) for share in below]
    return np.append(np.diff([0, *moved, 1]) * (1 - missing), missing)


def wander(rng: Generator, population: Population, applicants: int) -> Population:
    """The population after every feature moved as far as a sample of that size does."""
    positive = [np.maximum(shares, 1e-9) for shares in population.shares]
    return population.with_shares([rng.dirichlet(shares * applicants) for shares in positive])


@dataclass(frozen=True)
class Look:
    """The verdict after a day (from 0): evidence, rejected features, estimated first days."""

    day: int
    evidence: Floats
    rejected: NDArray[np.intp]
    since: NDArray[np.intp]


def daily_looks(
    population: Population, daily: Ints, *, first: int = 0, age: int = 0
) -> Iterator[Look]:
    """A look after each day from `first` on, at a model that was `age` days old on day 0."""
    hypotheses = Hypotheses.of(population.layout, population.reference)
    for day in range(first, len(daily)):
        start = max(0, day + 1 - MAX_DAYS)
        windows = np.cumsum(daily[start : day + 1][::-1], axis=0)[::-1]
        factors = hypotheses.log_bayes_factors(windows)
        numbers = np.arange(start, day + 1) + age + 1
        evidence = mixed_log_evidence(factors, numbers, day + age + 1)
        rejected = np.flatnonzero(e_benjamini_hochberg(evidence))
        yield Look(day, evidence, rejected, start + factors.argmax(axis=0))


def first_alarm(looks: Iterable[Look]) -> Look | None:
    """The first look with an alarm; None without one."""
    return next((look for look in looks if look.rejected.size), None)
