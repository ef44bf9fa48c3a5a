"""Earlier applications at this lender: all, approved, refused."""

from credit_scoring.features.definitions.side_table import Derived, Group, SideTable
from credit_scoring.features.formula.tree import column

DERIVED = (
    Derived("asked_rate", column("AMT_APPLICATION") / column("AMT_CREDIT"), "ratio", "amount asked for per amount granted", 0),
    Derived("annuity_rate", column("AMT_ANNUITY") / column("AMT_CREDIT"), "ratio", "monthly repayment per amount granted", 0),
    Derived("repaid_rate", column("AMT_ANNUITY") * column("CNT_PAYMENT") / column("AMT_CREDIT"), "ratio", "all payments per amount granted: what the loan costs", 0),
    Derived("ended_early", column("DAYS_LAST_DUE_1ST_VERSION") - column("DAYS_LAST_DUE"), "days", "days the loan ended before it was first planned to"),
)  # fmt: skip
RECENT = (
    "annuity",
    "application",
    "credit",
    "down_payment_rate",
    "asked_rate",
    "repaid_rate",
    "payments",
    "ended_early",
)
TERMS = (
    *RECENT,
    "down_payment",
    "goods_price",
    "annuity_rate",
    "interest_primary",
    "insured",
    "days_decision",
)
SHARES = ("status", "contract_type")
SOME = ("max", "mean", "sum")


def _decided(status: str, shares: tuple[str, ...]) -> Group:
    return Group(
        status.lower(), f"{status.lower()} earlier applications", "NAME_CONTRACT_STATUS", status, numbers=TERMS,
        shares=shares, statistics=SOME,
    )  # fmt: skip


def _since(years: int) -> Group:
    words = f"earlier applications decided in the last {years} year{'s' * (years > 1)}"
    return Group(
        f"last_{years}_year{'s' * (years > 1)}", words, "DAYS_DECISION", at_least=-365 * years, numbers=RECENT, shares=SHARES,
        statistics=SOME,
    )  # fmt: skip


def _last(count: int) -> Group:
    words = (
        f"the last {count} earlier applications" if count > 1 else "the last earlier application"
    )
    return Group(
        f"last_{count}", words, "DAYS_DECISION", last=count, numbers=(*RECENT, "days_decision"), shares=SHARES,
        statistics=("max", "mean") if count > 1 else ("mean",),
    )  # fmt: skip


SIDE = SideTable(
    "previous_application",
    "previous",
    DERIVED,
    (
        Group("", "earlier applications"),
        _decided("Approved", ("contract_type", "yield_group", "portfolio", "product")),
        _decided("Refused", ("contract_type", "reject_reason", "client_type", "product")),
        *(_since(years) for years in (1, 2, 3)),
        *(_last(count) for count in (1, 3, 5)),
    ),
)
