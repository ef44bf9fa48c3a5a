"""The same definitions on a Spark cluster: reading by the contracts, and every feature of every applicant.

Needs PySpark (requirements-spark.txt) and Java 17. `make test-spark` compares each feature with Polars.
"""

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows it by

from credit_scoring.contracts.contract import Column, Table, contracts
from credit_scoring.errors import TableError
from credit_scoring.features.assemble import rows_of
from credit_scoring.features.catalogue import catalogue, side_tables
from credit_scoring.features.definitions import row_ratios
from credit_scoring.features.definitions.side_table import KEY
from credit_scoring.features.feature import Feature
from credit_scoring.features.formula.frames import on_table
from credit_scoring.features.formula.tree import LARGEST
from credit_scoring.features.statistics import per_applicant

if TYPE_CHECKING:
    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame, SparkSession

TYPES = {
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "float32": "float",
    "category": "tinyint",
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
        table = table.join(per_applicant(rows_of(side, tables), side), on=KEY, how="left")
    filled = table.with_columns(
        *(_filled(f) for f in listed if f.table != "application" and not f.inputs)
    )
    ratios = [
        on_table(ratio.formula).alias(ratio.name)
        for ratio in row_ratios.available([f.name for f in listed])
    ]
    first = [name for name in (KEY, "TARGET") if name in table.columns]
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
    columns = [c for c in table.columns if labelled or c.use != "target"]
    _check_levels(frame, table, [c for c in columns if c.is_category])
    return frame.select(*(_clean(c).cast(TYPES[c.dtype]).alias(c.name) for c in columns))


def _check_levels(frame: "DataFrame", table: Table, categories: list[Column]) -> None:
    if not categories:
        return
    unknown = [
        F.sum((~F.col(c.name).isin(*c.levels, *c.missing)).cast("int")).alias(c.name)
        for c in categories
    ]
    (counts,) = frame.agg(*unknown).collect()
    wrong = [f"{c.name} ({counts[c.name]} rows)" for c in categories if counts[c.name]]
    if wrong:
        raise TableError(
            f"{table.file} has levels that the contract does not know in {', '.join(wrong)}"
        )


def _clean(column: Column) -> "SparkColumn":
    value = F.col(column.name)
    if column.is_category:
        codes: list[Any] = [
            F.when(value == level, code) for code, level in enumerate(column.levels)
        ]
        return F.coalesce(*codes) if len(codes) > 1 else reduce(lambda one, _: one, codes)
    number = value.cast("double")
    known = (
        ~F.isnan(number)
        if column.sentinel is None
        else ~F.isnan(number) & (number != column.sentinel)
    )
    return F.when(known, number)
