"""Finds repeated identifiers in a stream of blocks, in bounded memory.

Hashes of 8 bytes are kept in sorted runs on disk, mapped into memory. A hash that was seen before
is only a hint: `find_rows` decides.
"""

import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

MAX_RUN = 1 << 24  # hashes of a run: 128 MB are sorted at once
Hashes = NDArray[np.uint64]
FindRows = Callable[[Collection[str]], Mapping[str, int]]  # the first row of each identifier


class SeenIdentifiers:
    """The identifiers of the blocks so far; temporary files are in `folder`.

    `find_rows` gives the first row of the identifiers that earlier blocks have, among those asked.
    """

    def __init__(self, folder: Path, find_rows: FindRows) -> None:
        self._folder = folder
        self._find_rows = find_rows
        self._runs: list[Hashes] = []

    def add(self, identifiers: pl.Series) -> None:
        """Remember the identifiers of a block, as text; null is none."""
        run = np.unique(_hashes(identifiers))
        if not len(run):
            return
        while self._runs and len(self._runs[-1]) <= len(run) <= MAX_RUN - len(self._runs[-1]):
            run = np.union1d(self._runs.pop(), run)
        self._runs.append(self._mapped(run))

    def first_rows(self, identifiers: pl.Series, rows: pl.Series) -> dict[int, int]:
        """The earlier row with the same identifier, by position in the block, of repeated ones."""
        block = pl.DataFrame({"id": identifiers, "row": rows}).with_row_index("position")
        block = block.filter(pl.col("id").is_not_null())
        first = block.filter(pl.col("id").is_first_distinct()).select("id", first="row")
        repeated = block.join(first, on="id").filter(pl.col("row") != pl.col("first"))
        earlier = self._earlier(first["id"])
        found = {
            position: earlier.get(identifier, first_row)
            for position, identifier, first_row in repeated.select("position", "id", "first").rows()
        }
        if earlier:
            again = block.filter(pl.col("id").is_in([*earlier])).select("position", "id").rows()
            found.update((position, earlier[identifier]) for position, identifier in again)
        return dict(sorted(found.items()))

    def _earlier(self, identifiers: pl.Series) -> Mapping[str, int]:
        """The first row of those of the distinct `identifiers` that earlier blocks have."""
        hashes = _hashes(identifiers)
        seen = np.zeros(len(hashes), dtype=bool)
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            seen |= run[place] == hashes
        return self._find_rows(identifiers.filter(pl.Series(seen)).to_list()) if seen.any() else {}

    def _mapped(self, run: Hashes) -> Hashes:
        """The run in a file without a name, which is removed when the process ends."""
        with tempfile.TemporaryFile(dir=self._folder) as file:
            file.write(run.data)
            file.flush()
            return np.memmap(file, np.uint64, "r")


def _hashes(identifiers: pl.Series) -> Hashes:
    return identifiers.drop_nulls().hash(seed=0).to_numpy()
