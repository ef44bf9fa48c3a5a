"""The price features of the labelled applicants, fitted again without those to be judged."""

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.loan_amounts import LoanAmounts, loan_amounts
from credit_scoring.loan_price.fit_term_model import FittedTerms, fit_term_model
from credit_scoring.loan_price.price_features import price_columns
from credit_scoring.training.folds import Rows


@dataclass(frozen=True)
class PriceFacts:
    """How good the term model is.

    `accuracy` is the share of exact terms for applicants left out of a fit, `loans` the number it
    was fitted to, `applicants_with_rate` the share of the labelled applicants with an implied rate.
    """

    accuracy: float
    loans: int
    applicants_with_rate: float

    @property
    def note(self) -> str:
        """The facts in words."""
        return (
            f"The price of the loan: the term model has {self.accuracy:.1%} of the terms of "
            f"applicants left out exact, is fitted to {self.loans:,} earlier cash loans, and gives "
            f"{self.applicants_with_rate:.1%} of the applicants an implied rate. The rate carries "
            "the lender's earlier scoring."
        )


@dataclass(frozen=True)
class PriceFit:
    """The final term model, fitted to all earlier loans, and what fitting it again needs.

    `labelled` are the identifiers of all labelled applicants, `applicant` (n,) those of the rows,
    `amounts` their loans.
    """

    terms: FittedTerms
    labelled: NDArray[np.int64]
    applicant: NDArray[np.int64]
    amounts: LoanAmounts
    _refitted: dict[bytes, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, table: FeatureTable) -> "PriceFit | None":
        """The fit behind a table's price features; None if it does not have them."""
        if table.fitted_terms is None:
            return None
        applicant = table.applicant.to_numpy().astype(np.int64)
        return cls(table.fitted_terms, applicant, applicant, loan_amounts(table.features))

    def of_rows(self, rows: Rows) -> "PriceFit":
        """The same on some rows. Loans of the other labelled applicants are left out of refits."""
        amounts = LoanAmounts(
            credit=self.amounts["credit"][rows],
            annuity=self.amounts["annuity"][rows],
            goods=self.amounts["goods"][rows],
            revolving=self.amounts["revolving"][rows],
        )
        return replace(self, applicant=self.applicant[rows], amounts=amounts, _refitted={})

    def columns(self, rows: Rows) -> pl.DataFrame:
        """The price features (n, 5) of all rows, fitted to the loans of `rows` and of unlabelled.

        No loan of another labelled applicant is used. The result for the same rows is kept.
        """
        key = hashlib.sha256(rows.tobytes()).digest()
        if key not in self._refitted:
            others = np.setdiff1d(self.labelled, self.applicant[rows])
            loans = self.terms.loans.without_applicants(others)
            columns = price_columns(fit_term_model(loans, self.terms.seed), **self.amounts)
            self._refitted[key] = pl.DataFrame(columns, nan_to_null=True)
        return self._refitted[key]

    def facts(self) -> PriceFacts:
        """How good the term model is."""
        rates = price_columns(self.terms.model, **self.amounts)["implied_rate"]
        with_rate = float(np.isfinite(rates).mean())
        return PriceFacts(self.terms.accuracy, len(self.terms.loans), with_rate)
