"""Monthly balances of earlier point-of-sale and cash loans."""

from credit_scoring.features.aggregate import Derived, Group, SideTable
from credit_scoring.features.formula import column, is_positive

DERIVED = (
    Derived("left_rate", column("CNT_INSTALMENT_FUTURE") / column("CNT_INSTALMENT"), "ratio", "instalments left per instalments in all", 0),
    Derived("past_due", is_positive(column("SK_DPD")), "share", "1 when the month was past due", 0, 1),
    Derived("past_due_tolerant", is_positive(column("SK_DPD_DEF")), "share", "1 when the month was past due, small debts ignored", 0, 1),
)  # fmt: skip
SIDE = SideTable("pos_cash_balance", "pos", DERIVED, (Group("", "months of earlier instalment loans"),))
