"""The counts of all days in one matrix, without those of features: sums over windows are fast."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.reference import SCORE_BINS
from credit_scoring.monitoring.day_counts import DECISIONS, LATENCY_BINS, OUTCOMES, DayCounts
from credit_scoring.monitoring.performance.matured_outcomes import month_of

PAIRS = [(decision, outcome) for decision in DECISIONS for outcome in OUTCOMES]
SIZES = [SCORE_BINS] * (len(DECISIONS) + len(PAIRS)) + [LATENCY_BINS] * 2 + [1]
ENDS = np.cumsum(SIZES)


@dataclass(frozen=True)
class CountsMatrix:
    """The counts of each day in a row of `numbers` (days, counts); `kinds` has few numbers."""

    days: tuple[date, ...]
    numbers: NDArray[np.int64]
    kinds: tuple[Mapping[str, int], ...]

    @classmethod
    def of(cls, days: Mapping[date, DayCounts]) -> "CountsMatrix":
        """The counts of `days`, which are in order."""
        numbers = chain.from_iterable(chain.from_iterable(map(_parts, days.values())))
        flat = np.fromiter(numbers, np.int64, len(days) * int(ENDS[-1]))
        return cls(
            tuple(days),
            flat.reshape(len(days), int(ENDS[-1])),
            tuple(c.kinds for c in days.values()),
        )

    @property
    def scores(self) -> NDArray[np.int64]:
        """The decisions of each day per score bin (days, bins), accepted and refused."""
        scores = self.numbers[:, : len(DECISIONS) * SCORE_BINS]
        return scores.reshape(len(self.days), len(DECISIONS), SCORE_BINS).sum(axis=1)

    def sum(self, since: date, until: date) -> DayCounts:
        """The sum of the days from `since` to `until`, both inclusive."""
        inside = [place for place, day in enumerate(self.days) if since <= day <= until]
        total = self.numbers[inside].sum(axis=0)
        parts = iter([part.tolist() for part in np.split(total, ENDS[:-1])])
        scores = {decision: next(parts) for decision in DECISIONS}
        outcomes = {decision: {name: next(parts) for name in OUTCOMES} for decision in DECISIONS}
        kinds: Counter[str] = Counter()
        for place in inside:
            kinds.update(self.kinds[place])
        return DayCounts(
            scores=scores,
            outcomes=outcomes,
            handler_ms=next(parts),
            model_ms=next(parts),
            uncounted_features=next(parts)[0],
            kinds=dict(kinds),
        )

    def by_month(self) -> dict[str, DayCounts]:
        """The sums of the months, such as 2026-10, in order."""
        firsts = sorted({day.replace(day=1) for day in self.days})
        ends = [*(first - timedelta(1) for first in firsts[1:]), date.max]
        months = zip(firsts, ends, strict=False)  # without days there is one end too many
        return {month_of(first): self.sum(first, end) for first, end in months}


def _parts(counts: DayCounts) -> Iterator[list[int]]:
    """The numbers of a day, in the order of `SIZES`."""
    yield from (counts.scores[decision] for decision in DECISIONS)
    yield from (counts.outcomes[decision][outcome] for decision, outcome in PAIRS)
    yield counts.handler_ms
    yield counts.model_ms
    yield [counts.uncounted_features]
