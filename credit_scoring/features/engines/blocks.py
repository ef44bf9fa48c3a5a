"""Some applicants' rows of a side table at once: few enough that their columns stay in the processor's cache."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.definitions.side_table import Derived, Group, SideTable
from credit_scoring.features.engines.segments import Indices, Runs, Values
from credit_scoring.features.formula.arrays import on_arrays

Rows = NDArray[np.uint32]  # no table has more: Polars counts its rows in as many bits
BLOCK = 1 << 16  # rows


def blocks_of(keys: Values, applicants: Values) -> Iterator[tuple[Runs, Rows]]:
    """The rows that belong to one of the sorted `applicants`, in blocks of about BLOCK: the runs, which rows."""
    order, ordered = _by_key(keys)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    lengths = np.diff(starts, append=len(ordered))
    place = np.searchsorted(applicants, ordered[starts])
    known = np.append(applicants, -1)[place] == ordered[starts]
    if not known.all():
        order, lengths, place = order[np.repeat(known, lengths)], lengths[known], place[known]
    ends = np.cumsum(lengths)
    full = np.searchsorted(ends, np.arange(BLOCK, len(order), BLOCK)) + 1
    for first, last in pairwise(np.unique([0, *full, len(lengths)])):
        rows = order[ends[first] - lengths[first] : ends[last - 1]]
        yield Runs(lengths[first:last], place[first:last]), rows


def _by_key(keys: Values) -> tuple[Rows, Values]:
    """The rows in the order of their keys, and the keys in that order; some files are in order already."""
    if (keys[1:] >= keys[:-1]).all():
        return np.arange(len(keys), dtype=np.uint32), keys
    order = (
        pl.Series(keys).arg_sort().to_numpy()
    )  # three times as fast as NumPy's; runs are the same in any order
    return order, keys[order]


class Block:
    """Some applicants' rows of a side table, by applicant: the columns, and what is computed of them on each row."""

    def __init__(
        self, runs: Runs, columns: Mapping[str, Values], computed: Sequence[Derived]
    ) -> None:
        self.runs = runs
        self._columns = {**columns, **{d.alias: on_arrays(d.formula, columns) for d in computed}}
        self._recency: dict[str, tuple[Indices, Indices]] = {}

    def values(self, column: str, rows: Indices | None) -> Values:
        """A column on these rows, None for all; missing is NaN, or for a category the number of its levels."""
        values = self._columns[column]
        return values if rows is None else values[rows]

    def rows(self, side: SideTable, group: Group) -> Indices | None:
        """The rows of a group; None for all of them."""
        if group.column is None:
            return None
        values = self._columns[group.column]
        if group.level is not None:
            return np.flatnonzero(values == side.contract[group.column].levels.index(group.level))
        if group.at_least is not None:
            return np.flatnonzero(values >= group.at_least)
        return np.flatnonzero(self._among_last(group.column, group.last or 0))

    def _among_last(self, column: str, last: int) -> NDArray[np.bool_]:
        """Whether a row is among its applicant's `last` by `column`; those that tie with the last of them are."""
        runs = self.runs
        if column not in self._recency:
            self._recency[column] = _recency(self._columns[column], runs.run)
        place, ordered = self._recency[column]
        least = ordered[runs.starts + np.minimum(last, runs.lengths) - 1]
        member: NDArray[np.bool_] = (place <= least[runs.run]) & ~np.isnan(self._columns[column])
        return member


def _recency(values: Values, run: Indices) -> tuple[Indices, Indices]:
    """Per row a number that grows with its run and, within it, the older the row is by `values`; and these sorted.

    The bits of 32-bit numbers are in the order of the numbers once those of the negative ones are turned round. Sorting
    such whole numbers is ten times faster than sorting by two columns.
    """
    known = np.float32(values) + np.float32(0)  # no negative zero
    bits = np.asarray(known.view(np.int32))
    turned = np.where(bits < 0, bits ^ np.iinfo(np.int32).max, bits)
    rising = np.where(np.isnan(known), np.iinfo(np.int32).min, turned)
    place = (run << 32) - rising
    return place, np.sort(place)
