"""Credits elsewhere (bureau) with their monthly balances (bureau_balance): groups and columns."""

from functools import cache

from credit_scoring.features.definitions.side_table import (
    DerivedColumn,
    RowGroup,
    SideTable,
    number_column,
)
from credit_scoring.features.formula.tree import column, is_positive

CREDIT_KEY = "SK_ID_BUREAU"
DERIVED = (
    DerivedColumn("debt_rate", column("AMT_CREDIT_SUM_DEBT") / column("AMT_CREDIT_SUM"), "ratio", "debt still owed per amount of the credit"),
    DerivedColumn("overdue_rate", column("AMT_CREDIT_SUM_OVERDUE") / column("AMT_CREDIT_SUM"), "ratio", "amount overdue per amount of the credit", 0),
    DerivedColumn("duration", column("DAYS_CREDIT_ENDDATE") - column("DAYS_CREDIT"), "days", "planned length of the credit"),
    DerivedColumn("ended_early", column("DAYS_CREDIT_ENDDATE") - column("DAYS_ENDDATE_FACT"), "days", "days a closed credit ended before its planned end"),
    DerivedColumn("was_overdue", is_positive(column("AMT_CREDIT_MAX_OVERDUE")), "share", "whether it was ever overdue (1 yes, 0 no)", 0, 1),
)  # fmt: skip
# Summaries of a credit's monthly balances, joined to its row.
BALANCE_COLUMNS = (
    number_column("balance_months", "months", "months of reported balances", 0, None),
    number_column("balance_past_due", "share", "share of the known months past due", 0, 1),
    number_column("balance_past_due_last_year", "share", "share of the known months of the last year past due", 0, 1),
    number_column("balance_worst", "status", "worst status of a month, 0 not past due to 5 written off", 0, 5),
    number_column("balance_closed", "share", "share of months in which the credit was closed", 0, 1),
)  # fmt: skip
GROUP_NUMBERS = (
    "days_credit",
    "credit",
    "debt",
    "overdue",
    "max_overdue",
    "annuity",
    "debt_rate",
    "was_overdue",
)
GROUP_STATISTICS = ("max", "mean", "sum")
GROUPS = (
    RowGroup("", "credits elsewhere"),
    RowGroup("active", "active credits elsewhere", "CREDIT_ACTIVE", "Active", shares=("type",), statistics=GROUP_STATISTICS),
    RowGroup("closed", "closed credits elsewhere", "CREDIT_ACTIVE", "Closed", shares=("type",), statistics=GROUP_STATISTICS),
    RowGroup("last_year", "credits elsewhere applied for in the last year", "DAYS_CREDIT", at_least=-365, numbers=GROUP_NUMBERS, shares=("status",), statistics=GROUP_STATISTICS),
    RowGroup("consumer", "consumer credits elsewhere", "CREDIT_TYPE", "Consumer credit", numbers=GROUP_NUMBERS, shares=("status",), statistics=GROUP_STATISTICS),
    RowGroup("card", "credit cards elsewhere", "CREDIT_TYPE", "Credit card", numbers=(*GROUP_NUMBERS, "limit"), shares=("status",), statistics=GROUP_STATISTICS),
    RowGroup("microloan", "microloans elsewhere", "CREDIT_TYPE", "Microloan", numbers=GROUP_NUMBERS, shares=("status",), statistics=GROUP_STATISTICS),
)  # fmt: skip
WORST_STATUS = 5  # codes 0 to 5 are the levels "0" to "5", months past due
CLOSED_STATUS = 6  # code of the level "C"; "X" (unknown) comes after it
LAST_YEAR = -12  # months


@cache
def side_table(*, with_balance: bool) -> SideTable:
    """The bureau's features, `with_balance` including those of its monthly balances."""
    extra = BALANCE_COLUMNS if with_balance else ()
    return SideTable("bureau", "bureau", DERIVED, GROUPS, extra)
