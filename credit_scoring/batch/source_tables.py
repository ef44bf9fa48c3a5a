"""A folder or zip of the source tables as a source of blocks: the features of its applicants."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from credit_scoring.batch.source import Block
from credit_scoring.batch.source_state import require_unchanged, source_state
from credit_scoring.batch.valid_tables import read_valid_tables
from credit_scoring.bundle.buildable_features import require_buildable, require_same_formulas
from credit_scoring.bundle.manifest import Manifest
from credit_scoring.errors import TableError
from credit_scoring.features.assemble import requested_features
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.features.feature_parts import APPLICANTS_PER_PART, feature_parts
from credit_scoring.tables.read_tables import UNCACHED, ReadOptions, source_files


class SourceTables:
    """The applicants in the tables at `path`, for the model of `manifest`.

    TableError if a file cannot be read or does not have its columns; FeatureError if the tables do
    not give the model's features.
    """

    identifier = APPLICANT_KEY
    decimal_comma = False
    part_rows = APPLICANTS_PER_PART

    def __init__(self, path: Path, manifest: Manifest, options: ReadOptions = UNCACHED) -> None:
        self.path = path
        self.name = path.name
        self.state = source_state(source_files(path))
        self._tables, self._rejected = read_valid_tables(path, options)
        require_buildable(manifest, self._tables, path)
        of_tables = [f.name for f in manifest.features if not f.feature.fitted]
        require_same_formulas(manifest, requested_features(self._tables, of_tables))
        self._names = [feature.name for feature in manifest.features if feature.is_requested]
        self._applicants = int(self._tables["application"].select(pl.len()).collect().item())
        self._require_applicants()

    def estimated_rows(self, rows_read: int) -> int:  # noqa: ARG002 - the number is known
        """The number of applicants."""
        return self._applicants

    def blocks(self, size: int, first: int, scratch: Path) -> Iterator[Block]:
        """The blocks of `size` applicants in the order of their identifiers, from `first` on."""
        parts = feature_parts(
            self._tables, self._names, applicants_per_part=size, first_part=first, scratch=scratch
        )
        for number, part in enumerate(parts, first):
            require_unchanged(self.path, source_files(self.path), self.state)
            rows = pl.repeat(None, len(part.applicant), dtype=pl.Int64, eager=True)
            rejected = self._rejected if number == 0 else []
            yield Block(part.features, rows.alias("row"), part.applicant, rejected)

    def _require_applicants(self) -> None:
        if not self._applicants:
            reasons = "".join(f", the first: {each.reason}" for each in self._rejected[:1])
            raise TableError(
                f"{self.path} has no applicant to score ({len(self._rejected)} reasons for "
                f"rejection{reasons}): correct these rows, or add other applicants"
            )
