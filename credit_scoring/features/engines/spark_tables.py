"""Reads the source tables on a Spark cluster, from any path that Spark knows."""

from typing import TYPE_CHECKING

from credit_scoring.contracts.contract import Table, contracts
from credit_scoring.errors import TableError
from credit_scoring.tables.source_files import file_stem
from credit_scoring.tables.table_errors import join_names

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

APPLICATION = "application"
SOURCE_FILE = "source file"  # of an applicant's row
SOURCE_ROW = "source row"  # from 1; null in a CSV file, which Spark does not count


def read_tables_on_spark(
    spark: "SparkSession", folder: str, *, labelled: bool | None = True
) -> dict[str, "DataFrame"]:
    """Every source table in `folder` (any path Spark reads), Parquet or else CSV, by contract name.

    The columns are as stored; those of a CSV are text. `labelled` selects the application file as
    in `read_tables`; its rows have SOURCE_FILE and SOURCE_ROW, too. A side table may be absent.
    Raises TableError for a missing application table or column.
    """
    frames = {
        table.name: _read_table(spark, folder, table, labelled=labelled)
        for table in contracts().values()
    }
    tables = {name: frame for name, frame in frames.items() if frame is not None}
    if APPLICATION not in tables:
        raise TableError(
            f"{folder} has no application table that Spark can read: expected Parquet or CSV files"
        )
    return tables


def open_on_spark(spark: "SparkSession", path: str) -> "DataFrame | None":
    """The table at `path`, CSV or Parquet by its name; None if there is none."""
    from pyspark.errors import AnalysisException  # noqa: PLC0415 - PySpark is optional

    is_parquet = path.rstrip("/").endswith(".parquet")
    try:
        frame: DataFrame = (
            spark.read.parquet(path) if is_parquet else spark.read.csv(path, header=True)
        )
    except AnalysisException as error:
        if "PATH_NOT_FOUND" not in str(error):
            raise
        return None
    return frame


def with_source_rows(frame: "DataFrame") -> "DataFrame":
    """The table with SOURCE_FILE and SOURCE_ROW."""
    from pyspark.errors import AnalysisException  # noqa: PLC0415 - PySpark is optional
    from pyspark.sql import functions  # noqa: PLC0415

    file = functions.col("_metadata.file_name").alias(SOURCE_FILE)
    row = functions.col("_metadata.row_index") + 1
    try:
        return frame.select("*", file, row.alias(SOURCE_ROW))
    except AnalysisException:  # only Parquet files have the index
        return frame.select("*", file, functions.lit(None).cast("bigint").alias(SOURCE_ROW))


def _read_table(
    spark: "SparkSession", folder: str, table: Table, *, labelled: bool | None
) -> "DataFrame | None":
    """The rows of a table's files: of both application files if `labelled` is None."""
    choices = (True, False) if labelled is None else (labelled,)
    stems = dict.fromkeys(file_stem(table, labelled=choice) for choice in choices)
    frames = [_read_file(spark, folder, stem, table, labelled=labelled) for stem in stems]
    found = [frame for frame in frames if frame is not None]
    if not found:
        return None
    rows = found[0]
    for frame in found[1:]:
        rows = rows.unionByName(frame, allowMissingColumns=True)
    return rows


def _read_file(
    spark: "SparkSession", folder: str, stem: str, table: Table, *, labelled: bool | None
) -> "DataFrame | None":
    for suffix in (".parquet", ".csv", ".csv.gz"):
        frame = open_on_spark(spark, f"{folder.rstrip('/')}/{stem}{suffix}")
        if frame is not None:
            columns = _columns(frame, table, f"{folder}/{stem}", labelled=labelled)
            if table.name != APPLICATION:
                return frame.select(*columns)
            return with_source_rows(frame).select(*columns, SOURCE_FILE, SOURCE_ROW)
    return None


def _columns(frame: "DataFrame", table: Table, name: str, *, labelled: bool | None) -> list[str]:
    """The contract's columns; TableError if one is missing. The target only if requested."""
    targets = {c.name for c in table.columns if c.use == "target"}
    required = {c.name for c in table.columns if c.is_recorded} | (targets if labelled else set())
    missing = [c.name for c in table.columns if c.name not in frame.columns and c.name in required]
    if missing:
        raise TableError(
            f"{name} does not have {join_names(missing)}: add the column, or leave out a side "
            "table's file"
        )
    left_out = targets if labelled is False else set()
    return [c.name for c in table.columns if c.name in frame.columns and c.name not in left_out]
