"""Monthly balances of earlier point-of-sale and cash loans."""

from credit_scoring.features.definitions.side_table import (
    DerivedColumn,
    RowGroup,
    SideTable,
    last_months,
)
from credit_scoring.features.formula.tree import column, is_positive

DERIVED = (
    DerivedColumn("left_rate", column("CNT_INSTALMENT_FUTURE") / column("CNT_INSTALMENT"), "ratio", "instalments left per instalments in all", 0),
    DerivedColumn("past_due", is_positive(column("SK_DPD")), "share", "whether past due (1 yes, 0 no)", 0, 1),
    DerivedColumn("past_due_tolerant", is_positive(column("SK_DPD_DEF")), "share", "whether past due, small debts ignored (1 yes, 0 no)", 0, 1),
)  # fmt: skip
RECENT_NUMBERS = (
    "days_past_due",
    "days_past_due_tolerant",
    "past_due",
    "past_due_tolerant",
    "left_rate",
    "instalments_left",
)
GROUPS = (
    RowGroup("", "months of earlier instalment loans"),
    *(last_months(months, RECENT_NUMBERS, "earlier instalment loans") for months in (3, 6, 12)),
)
SIDE_TABLE = SideTable("pos_cash_balance", "pos", DERIVED, GROUPS)
