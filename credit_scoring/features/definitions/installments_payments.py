"""Payments on earlier credits: how late, how short."""

from credit_scoring.features.definitions.side_table import DerivedColumn, RowGroup, SideTable
from credit_scoring.features.formula.tree import column, is_positive, positive

LATE = column("DAYS_ENTRY_PAYMENT") - column("DAYS_INSTALMENT")
SHORT = column("AMT_INSTALMENT") - column("AMT_PAYMENT")
DERIVED = (
    DerivedColumn("days_late", positive(LATE), "days", "days paid after the due date", 0),
    DerivedColumn("days_early", positive(column("DAYS_INSTALMENT") - column("DAYS_ENTRY_PAYMENT")), "days", "days paid before the due date", 0),
    DerivedColumn("late", is_positive(LATE), "share", "whether paid late (1 yes, 0 no)", 0, 1),
    DerivedColumn("shortfall", positive(SHORT), "currency", "amount due but not paid", 0),
    DerivedColumn("short", is_positive(SHORT), "share", "whether less was paid than due (1 yes, 0 no)", 0, 1),
    DerivedColumn("paid_rate", column("AMT_PAYMENT") / column("AMT_INSTALMENT"), "ratio", "amount paid per amount due", 0),
)  # fmt: skip
RECENT_NUMBERS = ("days_late", "days_early", "late", "shortfall", "short", "paid_rate", "payment")
GROUPS = (
    RowGroup("", "payments on earlier credits"),
    RowGroup("last_year", "payments due in the last year", "DAYS_INSTALMENT", at_least=-365, numbers=RECENT_NUMBERS, statistics=("max", "mean", "sum")),
    RowGroup("last_3_months", "payments due in the last 90 days", "DAYS_INSTALMENT", at_least=-90, numbers=RECENT_NUMBERS, statistics=("max", "mean", "sum")),
    RowGroup("last_5", "the last 5 payments due", "DAYS_INSTALMENT", last=5, numbers=RECENT_NUMBERS, statistics=("max", "mean", "sum")),
)  # fmt: skip
SIDE_TABLE = SideTable("installments_payments", "instalments", DERIVED, GROUPS)
