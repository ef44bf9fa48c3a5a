"""The amounts of the loans applied for, from the application table or from its features."""

from typing import TypedDict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.definitions.application import application_features
from credit_scoring.loan_price.price_features import PRICE_INPUTS, REVOLVING


class LoanAmounts(TypedDict):
    """The arguments of `price_columns`, each (n,); a missing amount is NaN."""

    credit: NDArray[np.float64]
    annuity: NDArray[np.float64]
    goods: NDArray[np.float64]
    revolving: NDArray[np.bool_]


def loan_amounts(table: pl.DataFrame) -> LoanAmounts:
    """The amounts of the rows of `table`. A missing type of contract is not revolving."""
    *names, contract_type = PRICE_INPUTS
    credit, annuity, goods = (table[name].cast(pl.Float64).to_numpy() for name in names)
    (feature,) = (f for f in application_features() if f.name == contract_type)
    is_revolving = table[contract_type].to_physical() == feature.levels.index(REVOLVING)
    return LoanAmounts(
        credit=credit,
        annuity=annuity,
        goods=goods,
        revolving=is_revolving.fill_null(value=False).to_numpy(),
    )
