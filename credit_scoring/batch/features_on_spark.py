"""Features of whole tables on a Spark cluster, on any path that Spark reads and writes."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from credit_scoring.batch.feature_file import TERMS_SEED, has_fitted
from credit_scoring.batch.spark_output import require_new_output, write_on_spark
from credit_scoring.features.engines.spark import build_features_on_spark
from credit_scoring.features.engines.spark_tables import APPLICATION, read_tables_on_spark
from credit_scoring.features.engines.spark_terms import fit_terms_on_spark
from credit_scoring.loan_price.term_model import TermModel

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def write_features_on_spark(
    spark: "SparkSession",
    data: str,
    out: str,
    names: Collection[str] | None = None,
    term_model: TermModel | None = None,
) -> int:
    """Write the features of every applicant at `data`; return the number of applicants.

    Fitted features come from the `term_model`; without one, it is fitted to the tables.
    Columns as those of `write_feature_file`, in no order of the rows. SettingError if `out` exists;
    TableError or FeatureError if the tables do not give such features.
    """
    require_new_output(spark, out)
    tables = read_tables_on_spark(spark, data, labelled=None)
    if term_model is None and has_fitted(names):
        terms = fit_terms_on_spark(tables, TERMS_SEED)
        term_model = terms.model if terms else None
    write_on_spark(build_features_on_spark(tables, names, term_model), out)
    return int(tables[APPLICATION].count())
