"""Earlier applications at this lender: all, approved, refused."""

from credit_scoring.features.definitions.side_table import DerivedColumn, RowGroup, SideTable
from credit_scoring.features.formula.tree import column

DERIVED = (
    DerivedColumn("asked_rate", column("AMT_APPLICATION") / column("AMT_CREDIT"), "ratio", "amount asked for per amount granted", 0),
    DerivedColumn("annuity_rate", column("AMT_ANNUITY") / column("AMT_CREDIT"), "ratio", "monthly repayment per amount granted", 0),
    DerivedColumn("repaid_rate", column("AMT_ANNUITY") * column("CNT_PAYMENT") / column("AMT_CREDIT"), "ratio", "all payments per amount granted: what the loan costs", 0),
    DerivedColumn("ended_early", column("DAYS_LAST_DUE_1ST_VERSION") - column("DAYS_LAST_DUE"), "days", "days the loan ended before it was first planned to"),
)  # fmt: skip
RECENT_NUMBERS = (
    "annuity",
    "application",
    "credit",
    "down_payment_rate",
    "asked_rate",
    "repaid_rate",
    "payments",
    "ended_early",
)
DECIDED_NUMBERS = (
    *RECENT_NUMBERS,
    "down_payment",
    "goods_price",
    "annuity_rate",
    "interest_primary",
    "insured",
    "days_decision",
)
RECENT_SHARES = ("status", "contract_type")
GROUP_STATISTICS = ("max", "mean", "sum")


def _decided(status: str, shares: tuple[str, ...]) -> RowGroup:
    return RowGroup(
        status.lower(),
        f"{status.lower()} earlier applications",
        "NAME_CONTRACT_STATUS",
        status,
        numbers=DECIDED_NUMBERS,
        shares=shares,
        statistics=GROUP_STATISTICS,
    )


def _last_years(years: int) -> RowGroup:
    period = f"{years} year{'s' * (years > 1)}"
    return RowGroup(
        f"last_{period.replace(' ', '_')}",
        f"earlier applications decided in the last {period}",
        "DAYS_DECISION",
        at_least=-365 * years,
        numbers=RECENT_NUMBERS,
        shares=RECENT_SHARES,
        statistics=GROUP_STATISTICS,
    )


def _last_applications(count: int) -> RowGroup:
    several = f"the last {count} earlier applications"
    return RowGroup(
        f"last_{count}",
        several if count > 1 else "the last earlier application",
        "DAYS_DECISION",
        last=count,
        numbers=(*RECENT_NUMBERS, "days_decision"),
        shares=RECENT_SHARES,
        statistics=("max", "mean") if count > 1 else ("mean",),
    )


GROUPS = (
    RowGroup("", "earlier applications"),
    _decided("Approved", ("contract_type", "yield_group", "portfolio", "product")),
    _decided("Refused", ("contract_type", "reject_reason", "client_type", "product")),
    *(_last_years(years) for years in (1, 2, 3)),
    *(_last_applications(count) for count in (1, 3, 5)),
)
SIDE_TABLE = SideTable("previous_application", "previous", DERIVED, GROUPS)
