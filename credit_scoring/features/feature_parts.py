"""Features of whole folders in bounded memory: the feature table in parts of some applicants each.

A part holds the applicants of a range of identifiers and equals the same rows of
`build_features`, bit for bit. The limits of the parts depend on the application table alone.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

import polars as pl

from credit_scoring.features.assemble import FeatureTable, build_features, sorted_applicants
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.features.engines.side_table_rows import CREDIT_KEY

APPLICANTS_PER_PART = 25_000


def feature_parts(
    tables: Mapping[str, pl.LazyFrame],
    names: Collection[str] | None = None,
    *,
    applicants_per_part: int = APPLICANTS_PER_PART,
    first_part: int = 0,
) -> Iterator[FeatureTable]:
    """The feature table in parts of `applicants_per_part` applicants, by identifier.

    All features, or those in `names`. Starts at the part `first_part`, counted from 0. Raises
    FeatureError if an applicant is repeated or a name is unknown.
    """
    applicants = sorted_applicants(tables["application"])
    lowest = applicants.gather_every(applicants_per_part).to_list()
    for low, high in [*pairwise([*lowest, None])][first_part:]:
        yield build_features(_rows_between(tables, low, high), names)


def _rows_between(
    tables: Mapping[str, pl.LazyFrame], low: int, high: int | None
) -> dict[str, pl.LazyFrame]:
    """The rows of the applicants from `low` to below `high` (None: all from `low`)."""
    key = pl.col(APPLICANT_KEY)
    is_member = (key >= low) if high is None else (key >= low) & (key < high)
    rows = {
        name: frame.filter(is_member) for name, frame in tables.items() if name != "bureau_balance"
    }
    if "bureau_balance" in tables and "bureau" in tables:
        credits_of_part = rows["bureau"].select(CREDIT_KEY)
        rows["bureau_balance"] = tables["bureau_balance"].join(
            credits_of_part, on=CREDIT_KEY, how="semi"
        )
    return rows
