"""Features on a Spark cluster: Spark gathers each applicant's rows, the local engine computes.

Needs PySpark and PyArrow (requirements-spark.txt) and Java 17. The same code runs as on one
machine, so the features are equal bit for bit. Memory depends on the applicants of one Arrow
batch (`spark.sql.execution.arrow.maxRecordsPerBatch`), not on the tables.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from credit_scoring.contracts.contract import Table, contracts
from credit_scoring.errors import FeatureError, TableError
from credit_scoring.features.assemble import (
    FeatureTable,
    build_features,
    computed_columns,
    requested_features,
    uses_side_table,
)
from credit_scoring.features.catalogue import side_tables
from credit_scoring.features.definitions.side_table import APPLICANT_KEY, SideTable
from credit_scoring.features.engines.local import source_columns
from credit_scoring.features.engines.side_table_rows import CREDIT_KEY
from credit_scoring.features.engines.spark_tables import APPLICATION
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.spark.arrow import spark_schema, to_batches
from credit_scoring.tables.scan import DTYPES, typed_frame
from credit_scoring.tables.table_errors import first_line

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

BALANCE = "bureau_balance"
PARTITIONS = "spark.sql.shuffle.partitions"
APPLICANTS_PER_PARTITION = 20_000


def build_features_on_spark(
    tables: Mapping[str, "DataFrame"],
    names: Collection[str] | None = None,
    term_model: TermModel | None = None,
) -> "DataFrame":
    """One row per applicant: SK_ID_CURR, all features or those in `names`, TARGET if known.

    Categories are text. Fitted features need the `term_model`, as in `build_features`.
    Raises FeatureError if an applicant is repeated or a name is unknown.
    """
    set_partitions(tables[APPLICATION])
    _require_unique_applicants(tables[APPLICATION])
    names = [feature.name for feature in requested_features(tables, names, term_model)]
    columns = _output_columns(tables, names, term_model)
    schema = spark_schema(columns)
    compute = partial(
        _feature_batches, present=frozenset(tables), names=names, term_model=term_model
    )
    applicants = applicants_on_spark(tables, names, term_model)
    features: DataFrame = applicants.mapInArrow(compute, schema)
    return features


def set_partitions(applications: "DataFrame") -> None:
    """Set the number of tasks by that of the applicants, unless Spark's configuration sets it.

    Spark's own 200 tasks would be tiny for few applicants, and too large for a hundred million.
    """
    session = applications.sparkSession
    if session.sparkContext.getConf().get(PARTITIONS) is None:
        tasks = -(-applications.count() // APPLICANTS_PER_PARTITION)
        session.conf.set(PARTITIONS, max(tasks, session.sparkContext.defaultParallelism))


def applicants_on_spark(
    tables: Mapping[str, "DataFrame"], names: Collection[str], term_model: TermModel | None = None
) -> "DataFrame":
    """One row per applicant: the application's columns, and the rows of each side table as a list.

    Only the columns that the features in `names` need, and any that no contract has.
    """
    from pyspark.sql import functions  # noqa: PLC0415 - PySpark is optional

    needed = computed_columns(requested_features(tables, names, term_model))
    application = contracts()[APPLICATION]
    unneeded = [
        column.name
        for column in application.columns
        if column.use == "time" or (column.describes_applicant and column.name not in needed)
    ]
    applicants = tables[APPLICATION].drop(*unneeded)
    for name, rows in _histories(tables, needed).items():
        row = functions.struct(*(column for column in rows.columns if column != APPLICANT_KEY))
        history = rows.groupBy(APPLICANT_KEY).agg(functions.collect_list(row).alias(name))
        applicants = applicants.join(history, APPLICANT_KEY, "left")
    return applicants


def side_tables_of_batch(
    applicants: pl.DataFrame, present: Collection[str]
) -> dict[str, pl.LazyFrame]:
    """The side tables `present` of a batch of `applicants_on_spark`, as `read_tables` returns them.

    A table that no feature needs is empty. Raises TableError for a value that does not fit.
    """
    unneeded = {APPLICATION} if BALANCE in applicants.columns else {APPLICATION, BALANCE}
    return {
        name: typed_rows(history_rows(applicants, name), contracts()[name])
        for name in {*present} - unneeded
    }


def _feature_batches(
    batches: Iterator[Any],
    *,
    present: Collection[str],
    names: Collection[str],
    term_model: TermModel | None,
) -> Iterator[Any]:
    """Run by Spark's Python workers: batches of applicants to batches of features."""
    for batch in batches:
        applicants = pl.DataFrame(pl.from_arrow(batch))
        if len(applicants):
            application = typed_rows(applicants, contracts()[APPLICATION])
            tables = {APPLICATION: application, **side_tables_of_batch(applicants, present)}
            table = build_features(tables, names, engine="in-memory", term_model=term_model)
            yield from to_batches(_with_keys(table))


def _with_keys(table: FeatureTable) -> pl.DataFrame:
    """The applicants' keys, the features, and the target if it is known."""
    targets = [] if table.target is None else [table.target]
    return pl.DataFrame([table.applicant, *table.features.get_columns(), *targets])


def _output_columns(
    tables: Mapping[str, "DataFrame"], names: Collection[str], term_model: TermModel | None
) -> pl.Schema:
    """The columns of the result: those of no applicants."""
    empty = {name: _empty(contracts()[name], frame.columns) for name, frame in tables.items()}
    table = build_features(empty, names, engine="in-memory", term_model=term_model)
    return _with_keys(table).schema


def _empty(table: Table, columns: Collection[str] | None = None) -> pl.LazyFrame:
    """The table without rows: all of its columns, or those in `columns`."""
    return pl.LazyFrame(
        schema={
            column.name: DTYPES[column.dtype]
            for column in table.columns
            if columns is None or column.name in columns
        }
    )


def _histories(
    tables: Mapping[str, "DataFrame"], needed: Collection[str]
) -> "dict[str, DataFrame]":
    """The rows of each side table that features need, with the applicant's key."""
    histories = {}
    for side in side_tables(tables):
        if uses_side_table(side, needed):
            columns = {*source_columns(side, needed)}
            if not columns <= side.contract.by_name.keys():
                histories[BALANCE] = _balances(tables)
                columns.add(CREDIT_KEY)
            # A struct needs a column, even if the rows are only counted.
            stored = [c for c in tables[side.name].columns if c in columns] or [_any_column(side)]
            histories[side.name] = tables[side.name].select(APPLICANT_KEY, *stored)
    return histories


def _any_column(side: SideTable) -> str:
    return next(column for column in side.contract.by_name if column != APPLICANT_KEY)


def _balances(tables: Mapping[str, "DataFrame"]) -> "DataFrame":
    """The monthly balances of the bureau's credits, with the applicant's key."""
    owners = tables["bureau"].select(CREDIT_KEY, APPLICANT_KEY)
    balances: DataFrame = tables[BALANCE].join(owners, CREDIT_KEY)
    return balances


def history_rows(applicants: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows of one side table in a batch, with their applicant; none if no feature needs it."""
    if name not in applicants.columns:
        return _empty(contracts()[name]).collect()
    histories = applicants.select(APPLICANT_KEY, name).drop_nulls(name)
    return histories.explode(name).unnest(name)


def typed_rows(rows: pl.DataFrame, table: Table) -> pl.LazyFrame:
    """The rows in the contract's dtypes; TableError names a column with a value that is wrong."""
    columns = [column for column in table.columns if column.name in rows.columns]
    try:
        return typed_frame(rows.lazy(), columns).collect().lazy()
    except pl.exceptions.PolarsError as error:
        raise TableError(
            f"{table.file} has a value that its contract does not allow: {first_line(error)}"
        ) from error


def _require_unique_applicants(applications: "DataFrame") -> None:
    counts = applications.groupBy(APPLICANT_KEY).count()
    repeated = counts.where("count > 1").orderBy(APPLICANT_KEY).first()
    if repeated is not None:
        raise FeatureError(
            f"{APPLICANT_KEY} {repeated[APPLICANT_KEY]} occurs {repeated['count']} times in "
            "the application table: expected one row per applicant"
        )
