"""The fitted features of a model: computed from the loan applied for by the bundle's term model."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from numpy.typing import NDArray

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.scalar_check import level_codes
from credit_scoring.errors import BundleError
from credit_scoring.features.definitions.loan_price import loan_price_features
from credit_scoring.loan_price.price_features import (
    PRICE_FEATURES,
    PRICE_INPUTS,
    REVOLVING,
    price_columns,
    price_row,
)
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.scoring.derived_features import require_computable

CONTRACT_TYPE = PRICE_INPUTS[-1]
# Loans come from a price list, and a refusal is scored twice: a third or more are priced already.
CACHED_LOANS = 4096


class FittedFeatures:
    """Computes the features `fitted` from the columns of `requested`, at `positions` in a row.

    BundleError if the term model or an input is absent, or if this program computes a feature
    differently.
    """

    def __init__(
        self,
        fitted: Sequence[ModelFeature],
        requested: Sequence[ModelFeature],
        positions: Mapping[str, int],
        term_model: TermModel | None,
    ) -> None:
        by_name = {feature.name: feature for feature in requested}
        for feature in fitted:
            require_computable(feature, loan_price_features().get(feature.name), by_name)
        if term_model is None:
            name = fitted[0].name
            raise BundleError(f"{name} needs the term model, which the bundle lacks: train again")
        self._term_model = term_model
        self._priced = lru_cache(CACHED_LOANS)(self._price)
        self._names = [feature.name for feature in fitted]
        self._places = [PRICE_FEATURES.index(name) for name in self._names]
        self._inputs = [positions[name] for name in PRICE_INPUTS]
        self._revolving = level_codes(by_name[CONTRACT_TYPE].feature).get(REVOLVING)

    def of_row(self, row: Sequence[float]) -> list[float]:
        """The features of one applicant, not rounded yet; `row` has 32-bit values, NaN missing."""
        values = self._priced(*[row[place] for place in self._inputs])
        return [values[place] for place in self._places]

    def _price(
        self, credit: float, annuity: float, goods: float, contract_type: float
    ) -> tuple[float, ...]:
        is_revolving = contract_type == self._revolving
        return price_row(
            self._term_model, credit=credit, annuity=annuity, goods=goods, revolving=is_revolving
        )

    def of_columns(self, columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The features of all applicants in `columns`, (applicants,) in 32 bits."""
        credit, annuity, goods, contract_type = (columns[name] for name in PRICE_INPUTS)
        computed = price_columns(
            self._term_model, credit=credit, annuity=annuity, goods=goods,
            revolving=contract_type == self._revolving,
        )  # fmt: skip
        return {name: computed[name] for name in self._names}
