"""Features of whole folders in bounded memory: the feature table in parts of some applicants each.

A part holds the applicants of a range of identifiers and equals the same rows of
`build_features`, bit for bit. The limits of the parts depend on the identifiers alone.
"""

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from credit_scoring.features.assemble import (
    FeatureTable,
    assemble_features,
    requested_features,
    sorted_applicants,
)
from credit_scoring.features.engines.local import NUMBA_KERNELS, thread_pool
from credit_scoring.features.feature import Feature
from credit_scoring.features.partitioned_tables import partition_tables
from credit_scoring.loan_price.term_model import TermModel

APPLICANTS_PER_PART = 25_000  # about 4 million rows of all tables, 160 MB of all features


def feature_parts(
    tables: Mapping[str, pl.LazyFrame],
    names: Collection[str] | None = None,
    *,
    applicants_per_part: int = APPLICANTS_PER_PART,
    first_part: int = 0,
    scratch: Path | None = None,
    term_model: TermModel | None = None,
) -> Iterator[FeatureTable]:
    """The feature table in parts of `applicants_per_part` applicants, by identifier.

    All features, or those in `names`; fitted ones need the `term_model`. Starts at the part
    `first_part`, counted from 0. The rows of the tables, sorted by applicant, need about as much
    disk as Parquet files: `scratch` is a folder that no other process uses, by default a temporary
    one. Raises FeatureError if an applicant is repeated or a name is unknown.
    """
    features = requested_features(tables, names, term_model)
    applicants = sorted_applicants(tables["application"])
    lowest = applicants.gather_every(applicants_per_part)[first_part:]
    if len(applicants) > APPLICANTS_PER_PART and find_spec("numba") is not None:
        import_module(NUMBA_KERNELS)  # a part alone might be too short to load them
    return _parts(tables, features, lowest, scratch, term_model)


def _parts(
    tables: Mapping[str, pl.LazyFrame],
    features: tuple[Feature, ...],
    lowest: pl.Series,
    scratch: Path | None,
    term_model: TermModel | None,
) -> Iterator[FeatureTable]:
    """The parts that begin with the identifiers `lowest`."""
    if lowest.is_empty():
        return
    with _scratch_folder(scratch) as folder, thread_pool() as pool:
        partitioned = partition_tables(tables, features, lowest, folder)
        for number in range(len(lowest)):
            applicants = partitioned.applicants(number)
            rows = partial(partitioned.rows, number)
            yield assemble_features(
                applicants, rows, partitioned.sides, features, "in-memory", pool, term_model
            )


@contextmanager
def _scratch_folder(scratch: Path | None) -> Iterator[Path]:
    """A new folder, removed at the end, together with leftovers of a killed process."""
    if scratch is None:
        with TemporaryDirectory(prefix="credit-scoring-rows-") as temporary:
            yield Path(temporary)
        return
    folder = scratch / "sorted-rows"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
