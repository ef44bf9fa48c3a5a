"""The rows of a side table, with the monthly balances summarised per credit of the bureau.

Narwhals expressions: the same code runs on any table library.
"""

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from credit_scoring.features.definitions.side_table import SideTable

CREDIT_KEY = "SK_ID_BUREAU"
WORST_STATUS = 5  # codes 0 to 5 are the levels "0" to "5", months past due
CLOSED_STATUS = 6  # code of the level "C"; "X" (unknown) comes after it
LAST_YEAR = -12  # months


def side_table_rows(side: SideTable, tables: Mapping[str, Any]) -> nw.LazyFrame[Any]:
    """The rows of a side table; those of the bureau with the columns joined to them."""
    rows: nw.LazyFrame[Any] = nw.from_native(tables[side.name])
    if side.name != "bureau" or "bureau_balance" not in tables:
        return rows
    summary = balances_per_credit(nw.from_native(tables["bureau_balance"]))
    return rows.join(summary, on=CREDIT_KEY, how="left")


def balances_per_credit(balance: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One row per credit: the columns `joined` in bureau.toml."""
    status = nw.col("STATUS")
    known = status <= WORST_STATUS
    past_due = nw.when(known).then((status > 0).cast(nw.Float64))
    past_due_last_year = nw.when(nw.col("MONTHS_BALANCE") >= LAST_YEAR).then(past_due)
    is_closed = (status == CLOSED_STATUS).cast(nw.Float64)
    return balance.group_by(CREDIT_KEY).agg(
        nw.len().alias("balance_months"),
        past_due.mean().alias("balance_past_due"),
        past_due_last_year.mean().alias("balance_past_due_last_year"),
        nw.when(known).then(status).max().alias("balance_worst"),
        is_closed.mean().alias("balance_closed"),
    )
