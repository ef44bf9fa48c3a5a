"""Earlier applications at this lender: all, approved, refused."""

from credit_scoring.features.aggregate import Derived, Group, SideTable
from credit_scoring.features.formula import column

DERIVED = (
    Derived("asked_rate", column("AMT_APPLICATION") / column("AMT_CREDIT"), "ratio", "amount asked for per amount granted", 0),
    Derived("annuity_rate", column("AMT_ANNUITY") / column("AMT_CREDIT"), "ratio", "yearly repayment per amount granted", 0),
    Derived("repaid_rate", column("AMT_ANNUITY") * column("CNT_PAYMENT") / column("AMT_CREDIT"), "ratio", "all payments per amount granted: what the loan costs", 0),
    Derived("ended_early", column("DAYS_LAST_DUE_1ST_VERSION") - column("DAYS_LAST_DUE"), "days", "days the loan ended before it was first planned to"),
)  # fmt: skip
SIDE = SideTable(
    "previous_application",
    "previous",
    DERIVED,
    (
        Group("", "earlier applications"),
        Group("approved", "approved earlier applications", "NAME_CONTRACT_STATUS", "Approved"),
        Group("refused", "refused earlier applications", "NAME_CONTRACT_STATUS", "Refused"),
    ),
)
