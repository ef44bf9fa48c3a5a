"""The same definitions on a Spark cluster: reading by the contracts, and every feature of every applicant.

Needs PySpark (requirements-spark.txt) and Java 17. `make test-spark` compares each feature with Polars.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from credit_scoring.contracts.column_check import is_known_level, null_if_sentinel
from credit_scoring.contracts.contract import Column, Table, contracts
from credit_scoring.contracts.scalar_check import level_codes
from credit_scoring.errors import TableError
from credit_scoring.features.assemble import rows_of
from credit_scoring.features.catalogue import catalogue, side_tables
from credit_scoring.features.definitions import row_ratios
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.features.feature import Feature
from credit_scoring.features.formula.frames import frame_expression
from credit_scoring.features.formula.tree import LARGEST
from credit_scoring.features.statistics import per_applicant

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

DTYPES = {
    "int8": nw.Int8,
    "int16": nw.Int16,
    "int32": nw.Int32,
    "float32": nw.Float32,
    "category": nw.Int8,
}


def read_on_spark(
    spark: "SparkSession", folder: str, *, labelled: bool = True
) -> dict[str, "DataFrame"]:
    """Every source table in `folder` (any path Spark reads), Parquet or else CSV, by contract name.

    Categories become codes, the source's marks for "no value" null, as in `tables.read`. A side table may be
    absent. Raises TableError for a missing application table or a level that the contract does not know.
    """
    found = {}
    for table in contracts().values():
        stem = table.file if labelled or table.unlabelled_file is None else table.unlabelled_file
        frame = _open(spark, f"{folder}/{stem}")
        if frame is not None:
            found[table.name] = _by_contract(frame, table, labelled=labelled)
    if "application" not in found:
        raise TableError(
            f"{folder} holds no application table that Spark can read: expected Parquet or CSV files"
        )
    return found


def features_on_spark(tables: Mapping[str, "DataFrame"]) -> "DataFrame":
    """One row per applicant: SK_ID_CURR, TARGET where there is one, and every feature; categories as codes."""
    listed = catalogue(tables)
    table = nw.from_native(tables["application"])
    for side in side_tables(tables):
        table = table.join(per_applicant(rows_of(side, tables), side), on=APPLICANT_KEY, how="left")
    filled = table.with_columns(
        *(_filled(f) for f in listed if f.table != "application" and not f.inputs)
    )
    ratios = [
        frame_expression(ratio.formula).alias(ratio.name)
        for ratio in row_ratios.available_ratios([f.name for f in listed])
    ]
    first = [name for name in (APPLICANT_KEY, "TARGET") if name in table.columns]
    whole: DataFrame = (
        filled.with_columns(*ratios).select(*first, *(f.name for f in listed)).to_native()
    )
    return whole


def _filled(feature: Feature) -> nw.Expr:
    """Sums of nothing are 0; an aggregate too large for 32 bits, infinite by now, is missing."""
    value = nw.col(feature.name)
    value = (
        nw.when(value.is_null()).then(nw.lit(0.0)).otherwise(value)
        if feature.empty == "zero"
        else value
    )
    return nw.when(value.abs() <= LARGEST).then(value).cast(nw.Float32).alias(feature.name)


def _open(spark: "SparkSession", path: str) -> "DataFrame | None":
    from pyspark.errors import AnalysisException  # noqa: PLC0415 - beside the code that needs it

    for read, file in (
        (spark.read.parquet, f"{path}.parquet"),
        (spark.read.option("header", "true").csv, f"{path}.csv"),
    ):
        try:
            found: DataFrame = read(file)
        except AnalysisException as error:
            if "PATH_NOT_FOUND" not in str(error):
                raise
        else:
            return found
    return None


def _by_contract(frame: "DataFrame", table: Table, *, labelled: bool) -> "DataFrame":
    rows = nw.from_native(frame)
    columns = [c for c in table.columns if labelled or c.use != "target"]
    _check_levels(rows, table, [c for c in columns if c.is_category])
    by_contract: DataFrame = rows.select(
        _clean(c).cast(DTYPES[c.dtype]) for c in columns
    ).to_native()
    return by_contract


def _check_levels(rows: Any, table: Table, categories: list[Column]) -> None:
    if not categories:
        return
    unknown = [(~is_known_level(nw.col(c.name), c)).cast(nw.Int32).sum() for c in categories]
    (counts,) = rows.select(unknown).to_native().collect()
    wrong = [f"{c.name} ({counts[c.name]} rows)" for c in categories if counts[c.name]]
    if wrong:
        raise TableError(
            f"{table.file} has levels that the contract does not know in {', '.join(wrong)}"
        )


def _clean(column: Column) -> nw.Expr:
    """The codes of a category, or the numbers; null for NaN and the source's marks."""
    values = nw.col(column.name)
    if column.is_category:
        return values.replace_strict(level_codes(column), default=None, return_dtype=nw.Int8)
    numbers = values.cast(nw.Float64)
    not_nan = nw.when(~numbers.is_nan()).then(numbers)
    cleaned: nw.Expr = null_if_sentinel(not_nan, column, nw.when)
    return cleaned
