"""Features of whole tables on a Spark cluster, on any path that Spark reads and writes."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from credit_scoring.batch.spark_output import require_new_output, write_on_spark
from credit_scoring.features.engines.spark import build_features_on_spark
from credit_scoring.features.engines.spark_tables import APPLICATION, read_tables_on_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def write_features_on_spark(
    spark: "SparkSession", data: str, out: str, names: Collection[str] | None = None
) -> int:
    """Write the features of every applicant at `data`; return the number of applicants.

    Columns as those of `write_feature_file`, in no order of the rows. SettingError if `out` exists;
    TableError or FeatureError if the tables do not give such features.
    """
    require_new_output(spark, out)
    tables = read_tables_on_spark(spark, data, labelled=None)
    write_on_spark(build_features_on_spark(tables, names), out)
    return int(tables[APPLICATION].count())
