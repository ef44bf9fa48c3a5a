"""The score as one more feature: its 122 fine bins pooled to about ten."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit_scoring.monitoring.drift.bin_counts import Ints

GROUPS = 10  # at most, each with at least a tenth of the reference


@dataclass(frozen=True)
class ScoreGroups:
    """Groups of neighbouring score bins; `starts` is the first bin of each."""

    starts: Ints

    @classmethod
    def of(cls, reference: Sequence[int] | NDArray[np.int64]) -> "ScoreGroups":
        """Return groups that hold a tenth of the reference's applicants each, or a little more."""
        total = sum(reference)
        starts, inside = [0], 0
        for position, count in enumerate(reference):
            if inside * GROUPS >= total > 0:
                starts.append(position)
                inside = 0
            inside += count
        last_is_small = inside * GROUPS < total and len(starts) > 1
        return cls(np.array(starts[:-1] if last_is_small else starts, np.int64))

    def pool(self, counts: Sequence[int] | NDArray[np.int64]) -> Ints:
        """Return counts (..., bins) by group, (..., groups + 1).

        The last one is 0: it stands for the bin "missing" that every feature ends with.
        """
        groups = np.add.reduceat(np.asarray(counts, np.int64), self.starts, axis=-1)
        return np.concatenate([groups, np.zeros((*groups.shape[:-1], 1), np.int64)], axis=-1)
