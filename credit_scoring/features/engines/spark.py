"""Reads the tables and computes every feature on a Spark cluster, by the same definitions.

Needs PySpark (requirements-spark.txt) and Java 17. `make test-spark` compares each feature with
the local engine.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from credit_scoring.contracts.column_check import is_known_level, null_if_sentinel
from credit_scoring.contracts.contract import Column, Table, contracts
from credit_scoring.contracts.scalar_check import level_codes
from credit_scoring.errors import TableError
from credit_scoring.features.catalogue import catalogue, side_tables
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.features.engines.narwhals_aggregates import aggregate_rows
from credit_scoring.features.engines.side_table_rows import side_table_rows
from credit_scoring.features.feature import Feature
from credit_scoring.features.formula.frames import as_float32, frame_expression, or_zero

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

DTYPES = {
    "int8": nw.Int8,
    "int16": nw.Int16,
    "int32": nw.Int32,
    "float32": nw.Float32,
    "category": nw.Int8,
}


def read_tables_on_spark(
    spark: "SparkSession", folder: str, *, labelled: bool = True
) -> dict[str, "DataFrame"]:
    """Every source table in `folder` (any path Spark reads), Parquet or else CSV, by contract name.

    Categories become codes, the sentinel values null, as in `tables.read_tables`. A
    side table may be absent. Raises TableError for a missing application table or a level that the
    contract does not know.
    """
    tables = {}
    for table in contracts().values():
        stem = table.file if labelled or table.unlabelled_file is None else table.unlabelled_file
        frame = _open(spark, f"{folder}/{stem}")
        if frame is not None:
            tables[table.name] = _by_contract(frame, table, labelled=labelled)
    if "application" not in tables:
        raise TableError(
            f"{folder} does not hold an application table that Spark can read: expected Parquet "
            "or CSV files"
        )
    return tables


def build_features_on_spark(tables: Mapping[str, "DataFrame"]) -> "DataFrame":
    """One row per applicant: SK_ID_CURR, TARGET if known, every feature (categories as codes)."""
    features = catalogue(tables)
    rows = nw.from_native(tables["application"])
    for side in side_tables(tables):
        aggregates = aggregate_rows(side_table_rows(side, tables), side)
        rows = rows.join(aggregates, on=APPLICANT_KEY, how="left")
    rows = rows.with_columns(
        _aggregate(feature)
        for feature in features
        if feature.table != "application" and not feature.inputs
    )
    rows = rows.with_columns(
        frame_expression(ratios_by_name()[feature.name].formula).alias(feature.name)
        for feature in features
        if feature.inputs
    )
    keys = [name for name in (APPLICANT_KEY, "TARGET") if name in rows.columns]
    table: DataFrame = rows.select(*keys, *(feature.name for feature in features)).to_native()
    return table


def _aggregate(feature: Feature) -> nw.Expr:
    """0 for sums over no rows; missing if too large for 32 bits, when it is infinite."""
    values = nw.col(feature.name)
    filled = or_zero(values) if feature.empty == "zero" else values
    return as_float32(filled).alias(feature.name)


def _open(spark: "SparkSession", path: str) -> "DataFrame | None":
    from pyspark.errors import AnalysisException  # noqa: PLC0415 - PySpark is optional

    read_csv = spark.read.option("header", "true").csv
    for read, file in ((spark.read.parquet, f"{path}.parquet"), (read_csv, f"{path}.csv")):
        try:
            frame: DataFrame = read(file)
        except AnalysisException as error:
            if "PATH_NOT_FOUND" not in str(error):
                raise
        else:
            return frame
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
    """The codes of a category, or the numbers; null for NaN and sentinel values."""
    values = nw.col(column.name)
    if column.is_category:
        return values.replace_strict(level_codes(column), default=None, return_dtype=nw.Int8)
    numbers = values.cast(nw.Float64)
    not_nan = nw.when(~numbers.is_nan()).then(numbers)
    cleaned: nw.Expr = null_if_sentinel(not_nan, column, nw.when)
    return cleaned
