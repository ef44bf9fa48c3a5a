"""Monthly balances of earlier credit cards: utilisation, drawings, months past due."""

from credit_scoring.features.definitions.side_table import (
    DerivedColumn,
    RowGroup,
    SideTable,
    last_months,
)
from credit_scoring.features.formula.tree import column, is_positive

DERIVED = (
    DerivedColumn("utilisation", column("AMT_BALANCE") / column("AMT_CREDIT_LIMIT_ACTUAL"), "ratio", "balance per credit limit"),
    DerivedColumn("drawings_rate", column("AMT_DRAWINGS_CURRENT") / column("AMT_CREDIT_LIMIT_ACTUAL"), "ratio", "drawings per credit limit"),
    DerivedColumn("cash_rate", column("AMT_DRAWINGS_ATM_CURRENT") / column("AMT_DRAWINGS_CURRENT"), "ratio", "share of the drawings taken as cash"),
    DerivedColumn("minimum_paid_rate", column("AMT_PAYMENT_CURRENT") / column("AMT_INST_MIN_REGULARITY"), "ratio", "payment per least instalment due", 0),
    DerivedColumn("past_due", is_positive(column("SK_DPD")), "share", "whether past due (1 yes, 0 no)", 0, 1),
    DerivedColumn("past_due_tolerant", is_positive(column("SK_DPD_DEF")), "share", "whether past due, small debts ignored (1 yes, 0 no)", 0, 1),
)  # fmt: skip
RECENT_NUMBERS = (
    "balance", "limit", "drawings", "drawings_atm", "payment", "utilisation", "drawings_rate", "cash_rate",
    "minimum_paid_rate", "days_past_due", "past_due", "past_due_tolerant",
)  # fmt: skip
GROUPS = (
    RowGroup("", "months of earlier credit cards"),
    *(last_months(months, RECENT_NUMBERS, "earlier credit cards") for months in (3, 6, 12)),
)
SIDE_TABLE = SideTable("credit_card_balance", "card", DERIVED, GROUPS)
