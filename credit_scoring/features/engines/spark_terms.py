"""The term model of tables on a Spark cluster: the loans are drawn there, the driver fits.

The loans are those that `earlier_loans` draws from the same tables on one machine, so both engines
compute the same features. The driver holds MAX_LOANS loans at most.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.engines.spark import typed_rows
from credit_scoring.loan_price.fit_term_model import (
    APPLICANT_KEY,
    TABLE,
    EarlierLoans,
    FittedTerms,
    drawn_rows,
    fit_to_loans,
    price_list_loans,
)
from credit_scoring.spark.arrow import spark_schema, to_batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

COLUMNS = (
    APPLICANT_KEY, "NAME_CONTRACT_TYPE", "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE",
    "CNT_PAYMENT",
)  # fmt: skip
LOANS = pl.Schema(
    {
        "applicant": pl.Int64,
        "term": pl.Int64,
        "credit": pl.Float64,
        "annuity": pl.Float64,
        "goods": pl.Float64,
    }
)
NUMBER = "number"
ROW_BITS = 33  # of Spark's monotonically_increasing_id; the partition is above them


def fit_terms_on_spark(tables: Mapping[str, "DataFrame"], seed: int) -> FittedTerms | None:
    """As `fit_terms`, of tables on a cluster."""
    if TABLE not in tables:
        return None
    return fit_to_loans(earlier_loans_on_spark(tables[TABLE], seed), seed)


def earlier_loans_on_spark(previous_application: "DataFrame", seed: int) -> EarlierLoans:
    """As `earlier_loans`, of a table on a cluster."""
    from pyspark.sql import functions  # noqa: PLC0415 - PySpark is optional

    rows = previous_application.select(*COLUMNS)
    loans = rows.mapInArrow(_loan_batches, spark_schema(LOANS)).orderBy(*LOANS)
    # Persisted, because another run of the same plan may divide the rows otherwise.
    numbered = loans.withColumn(NUMBER, functions.monotonically_increasing_id()).persist()
    numbers = [(number,) for number in _drawn_numbers(numbered, seed)]
    drawn = numbered.sparkSession.createDataFrame(numbers, f"{NUMBER} bigint")
    chosen = numbered.join(functions.broadcast(drawn), NUMBER, "left_semi").select(*LOANS)
    table = pl.DataFrame(pl.from_arrow(chosen.toArrow()), schema=LOANS)
    numbered.unpersist()
    return EarlierLoans.of_rows(table.sort(pl.all()))


def _drawn_numbers(numbered: "DataFrame", seed: int) -> list[int]:
    """The numbers of the rows that `drawn_rows` chooses; a partition has consecutive ones."""
    from pyspark.sql import functions  # noqa: PLC0415 - PySpark is optional

    partition = functions.shiftright(NUMBER, ROW_BITS).alias("partition")
    sizes = numbered.groupBy(partition).count().orderBy("partition").collect()
    firsts = np.array([row["partition"] << ROW_BITS for row in sizes], dtype=np.int64)
    ends = np.cumsum([row["count"] for row in sizes], dtype=np.int64)
    positions = drawn_rows(int(ends[-1]) if sizes else 0, seed)
    places = np.searchsorted(ends, positions, side="right")
    starts = np.concatenate([[0], ends])
    return [int(n) for n in firsts[places] + positions - starts[places]]


def _loan_batches(batches: Iterator[Any]) -> Iterator[Any]:
    """Run by Spark's Python workers: batches of earlier applications to batches of loans."""
    for batch in batches:
        rows = pl.DataFrame(pl.from_arrow(batch))
        yield from to_batches(price_list_loans(typed_rows(rows, contracts()[TABLE])).collect())
