"""Fits the term model to earlier cash loans, whose terms are known. Uses no outcome."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.contracts.contract import contracts
from credit_scoring.loan_price.implied_rate import Floats
from credit_scoring.loan_price.term_model import INPUTS, OBJECTIVE, TERMS, TermModel, term_inputs

log = logging.getLogger(__name__)
TABLE = "previous_application"
APPLICANT_KEY = "SK_ID_CURR"
CASH_LOANS = "Cash loans"
TERM_TOLERANCE = 0.5  # months
MAX_LOANS = 50_000
MIN_APPLICANTS = 100  # with earlier loans
LEFT_OUT_SHARE = 0.2  # of the applicants, to measure the accuracy
MIN_ACCURACY = 0.8
ROUNDS = 10
# Without lambda_l2 the fit is unstable: on some samples a tenth of the terms is wrong.
PARAMS = {
    "objective": OBJECTIVE, "num_class": len(TERMS), "num_leaves": 16, "learning_rate": 0.5,
    "min_data_in_leaf": 10, "lambda_l2": 1.0, "max_bin": 1023, "verbosity": -1,
    "deterministic": True, "force_col_wise": True, "num_threads": 1,
}  # fmt: skip


@dataclass(frozen=True)
class EarlierLoans:
    """Earlier cash loans with a known term: `applicant` and amounts (n,), `term` as index of TERMS.

    A missing price of the goods is NaN.
    """

    applicant: NDArray[np.int64]
    credit: Floats
    annuity: Floats
    goods: Floats
    term: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.term)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "EarlierLoans":
        """The loans at `rows`, a mask or positions."""
        return EarlierLoans(**{name: values[rows] for name, values in vars(self).items()})

    @classmethod
    def of_rows(cls, rows: pl.DataFrame) -> "EarlierLoans":
        """The loans in rows of `price_list_loans`."""
        return cls(**{name: rows[name].to_numpy() for name in rows.columns})

    def without_applicants(self, applicants: NDArray[np.integer]) -> "EarlierLoans":
        """The loans of the other applicants."""
        return self[~np.isin(self.applicant, applicants)]


@dataclass(frozen=True)
class FittedTerms:
    """A term model, the loans it was fitted to, and its accuracy on applicants left out."""

    model: TermModel
    loans: EarlierLoans
    accuracy: float
    seed: int


def fit_terms(tables: Mapping[str, pl.LazyFrame], seed: int) -> FittedTerms | None:
    """The term model of these tables, see `fit_to_loans`; None without earlier applications."""
    return fit_to_loans(earlier_loans(tables[TABLE], seed), seed) if TABLE in tables else None


def fit_to_loans(loans: EarlierLoans, seed: int) -> FittedTerms | None:
    """The term model of these loans; None, with a warning, if it is not accurate enough."""
    applicants = len(np.unique(loans.applicant))
    accuracy = left_out_accuracy(loans, seed) if applicants >= MIN_APPLICANTS else 0.0
    if accuracy < MIN_ACCURACY:
        log.warning(
            "the features of the loan's price are left out: the terms of %d earlier cash loans of "
            "%d applicants predict %.1f %% of other applicants' terms, and at least %.0f %% of "
            "%d applicants' are needed",
            len(loans), applicants, 100 * accuracy, 100 * MIN_ACCURACY, MIN_APPLICANTS,
        )  # fmt: skip
        return None
    return FittedTerms(fit_term_model(loans, seed), loans, accuracy, seed)


def earlier_loans(previous_application: pl.LazyFrame, seed: int = 0) -> EarlierLoans:
    """The loans of `price_list_loans`; at most MAX_LOANS, drawn by the seed."""
    table = price_list_loans(previous_application).collect(engine="streaming")
    table = table.sort(pl.all())  # the order of the file does not matter
    return EarlierLoans.of_rows(table[drawn_rows(len(table), seed)])


def drawn_rows(count: int, seed: int) -> NDArray[np.int64]:
    """The positions, sorted, that the seed draws of `count` sorted loans: MAX_LOANS, or all."""
    if count <= MAX_LOANS:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, MAX_LOANS, replace=False))


def price_list_loans(previous_application: pl.LazyFrame) -> pl.LazyFrame:
    """The cash loans of the table with a positive credit and annuity and one of TERMS.

    Columns as `EarlierLoans`; a missing price of the goods is null.
    """
    column = next(c for c in contracts()[TABLE].columns if c.name == "NAME_CONTRACT_TYPE")
    term = pl.col("CNT_PAYMENT").cast(pl.Float64)
    number = (term / TERMS[0]).round() - 1  # the index of the nearest of TERMS
    is_of_price_list = (
        (pl.col("NAME_CONTRACT_TYPE") == column.levels.index(CASH_LOANS))
        & (pl.col("AMT_CREDIT") > 0)
        & (pl.col("AMT_ANNUITY") > 0)
        & number.is_between(0, len(TERMS) - 1)
        & ((term - TERMS[0] * (number + 1)).abs() <= TERM_TOLERANCE)
    )
    amounts = {"credit": "AMT_CREDIT", "annuity": "AMT_ANNUITY", "goods": "AMT_GOODS_PRICE"}
    return previous_application.filter(is_of_price_list).select(
        applicant=pl.col(APPLICANT_KEY).cast(pl.Int64),
        term=number.cast(pl.Int64),
        **{name: pl.col(source).cast(pl.Float64) for name, source in amounts.items()},
    )


def fit_term_model(loans: EarlierLoans, seed: int) -> TermModel:
    """The term model fitted to `loans`."""
    import lightgbm as lgb  # noqa: PLC0415 - tables are also built without a fit

    inputs = term_inputs(loans.credit, loans.annuity, loans.goods)
    params = {**PARAMS, "seed": seed}
    data = lgb.Dataset(inputs, loans.term, feature_name=list(INPUTS), params=params)
    return TermModel(lgb.train(params, data, ROUNDS).model_to_string())


def left_out_accuracy(loans: EarlierLoans, seed: int) -> float:
    """The share of exact terms for applicants on whose loans the model was not fitted."""
    applicants = np.unique(loans.applicant)
    shuffled = np.random.default_rng(seed).permutation(applicants)
    left_out = shuffled[: round(LEFT_OUT_SHARE * len(applicants))]
    is_left_out = np.isin(loans.applicant, left_out)
    model = fit_term_model(loans[~is_left_out], seed)
    tested = loans[is_left_out]
    probabilities = model.probabilities(tested.credit, tested.annuity, tested.goods)
    return float(np.mean(probabilities.argmax(axis=1) == tested.term))
