"""Payments on earlier credits: how late, how short."""

from credit_scoring.features.aggregate import Derived, Group, SideTable
from credit_scoring.features.formula import column, is_positive, positive

LATE = column("DAYS_ENTRY_PAYMENT") - column("DAYS_INSTALMENT")
SHORT = column("AMT_INSTALMENT") - column("AMT_PAYMENT")
DERIVED = (
    Derived("days_late", positive(LATE), "days", "days paid after the due date", 0),
    Derived("days_early", positive(column("DAYS_INSTALMENT") - column("DAYS_ENTRY_PAYMENT")), "days", "days paid before the due date", 0),
    Derived("late", is_positive(LATE), "share", "1 when paid after the due date", 0, 1),
    Derived("shortfall", positive(SHORT), "currency", "amount due but not paid", 0),
    Derived("short", is_positive(SHORT), "share", "1 when less was paid than due", 0, 1),
    Derived("paid_rate", column("AMT_PAYMENT") / column("AMT_INSTALMENT"), "ratio", "amount paid per amount due", 0),
)  # fmt: skip
SIDE = SideTable("installments_payments", "instalments", DERIVED, (Group("", "payments on earlier credits"),))
