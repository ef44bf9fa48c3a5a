import pickle

import lightgbm as lgb
import numpy as np
import pytest

from credit_scoring.loan_price.fit_term_model import fit_term_model
from credit_scoring.loan_price.term_model import INPUTS, TermModel
from tests.loan_price.price_list import loans_of

LOANS = loans_of(600)
MODEL = fit_term_model(LOANS, seed=0)


def test_the_text_gives_the_model_again():
    again = pickle.loads(pickle.dumps(TermModel.from_text(MODEL.text)))  # noqa: S301 - its own bytes

    assert again == MODEL
    assert probabilities(again).tobytes() == probabilities(MODEL).tobytes()


def test_probabilities_of_one_row_have_the_bits_of_many():
    rows = zip(LOANS.credit.tolist(), LOANS.annuity.tolist(), LOANS.goods.tolist(), strict=True)

    single = np.array([MODEL.row_probabilities(*row) for row in rows])

    assert single.tobytes() == probabilities(MODEL).tobytes()


def test_a_text_that_is_not_of_lightgbm_is_refused():
    with pytest.raises(ValueError, match="the term model is not a LightGBM model"):
        TermModel.from_text("tree")


@pytest.mark.parametrize(
    ("columns", "params", "message"),
    [
        (("a", "b"), {"objective": "multiclass", "num_class": 10}, r"inputs \['a', 'b'\]"),
        (INPUTS, {"objective": "multiclass", "num_class": 3}, "3 classes: expected 10"),
        (INPUTS, {"objective": "multiclassova", "num_class": 10}, "objective multiclassova"),
    ],
    ids=["inputs", "classes", "objective"],
)
def test_another_model_is_refused(columns, params, message):
    target = LOANS.term % params["num_class"]
    values = np.random.default_rng(0).random((len(target), len(columns)))
    data = lgb.Dataset(values, target, feature_name=list(columns))
    text = lgb.train({**params, "verbosity": -1}, data, 1).model_to_string()

    with pytest.raises(ValueError, match=message):
        TermModel.from_text(text)


def probabilities(model):
    return model.probabilities(LOANS.credit, LOANS.annuity, LOANS.goods)
