"""The term model: the probability of each term of a loan, given its amounts."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import lightgbm as lgb

    from credit_scoring.estimator.single_row import SingleRowPredictor

Floats = NDArray[np.float64]

TERMS = tuple(range(6, 61, 6))  # months
INPUTS = ("credit_per_annuity", "credit_per_goods", "credit", "goods_per_annuity", "annuity")
OBJECTIVE = "multiclass"


class TermModel:
    """A LightGBM model over TERMS, made from its text. Picklable; equal if the texts are."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def from_text(cls, text: str) -> "TermModel":
        """The model with this text, which must come from a trusted source.

        ValueError if it is not a LightGBM model with INPUTS and a class per term.
        """
        model = cls(text)
        _require_shape(model.booster)
        return model

    @cached_property
    def booster(self) -> "lgb.Booster":
        """The model as LightGBM reads it. ValueError if it cannot."""
        import lightgbm as lgb  # noqa: PLC0415 - the catalogue of features does not need it

        try:
            return lgb.Booster(model_str=self.text)
        except lgb.basic.LightGBMError as error:
            raise ValueError(f"the term model is not a LightGBM model ({error})") from None

    @cached_property
    def _single_row(self) -> "SingleRowPredictor":
        from credit_scoring.estimator.single_row import SingleRowPredictor  # noqa: PLC0415

        return SingleRowPredictor(self.booster)

    def probabilities(self, credit: Floats, annuity: Floats, goods: Floats) -> Floats:
        """The probability of each of TERMS, (n, 10), for loans of these amounts, each (n,).

        NaN is a missing amount. One row has the same bits as in many rows.
        """
        inputs = term_inputs(credit, annuity, goods)
        # Another number of threads than that of a fit at the same time would crash the fit.
        return np.asarray(self.booster.predict(inputs, num_threads=1))

    def row_probabilities(self, credit: float, annuity: float, goods: float) -> list[float]:
        """As `probabilities`, of one loan with a positive annuity: ten times faster."""
        goods_ratio = credit / goods if goods > 0 else np.nan
        row = np.array([credit / annuity, goods_ratio, credit, goods / annuity, annuity])
        probabilities: list[float] = self._single_row.probabilities(row).tolist()
        return probabilities

    def __reduce__(self) -> tuple[type["TermModel"], tuple[str]]:
        return TermModel, (self.text,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TermModel) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def term_inputs(credit: Floats, annuity: Floats, goods: Floats) -> Floats:
    """The columns INPUTS, (n, 5); a ratio is missing if its divisor is not positive."""
    positive_annuity = np.where(annuity > 0, annuity, np.nan)
    positive_goods = np.where(goods > 0, goods, np.nan)
    return np.stack(
        [
            credit / positive_annuity,
            credit / positive_goods,
            credit,
            goods / positive_annuity,
            annuity,
        ],
        axis=1,
    )


def _require_shape(booster: "lgb.Booster") -> None:
    names = booster.feature_name()
    if names != list(INPUTS):
        raise ValueError(f"the term model has the inputs {names}: expected {list(INPUTS)}")
    classes = booster.num_model_per_iteration()
    if classes != len(TERMS):
        raise ValueError(f"the term model has {classes} classes: expected {len(TERMS)}, one a term")
    objective = booster.dump_model(num_iteration=1)["objective"]
    if not objective.startswith(f"{OBJECTIVE} "):
        raise ValueError(f"the term model has the objective {objective}: expected {OBJECTIVE}")
