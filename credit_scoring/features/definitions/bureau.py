"""Credits elsewhere (bureau), with their monthly balances (bureau_balance): all, active, closed."""

from functools import cache
from typing import Any

import narwhals.stable.v2 as nw

from credit_scoring.contracts.contract import Column
from credit_scoring.features.definitions.side_table import Derived, Group, SideTable
from credit_scoring.features.formula.tree import column, is_positive

CREDIT = "SK_ID_BUREAU"
DERIVED = (
    Derived("debt_rate", column("AMT_CREDIT_SUM_DEBT") / column("AMT_CREDIT_SUM"), "ratio", "debt still owed per amount of the credit"),
    Derived("overdue_rate", column("AMT_CREDIT_SUM_OVERDUE") / column("AMT_CREDIT_SUM"), "ratio", "amount overdue per amount of the credit", 0),
    Derived("duration", column("DAYS_CREDIT_ENDDATE") - column("DAYS_CREDIT"), "days", "planned length of the credit"),
    Derived("ended_early", column("DAYS_CREDIT_ENDDATE") - column("DAYS_ENDDATE_FACT"), "days", "days a closed credit ended before its planned end"),
    Derived("was_overdue", is_positive(column("AMT_CREDIT_MAX_OVERDUE")), "share", "whether it was ever overdue (1 yes, 0 no)", 0, 1),
)  # fmt: skip
BALANCE = (
    Column("balance_months", "balance_months", "float32", nullable=True, meaning="months of reported balances", unit="months", minimum=0),
    Column("balance_past_due", "balance_past_due", "float32", nullable=True, meaning="share of the known months past due", unit="share", minimum=0, maximum=1),
    Column("balance_past_due_last_year", "balance_past_due_last_year", "float32", nullable=True, meaning="share of the known months of the last year past due", unit="share", minimum=0, maximum=1),
    Column("balance_worst", "balance_worst", "float32", nullable=True, meaning="worst status of a month, 0 not past due to 5 written off", unit="status", minimum=0, maximum=5),
    Column("balance_closed", "balance_closed", "float32", nullable=True, meaning="share of months in which the credit was closed", unit="share", minimum=0, maximum=1),
)  # fmt: skip
RECENT = (
    "days_credit",
    "credit",
    "debt",
    "overdue",
    "max_overdue",
    "annuity",
    "debt_rate",
    "was_overdue",
)
SOME = ("max", "mean", "sum")
GROUPS = (
    Group("", "credits elsewhere"),
    Group("active", "active credits elsewhere", "CREDIT_ACTIVE", "Active", shares=("type",), statistics=SOME),
    Group("closed", "closed credits elsewhere", "CREDIT_ACTIVE", "Closed", shares=("type",), statistics=SOME),
    Group("last_year", "credits elsewhere applied for in the last year", "DAYS_CREDIT", at_least=-365, numbers=RECENT, shares=("status",), statistics=SOME),
    Group("consumer", "consumer credits elsewhere", "CREDIT_TYPE", "Consumer credit", numbers=RECENT, shares=("status",), statistics=SOME),
    Group("card", "credit cards elsewhere", "CREDIT_TYPE", "Credit card", numbers=(*RECENT, "limit"), shares=("status",), statistics=SOME),
    Group("microloan", "microloans elsewhere", "CREDIT_TYPE", "Microloan", numbers=RECENT, shares=("status",), statistics=SOME),
)  # fmt: skip
WORST = (
    5  # STATUS codes 0 to 5 are the levels "0" to "5"; "C" (closed) and "X" (unknown) come after
)
CLOSED = 6
LAST_YEAR = -12  # months


@cache
def side_table(*, with_balance: bool) -> SideTable:
    """The bureau's features; those of its monthly balances only `with_balance`."""
    return SideTable("bureau", "bureau", DERIVED, GROUPS, BALANCE if with_balance else ())


def prepare(bureau: nw.LazyFrame[Any], balance: nw.LazyFrame[Any] | None) -> nw.LazyFrame[Any]:
    """The bureau's rows, each with the summary of its monthly balances where there are any."""
    return bureau if balance is None else bureau.join(per_credit(balance), on=CREDIT, how="left")


def per_credit(balance: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One row per credit at the bureau: the columns `BALANCE`."""
    status = nw.col("STATUS")
    severity = nw.when(status <= WORST).then(status)
    past_due = nw.when(status <= WORST).then((status > 0).cast(nw.Float64))
    return balance.group_by(CREDIT).agg(
        nw.len().alias("balance_months"),
        past_due.mean().alias("balance_past_due"),
        nw.when(nw.col("MONTHS_BALANCE") >= LAST_YEAR)
        .then(past_due)
        .mean()
        .alias("balance_past_due_last_year"),
        severity.max().alias("balance_worst"),
        (status == CLOSED).cast(nw.Float64).mean().alias("balance_closed"),
    )
