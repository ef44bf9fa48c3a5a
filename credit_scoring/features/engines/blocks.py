"""Blocks: some applicants' rows of a side table, few enough to fit the processor's cache."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.definitions.side_table import RowGroup, SideTable
from credit_scoring.features.engines.segments import Indices, Segments, Values
from credit_scoring.features.formula.arrays import compute_on_arrays
from credit_scoring.features.formula.tree import Formula

Rows = NDArray[np.uint32]  # Polars counts its rows in as many bits
BLOCK_ROWS = 1 << 16


def split_into_blocks(keys: Values, applicants: Values) -> Iterator[tuple[Segments, Rows]]:
    """Split the rows of the sorted `applicants` into blocks of about BLOCK_ROWS rows.

    Yields the segments and the rows of each block; rows of other applicants are left out.
    """
    order, sorted_keys = _sort_by_key(keys)
    is_start = np.append(True, sorted_keys[1:] != sorted_keys[:-1])[: len(sorted_keys)]
    starts = np.flatnonzero(is_start)
    lengths = np.diff(starts, append=len(sorted_keys))
    position = np.searchsorted(applicants, sorted_keys[starts])
    known = np.append(applicants, -1)[position] == sorted_keys[starts]
    if not known.all():
        order = order[np.repeat(known, lengths)]
        lengths = lengths[known]
        position = position[known]
    ends = np.cumsum(lengths)
    full = np.searchsorted(ends, np.arange(BLOCK_ROWS, len(order), BLOCK_ROWS)) + 1
    for first, last in pairwise(np.unique([0, *full, len(lengths)])):
        rows = order[ends[first] - lengths[first] : ends[last - 1]]
        yield Segments(lengths[first:last], position[first:last]), rows


def _sort_by_key(keys: Values) -> tuple[Rows, Values]:
    """The rows in the order of their keys, and the sorted keys; some files are sorted already."""
    if (keys[1:] >= keys[:-1]).all():
        return np.arange(len(keys), dtype=np.uint32), keys
    # Three times as fast as NumPy's. It is not stable, which does not matter within a segment.
    order = pl.Series(keys).arg_sort().to_numpy()
    return order, keys[order]


class Block:
    """Some applicants' rows of a side table: the columns, and those derived on each row."""

    def __init__(
        self, segments: Segments, columns: Mapping[str, Values], formulas: Mapping[str, Formula]
    ) -> None:
        self.segments = segments
        self._columns = dict(columns)
        for alias, formula in formulas.items():
            self._columns[alias] = compute_on_arrays(formula, columns)
        self._recency: dict[str, tuple[Indices, Indices]] = {}

    def values(self, column: str, rows: Indices | None) -> Values:
        """A column on these rows (None: all); a missing category is the number of its levels."""
        values = self._columns[column]
        return values if rows is None else values[rows]

    def rows(self, side: SideTable, group: RowGroup) -> Indices | None:
        """The rows of a group; None for all of them."""
        if group.column is None:
            return None
        values = self._columns[group.column]
        if group.level is not None:
            return np.flatnonzero(values == side.level_code(group.column, group.level))
        if group.at_least is not None:
            return np.flatnonzero(values >= group.at_least)
        return np.flatnonzero(self._is_among_last(group.column, group.last or 0))

    def _is_among_last(self, column: str, count: int) -> NDArray[np.bool_]:
        """Whether a row is among its applicant's last `count` by `column`, ties included."""
        segments = self.segments
        if column not in self._recency:
            self._recency[column] = _recency(self._columns[column], segments.of_rows)
        rank, ranked = self._recency[column]
        lowest = ranked[segments.starts + np.minimum(count, segments.lengths) - 1]
        known = ~np.isnan(self._columns[column])
        return np.asarray((rank <= lowest[segments.of_rows]) & known)


def _recency(values: Values, segment: Indices) -> tuple[Indices, Indices]:
    """A rank of each row, and the sorted ranks.

    The rank grows with the segment and, within it, with the age of the row by `values`. The bits
    of positive 32-bit floats are ordered like the numbers; those of negative ones must be
    inverted. Sorting these integers is ten times faster than sorting by two columns.
    """
    numbers = np.float32(values) + np.float32(0)  # no negative zero
    bits = np.asarray(numbers.view(np.int32))
    ordered = np.where(bits < 0, bits ^ np.iinfo(np.int32).max, bits)
    rising = np.where(np.isnan(numbers), np.iinfo(np.int32).min, ordered)
    rank = (segment << 32) - rising
    return rank, np.sort(rank)
