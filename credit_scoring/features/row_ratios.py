"""Ratios within one applicant's row: derived by the training pipeline and by the server from the same formulas.

Imports no table library, so that the web process stays light.
"""

from collections.abc import Collection
from dataclasses import dataclass

from credit_scoring.features.feature import Feature
from credit_scoring.features.formula import Formula, column, known, largest, mean, smallest, total

E1, E2, E3 = (column(f"EXT_SOURCE_{i}") for i in (1, 2, 3))
AMOUNT, ANNUITY, INCOME = column("AMT_CREDIT"), column("AMT_ANNUITY"), column("AMT_INCOME_TOTAL")
GOODS, EMPLOYED, AGE = column("AMT_GOODS_PRICE"), column("DAYS_EMPLOYED"), column("DAYS_BIRTH")
BUILDING = tuple(column(f"{part}_AVG") for part in ("APARTMENTS", "FLOORSMAX", "LIVINGAREA", "ENTRANCES"))


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
        """Its row of the catalogue; `sensitive` is the use of a sensitive input, if it has one."""
        return Feature(
            name=self.name, table=self.table, meaning=self.meaning, unit=self.unit, minimum=self.minimum,
            maximum=self.maximum, formula=str(self.formula), inputs=self.formula.columns, sensitive=sensitive,
        )  # fmt: skip


ROW_RATIOS = (
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
    RowRatio("application_annuity_per_credit", ANNUITY / AMOUNT, "ratio", "yearly repayment per amount of the loan: the pace of repayment", 0),
    RowRatio("application_credit_per_annuity", AMOUNT / ANNUITY, "years", "amount of the loan per yearly repayment: its length", 0),
    RowRatio("application_credit_per_income", AMOUNT / INCOME, "ratio", "amount of the loan per yearly income", 0),
    RowRatio("application_annuity_per_income", ANNUITY / INCOME, "ratio", "yearly repayment per yearly income: the burden", 0),
    RowRatio("application_goods_per_credit", GOODS / AMOUNT, "ratio", "price of the goods per amount of the loan", 0),
    RowRatio("application_credit_less_goods", AMOUNT - GOODS, "currency", "amount of the loan beyond the price of the goods"),
    RowRatio("application_income_per_member", INCOME / column("CNT_FAM_MEMBERS"), "currency", "yearly income per member of the family", 0),
    RowRatio("application_employed_per_age", EMPLOYED / AGE, "ratio", "share of the life spent in the current employment", 0),
    RowRatio("application_score_per_annuity_rate", mean(E1, E2, E3) / (ANNUITY / AMOUNT), "ratio", "mean external score per pace of repayment", 0),
    RowRatio("application_phone_change_per_id_publish", column("DAYS_LAST_PHONE_CHANGE") / column("DAYS_ID_PUBLISH"), "ratio", "age of the phone number per age of the identity document", 0),
    RowRatio("application_social_default_rate", column("DEF_30_CNT_SOCIAL_CIRCLE") / column("OBS_30_CNT_SOCIAL_CIRCLE"), "share", "share of the people observed around the applicant who were past due", 0),
    RowRatio("application_building_mean", mean(*BUILDING), "normalised", "mean of the known sizes of the building", 0, 1),
)  # fmt: skip


def available(names: Collection[str]) -> tuple[RowRatio, ...]:
    """The ratios whose inputs are all among `names`."""
    return tuple(ratio for ratio in ROW_RATIOS if set(ratio.formula.columns) <= set(names))


def by_name() -> dict[str, RowRatio]:
    """Every ratio by its feature name."""
    return {ratio.name: ratio for ratio in ROW_RATIOS}
