"""Outputs on a Spark cluster: folders of CSV or Parquet files."""

from typing import TYPE_CHECKING

from credit_scoring.batch.output_files import BETWEEN_REASONS
from credit_scoring.errors import SettingError
from credit_scoring.features.engines.spark_tables import open_on_spark
from credit_scoring.spreadsheet_text import FORMULA_STARTS

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession


def write_on_spark(frame: "DataFrame", path: str) -> None:
    """Write a folder of files, CSV or Parquet by its name, complete or not at all."""
    if path.endswith(".csv"):
        frame.select(*map(_csv_column, frame.dtypes)).write.csv(path, header=True)
    else:
        frame.write.parquet(path)


def _csv_column(name_and_type: tuple[str, str]) -> "Column":
    """Lists as one text, and no text that a spreadsheet would run as a formula."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - PySpark is optional

    name, stored_type = name_and_type
    value = f.col(name)
    if stored_type.startswith("array"):
        value = f.concat_ws(BETWEEN_REASONS, value)
    elif stored_type != "string":
        return value
    is_formula = f.substring(value, 1, 1).isin(*FORMULA_STARTS)
    return f.when(is_formula, f.concat(f.lit("'"), value)).otherwise(value).alias(name)


def require_new_output(spark: "SparkSession", path: str) -> None:
    """SettingError unless `path` names a new CSV or Parquet output."""
    if not path.endswith((".csv", ".parquet")):
        raise SettingError(f"{path} has no known suffix: give a name that ends in .parquet or .csv")
    if open_on_spark(spark, path) is not None:
        raise SettingError(f"{path} exists: remove it, or name another output")
