"""Payments on earlier credits: how late, how short."""

from credit_scoring.features.definitions.side_table import Derived, Group, SideTable
from credit_scoring.features.formula.tree import column, is_positive, positive

LATE = column("DAYS_ENTRY_PAYMENT") - column("DAYS_INSTALMENT")
SHORT = column("AMT_INSTALMENT") - column("AMT_PAYMENT")
DERIVED = (
    Derived("days_late", positive(LATE), "days", "days paid after the due date", 0),
    Derived("days_early", positive(column("DAYS_INSTALMENT") - column("DAYS_ENTRY_PAYMENT")), "days", "days paid before the due date", 0),
    Derived("late", is_positive(LATE), "share", "whether paid late (1 yes, 0 no)", 0, 1),
    Derived("shortfall", positive(SHORT), "currency", "amount due but not paid", 0),
    Derived("short", is_positive(SHORT), "share", "whether less was paid than due (1 yes, 0 no)", 0, 1),
    Derived("paid_rate", column("AMT_PAYMENT") / column("AMT_INSTALMENT"), "ratio", "amount paid per amount due", 0),
)  # fmt: skip
RECENT = ("days_late", "days_early", "late", "shortfall", "short", "paid_rate", "payment")
GROUPS = (
    Group("", "payments on earlier credits"),
    Group("last_year", "payments due in the last year", "DAYS_INSTALMENT", at_least=-365, numbers=RECENT, statistics=("max", "mean", "sum")),
    Group("last_3_months", "payments due in the last 90 days", "DAYS_INSTALMENT", at_least=-90, numbers=RECENT, statistics=("max", "mean", "sum")),
    Group("last_5", "the last 5 payments due", "DAYS_INSTALMENT", last=5, numbers=RECENT, statistics=("max", "mean", "sum")),
)  # fmt: skip
SIDE = SideTable("installments_payments", "instalments", DERIVED, GROUPS)
