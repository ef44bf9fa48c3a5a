"""Counts of all features in one flat array: the layout that the statistics are vectorised over."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from credit_scoring.errors import CreditScoringError
from credit_scoring.estimator.type_aliases import Floats

# Feature name to its counts per bin; the last bin counts the missing values.
Counts: TypeAlias = Mapping[str, Sequence[int] | NDArray[np.int64]]
Ints: TypeAlias = NDArray[np.int64]


class BinsError(CreditScoringError):
    """Counts that cannot be compared, because their features or bins differ."""

    title = "Counts do not match"


@dataclass(frozen=True)
class BinLayout:
    """The bins of all features side by side; `starts` is the first bin of each feature."""

    names: tuple[str, ...]
    sizes: Ints
    starts: Ints

    @classmethod
    def of(cls, counts: Counts) -> "BinLayout":
        """Return the layout of the features of `counts`, in their order."""
        sizes = np.array([len(counts[name]) for name in counts], np.int64)
        if not sizes.size or not sizes.all():
            empty = [name for name in counts if not len(counts[name])]
            raise BinsError(f"no bins to compare {empty}: a reference needs a bin per feature")
        return cls(tuple(counts), sizes, np.cumsum(sizes) - sizes)

    @property
    def total(self) -> int:
        """The number of bins of all features."""
        return int(self.sizes.sum())

    @property
    def missing(self) -> Ints:
        """The position of the bin "missing" of each feature."""
        return self.starts + self.sizes - 1

    def flat(self, counts: Counts) -> Ints:
        """Return the counts (total,); raises `BinsError` if features or bins differ."""
        self._check(counts)
        flat: Ints = self.rows([counts])[0]
        return flat

    def rows(self, samples: Collection[Counts]) -> Ints:
        """Return the counts of samples that fit, (samples, total)."""
        values: Iterable[int] = chain.from_iterable(chain.from_iterable(map(self._bins, samples)))
        numbers = np.fromiter(values, np.int64, len(samples) * self.total)
        return numbers.reshape(len(samples), self.total)

    def fits(self, counts: Counts) -> bool:
        """True if `counts` has all features, with the same number of bins each."""
        sizes: list[int] = self.sizes.tolist()
        return sizes == [*map(len, self._bins(counts))]

    def _bins(self, counts: Counts) -> Iterable[Sequence[int] | NDArray[np.int64]]:
        """The bins of each feature; none of a feature without counts."""
        if tuple(counts) == self.names:
            return counts.values()
        return (counts.get(name, ()) for name in self.names)

    def sums(self, values: Floats | Ints) -> Floats:
        """Return the sum over the bins of each feature: (..., total) to (..., features)."""
        sums: Floats = np.add.reduceat(values, self.starts, axis=-1, dtype=np.float64)
        return sums

    def spread(self, values: NDArray[np.floating[Any]]) -> Floats:
        """Repeat the value of each feature for its bins: (features,) to (total,)."""
        return np.repeat(values.astype(np.float64, copy=False), self.sizes)

    def _check(self, counts: Counts) -> None:
        if self.fits(counts):
            return
        for name, size in zip(self.names, self.sizes, strict=True):
            if name not in counts:
                raise BinsError(f"{name} has no counts: count it by the bins of the same reference")
            if len(counts[name]) != size:
                raise BinsError(
                    f"{name} has {len(counts[name])} bins, its reference {size}: count it by the "
                    f"bins of the same reference"
                )
