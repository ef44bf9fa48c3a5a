"""Scores on a Spark cluster: tables or one flat file, from and to any path that Spark knows.

Spark splits the applicants into tasks and repeats those that a lost worker had; `spark_tasks` is
what a task does.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from credit_scoring.batch.output_files import OUTPUT_COLUMNS
from credit_scoring.batch.rejections import Rejection
from credit_scoring.batch.score_file import FIRST_REJECTED, ScoreCounts
from credit_scoring.batch.spark_output import require_new_output, write_on_spark
from credit_scoring.batch.spark_tasks import (
    FIRST_FILE,
    FIRST_ROW,
    RESULT,
    ScoringTask,
    score_batches,
)
from credit_scoring.bundle.bundle_files import BundleFiles
from credit_scoring.bundle.read_bundle import parse_bundle_manifest
from credit_scoring.errors import TableError
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.features.engines.spark import applicants_on_spark, set_partitions
from credit_scoring.features.engines.spark_tables import (
    APPLICATION,
    SOURCE_FILE,
    SOURCE_ROW,
    open_on_spark,
    read_tables_on_spark,
    with_source_rows,
)
from credit_scoring.spark.arrow import spark_schema
from credit_scoring.tables.table_errors import join_names

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

FLAT_SUFFIXES = (".parquet", ".csv", ".csv.gz")
ORDER = "order"  # of a row among all
KEY = "key"


@dataclass(frozen=True)
class SparkOptions:
    """The outputs, folders that Spark writes, CSV or Parquet by their names; see `ScoreOptions`.

    `identifier` is the column that identifies an applicant in a flat file.
    """

    out: str
    rejected: str
    identifier: str | None = APPLICANT_KEY
    reasons: bool = False


def score_on_spark(
    spark: "SparkSession", bundle_files: BundleFiles, data: str, options: SparkOptions
) -> ScoreCounts:
    """Score the applicants at `data`: one flat file by its suffix, else a folder of tables.

    SettingError if an output exists; TableError if the data cannot be used.
    """
    for path in (options.out, options.rejected):
        require_new_output(spark, path)
    manifest = parse_bundle_manifest(bundle_files, "the bundle")
    names = [feature.name for feature in manifest.features if feature.is_requested]
    broadcast = spark.sparkContext.broadcast(bundle_files)
    model = broadcast, manifest.pickle["sha256"]
    if data.rstrip("/").endswith(FLAT_SUFFIXES):
        applicants = _flat_applicants(spark, data, names, options.identifier)
        task = ScoringTask(*model, options.identifier, options.reasons)
    else:
        tables = read_tables_on_spark(spark, data, labelled=None)
        set_partitions(tables[APPLICATION])
        tables[APPLICATION] = _with_first_rows(tables[APPLICATION], APPLICANT_KEY)
        applicants = applicants_on_spark(tables, names)
        task = ScoringTask(*model, APPLICANT_KEY, options.reasons, frozenset(tables))
    results = applicants.mapInArrow(partial(score_batches, task=task), spark_schema(RESULT))
    return _write_results(results, applicants, task, options)


def _flat_applicants(
    spark: "SparkSession", path: str, names: list[str], identifier: str | None
) -> "DataFrame":
    """The requested columns of a flat file, and what `_with_first_rows` adds."""
    frame = open_on_spark(spark, path)
    if frame is None:
        raise TableError(f"{path} does not exist: give a file or a folder that Spark can read")
    columns = list(dict.fromkeys(names if identifier is None else [*names, identifier]))
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise TableError(
            f"{path} does not have {join_names(missing)}, which the model requests: add the "
            "columns, empty where a value is not known"
        )
    numbered = with_source_rows(frame).select(*columns, SOURCE_FILE, SOURCE_ROW)
    return numbered if identifier is None else _with_first_rows(numbered, identifier)


def _with_first_rows(frame: "DataFrame", identifier: str) -> "DataFrame":
    """The rows with FIRST_FILE and FIRST_ROW, null unless an earlier row has the identifier.

    Only the identifiers are shuffled; those in several rows are few and sent to every executor.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415 - PySpark is optional

    key = f.nullif(f.trim(f.col(identifier).cast("string")), f.lit(""))
    ordered = frame.withColumn(ORDER, f.monotonically_increasing_id()).withColumn(KEY, key)
    first = f.min_by(f.struct(ORDER, SOURCE_FILE, SOURCE_ROW), f.col(ORDER)).alias("first")
    groups = ordered.where(f"{KEY} IS NOT NULL").groupBy(KEY).agg(first, f.count("*").alias("n"))
    joined = ordered.join(f.broadcast(groups.where("n > 1")), KEY, "left")
    is_later = f.col(ORDER) > f.col(f"first.{ORDER}")
    columns = [
        f.when(is_later, f.col(f"first.{source}")).alias(name)
        for source, name in ((SOURCE_FILE, FIRST_FILE), (SOURCE_ROW, FIRST_ROW))
    ]
    return joined.select(*frame.columns, *columns)


def _write_results(
    results: "DataFrame", applicants: "DataFrame", task: ScoringTask, options: SparkOptions
) -> ScoreCounts:
    """Write both outputs, each complete or not at all; computed once, the scores are kept."""
    from pyspark import StorageLevel  # noqa: PLC0415 - PySpark is optional

    results = results.persist(StorageLevel.MEMORY_AND_DISK)
    counts = _counts(results)
    if not (counts.scored or counts.rejected):
        raise TableError("the data has no rows: give a table with one row per loan")
    scored = results.where("reason IS NULL")
    rejected = results.where("reason IS NOT NULL")
    write_on_spark(rejected.select("file", "row", "id", "field", "reason"), options.rejected)
    identifier = task.identifier
    stored_type = None if identifier is None else dict(applicants.dtypes)[identifier]
    write_on_spark(scored.select(*_output_columns(identifier, stored_type, options)), options.out)
    results.unpersist()
    return counts


def _output_columns(
    identifier: str | None, stored_type: str | None, options: SparkOptions
) -> "list[Column]":
    """The columns of the scores, as on one machine: the identifier or the row comes first."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - PySpark is optional

    names = ["probability", "score", "decision", *["reasons"] * options.reasons]
    values = [f.col(name) for name in names]
    if identifier is None:
        return [f.col("row"), *values]
    is_integer = stored_type in {"tinyint", "smallint", "int", "bigint"}
    key = f.col("id").cast(str(stored_type)) if is_integer else f.col("id")
    return [key.alias("id" if identifier in OUTPUT_COLUMNS else identifier), *values]


def _counts(results: "DataFrame") -> ScoreCounts:
    from pyspark.sql import functions as f  # noqa: PLC0415 - PySpark is optional

    is_rejected = f.col("reason").isNotNull()
    row = f.struct("file", "row", "id")
    totals = results.agg(
        f.count_if(~is_rejected), f.sum("score"), f.countDistinct(f.when(is_rejected, row))
    ).first()
    first = results.where(is_rejected).orderBy("file", "row").limit(FIRST_REJECTED)
    rejections = first.select("row", "id", "field", "reason").collect()
    scored, refused, rejected = totals or (0, 0, 0)
    return ScoreCounts(scored, refused or 0, rejected, [Rejection(*row) for row in rejections])
