"""Ratios within one applicant's row, computed in training and in the server by the same formulas.

Imports no table library, so that the web process stays light.
"""

from collections.abc import Collection
from dataclasses import dataclass

from credit_scoring.features.feature import Feature
from credit_scoring.features.formula.tree import (
    Formula,
    column,
    known,
    largest,
    mean,
    smallest,
    total,
)

E1, E2, E3 = (column(f"EXT_SOURCE_{i}") for i in (1, 2, 3))
AMOUNT = column("AMT_CREDIT")
ANNUITY = column("AMT_ANNUITY")
INCOME = column("AMT_INCOME_TOTAL")
GOODS = column("AMT_GOODS_PRICE")
EMPLOYED = column("DAYS_EMPLOYED")
AGE = column("DAYS_BIRTH")
DEBT = column("bureau_debt_sum")  # still owed to other lenders
ELSEWHERE = column("bureau_credit_sum")  # lent by other lenders
BUILDING = tuple(
    column(f"{part}_AVG") for part in ("APARTMENTS", "FLOORSMAX", "LIVINGAREA", "ENTRANCES")
)


@dataclass(frozen=True)
class RowRatio:
    """A feature computed from other features of the same row."""

    name: str
    formula: Formula
    unit: str
    meaning: str
    minimum: float | None = None
    maximum: float | None = None
    table: str = "application"

    def feature(self, sensitive: str | None) -> Feature:
        """The row of the catalogue; `sensitive` is the use of a sensitive input, if there is one."""
        return Feature(
            name=self.name,
            table=self.table,
            meaning=self.meaning,
            unit=self.unit,
            minimum=self.minimum,
            maximum=self.maximum,
            formula=str(self.formula),
            inputs=self.formula.columns,
            sensitive=sensitive,
        )


ROW_RATIOS: tuple[RowRatio, ...] = (
    RowRatio("application_external_score_mean", mean(E1, E2, E3), "score", "mean of the known external scores", 0, 1),
    RowRatio("application_external_score_min", smallest(E1, E2, E3), "score", "smallest known external score", 0, 1),
    RowRatio("application_external_score_max", largest(E1, E2, E3), "score", "largest known external score", 0, 1),
    RowRatio("application_external_score_spread", largest(E1, E2, E3) - smallest(E1, E2, E3), "score", "largest less smallest known external score", 0, 1),
    RowRatio("application_external_score_known", total(known(E1), known(E2), known(E3)), "count", "number of known external scores", 0, 3),
    RowRatio("application_external_score_product", E1 * E2 * E3, "score", "product of the three external scores", 0, 1),
    RowRatio("application_external_score_1_2", E1 * E2, "score", "product of external scores 1 and 2", 0, 1),
    RowRatio("application_external_score_1_3", E1 * E3, "score", "product of external scores 1 and 3", 0, 1),
    RowRatio("application_external_score_2_3", E2 * E3, "score", "product of external scores 2 and 3", 0, 1),
    RowRatio("application_external_score_mean_2_3", mean(E2, E3), "score", "mean of external scores 2 and 3", 0, 1),
    RowRatio("application_annuity_per_credit", ANNUITY / AMOUNT, "ratio", "monthly repayment per amount of the loan: the pace of repayment", 0),
    RowRatio("application_credit_per_annuity", AMOUNT / ANNUITY, "months", "amount of the loan per monthly repayment: its length", 0),
    RowRatio("application_credit_per_income", AMOUNT / INCOME, "ratio", "amount of the loan per income", 0),
    RowRatio("application_annuity_per_income", ANNUITY / INCOME, "ratio", "monthly repayment per income: the burden", 0),
    RowRatio("application_goods_per_credit", GOODS / AMOUNT, "ratio", "price of the goods per amount of the loan", 0),
    RowRatio("application_credit_less_goods", AMOUNT - GOODS, "currency", "amount of the loan beyond the price of the goods"),
    RowRatio("application_income_per_member", INCOME / column("CNT_FAM_MEMBERS"), "currency", "income per member of the family", 0),
    RowRatio("application_employed_per_age", EMPLOYED / AGE, "ratio", "share of the life spent in the current employment", 0),
    RowRatio("application_score_per_annuity_rate", mean(E1, E2, E3) / (ANNUITY / AMOUNT), "ratio", "mean external score per pace of repayment", 0),
    RowRatio("application_phone_change_per_id_publish", column("DAYS_LAST_PHONE_CHANGE") / column("DAYS_ID_PUBLISH"), "ratio", "age of the phone number per age of the identity document", 0),
    RowRatio("application_social_default_rate", column("DEF_30_CNT_SOCIAL_CIRCLE") / column("OBS_30_CNT_SOCIAL_CIRCLE"), "share", "share of the people observed around the applicant who were past due", 0),
    RowRatio("application_building_mean", mean(*BUILDING), "normalised", "mean of the known sizes of the building", 0, 1),
)  # fmt: skip


def _trend(prefix: str, months: int, statistic: str, table: str, words: str) -> RowRatio:
    """The last months relative to all months: above 1 if the value is increasing."""
    formula = column(f"{prefix}_last_{months}_months_{statistic}") / column(f"{prefix}_{statistic}")
    meaning = f"{words} of the last {months} months per {words} of all months"
    name = f"{prefix}_trend_{months}_months_{statistic}"
    return RowRatio(name, formula, "ratio", meaning, table=table)


CARD = "credit_card_balance"
POS = "pos_cash_balance"
BUREAU = "bureau"
PREVIOUS = "previous_application"
INSTALMENTS = "installments_payments"
ROW_RATIOS += (
    *(
        _trend("card", months, statistic, CARD, words)
        for months in (3, 6, 12)
        for statistic, words in (("utilisation_mean", "utilisation"), ("drawings_mean", "drawings"), ("past_due_mean", "share past due"), ("balance_mean", "balance"))
    ),
    *(
        _trend("pos", months, statistic, POS, words)
        for months in (3, 6, 12)
        for statistic, words in (("past_due_mean", "share past due"), ("days_past_due_mean", "days past due"))
    ),
    RowRatio("bureau_debt_per_credit", DEBT / ELSEWHERE, "ratio", "debt still owed elsewhere per amount of the credits", table=BUREAU),
    RowRatio("bureau_active_debt_per_credit", column("bureau_active_debt_sum") / column("bureau_active_credit_sum"), "ratio", "debt still owed on active credits elsewhere per their amount", table=BUREAU),
    RowRatio("bureau_overdue_per_debt", column("bureau_overdue_sum") / DEBT, "ratio", "amount overdue elsewhere per debt owed", table=BUREAU),
    RowRatio("bureau_active_per_credits", column("bureau_active_count") / column("bureau_count"), "share", "active credits elsewhere per credits elsewhere", 0, 1, table=BUREAU),
    RowRatio("bureau_debt_per_income", DEBT / INCOME, "ratio", "debt still owed elsewhere per income", table=BUREAU),
    RowRatio("bureau_debt_with_credit_per_income", (DEBT + AMOUNT) / INCOME, "ratio", "debt elsewhere and this loan per income", table=BUREAU),
    RowRatio("bureau_annuity_per_income", column("bureau_active_annuity_sum") / INCOME, "ratio", "monthly repayments elsewhere per income", 0, table=BUREAU),
    RowRatio("bureau_credit_now_per_largest", AMOUNT / column("bureau_credit_max"), "ratio", "amount of the loan per largest credit elsewhere", 0, table=BUREAU),
    RowRatio("previous_annuity_now_per_mean", ANNUITY / column("previous_approved_annuity_mean"), "ratio", "monthly repayment now per that of the approved earlier applications", 0, table=PREVIOUS),
    RowRatio("previous_credit_now_per_largest", AMOUNT / column("previous_approved_credit_max"), "ratio", "amount now per largest approved earlier", 0, table=PREVIOUS),
    RowRatio("previous_credit_now_per_last", AMOUNT / column("previous_last_1_credit_mean"), "ratio", "amount now per that of the last earlier application", 0, table=PREVIOUS),
    RowRatio("previous_refused_per_applications", column("previous_refused_count") / column("previous_count"), "share", "refused earlier applications per earlier applications", 0, 1, table=PREVIOUS),
    RowRatio("instalments_payment_per_income", column("instalments_payment_mean") / INCOME, "ratio", "mean payment on earlier credits per income", 0, table=INSTALMENTS),
    RowRatio("instalments_annuity_now_per_payment", ANNUITY / column("instalments_instalment_mean"), "ratio", "monthly repayment now per mean instalment due earlier", 0, table=INSTALMENTS),
    RowRatio("instalments_late_last_year_less_all", column("instalments_last_year_late_mean") - column("instalments_late_mean"), "share", "share paid late in the last year less that of all time", -1, 1, table=INSTALMENTS),
    RowRatio("card_limit_per_income", column("card_limit_max") / INCOME, "ratio", "largest credit card limit per income", 0, table=CARD),
)  # fmt: skip


def available_ratios(names: Collection[str]) -> tuple[RowRatio, ...]:
    """The ratios with all inputs among `names`."""
    return tuple(ratio for ratio in ROW_RATIOS if set(ratio.formula.columns) <= set(names))


def ratios_by_name() -> dict[str, RowRatio]:
    """Every ratio by its feature name."""
    return {ratio.name: ratio for ratio in ROW_RATIOS}
