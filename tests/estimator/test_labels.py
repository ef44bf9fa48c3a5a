"""Which of two labels means default, and how much each row counts."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score

from credit_scoring.estimator.labels import two_classes
from custom_threshold_model import CustomThresholdLGBM
from tests.estimator.small_model import small_model

PAIRS = [  # good, default
    ("good", "bad"),
    ("bad", "good"),
    ("paid", "default"),
    ("Fully Paid", "Charged Off"),
    ("0", "1"),
    (1, 2),
    (2, 1),
    (-1, 1),
    (1.5, 0.5),
    (0, 1),
    (1, 0),
    (True, False),
]


@pytest.mark.parametrize("labels", PAIRS, ids=str)
def test_default_class_names_the_default(numbers, labels):
    matrix, y = numbers
    named = small_model(default_class=labels[1]).fit(matrix, np.array(labels)[y])
    expected = small_model().fit(matrix, y)
    column = named.classes_.tolist().index(labels[1])
    assert named.classes_.tolist() == sorted(labels)
    assert named.default_class_ == labels[1]
    np.testing.assert_array_equal(
        named.predict_proba(matrix)[:, column], expected.predict_proba(matrix)[:, 1]
    )
    np.testing.assert_array_equal(named.predict(matrix), np.array(labels)[expected.predict(matrix)])
    assert named.score(matrix, np.array(labels)[y]) == expected.score(matrix, y)


@pytest.mark.parametrize("labels", [(0, 1), (0.0, 1.0), (False, True)], ids=str)
def test_zero_and_one_need_no_default_class(numbers, labels):
    matrix, y = numbers
    assert small_model().fit(matrix, np.array(labels)[y]).default_class_ == labels[1]


@pytest.mark.parametrize(
    "labels",
    [("good", "bad"), ("paid", "default"), ("0", "1"), (1, 2), (-1, 1), ("no", "yes")],
    ids=str,
)
def test_other_labels_are_asked_about(numbers, labels):
    matrix, y = numbers
    low, high = sorted(labels)
    message = f"say which one means default, default_class={low!r} or default_class={high!r}"
    with pytest.raises(ValueError, match=message):
        CustomThresholdLGBM().fit(matrix, np.array(labels)[y])


def test_a_default_class_that_is_not_a_label_is_refused():
    with pytest.raises(ValueError, match="default_class is 'Bad': expected 'bad' or 'good'"):
        two_classes(["good", "bad"], "Bad")


def test_scikit_learn_scores_a_named_class_alike(numbers):
    matrix, y = numbers
    labels = np.array(["paid", "default"])[y]  # the default is the smaller label
    auc = cross_val_score(
        small_model(default_class="default"), matrix, labels, cv=2, scoring="roc_auc"
    )
    assert (auc > 0.7).all()


@pytest.mark.parametrize("labels", [("good", "bad"), ("bad", "good")], ids=str)
def test_the_default_class_survives_pickling(numbers, labels):
    matrix, y = numbers
    named = small_model(default_class=labels[1]).fit(matrix, np.array(labels)[y])
    loaded = pickle.loads(pickle.dumps(named))  # noqa: S301 - our own
    assert loaded.default_class_ == labels[1]
    assert loaded.get_params() == named.get_params()
    np.testing.assert_array_equal(loaded.predict(matrix), named.predict(matrix))
    assert pickle.dumps(loaded) == pickle.dumps(named)


def test_a_column_of_labels_is_read_with_a_warning(numbers):
    matrix, y = numbers
    with pytest.warns(UserWarning, match="A column-vector y was passed"):
        table = small_model().fit(matrix, pd.DataFrame({"y": y}))
    np.testing.assert_array_equal(
        table.predict(matrix), small_model().fit(matrix, y).predict(matrix)
    )


def test_weights_move_the_default_rate(numbers):
    matrix, y = numbers
    weight = np.where(y == 1, 5.0, 1.0)
    weighted = small_model().fit(matrix, y, sample_weight=weight)
    share = np.average(y, weights=weight)
    assert np.average(weighted.out_of_fold_probability_, weights=weight) == pytest.approx(
        share, abs=0.01
    )
    assert roc_auc_score(y, weighted.predict_proba(matrix)[:, 1]) > 0.7


def test_the_score_is_weighted(numbers):
    matrix, y = numbers
    model = small_model().fit(matrix, y)
    repeated = np.arange(len(y)) % 3
    rows = np.repeat(np.arange(len(y)), repeated)
    expected = model.score(matrix[rows], y[rows])
    assert model.score(matrix, y, sample_weight=repeated) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (lambda _: np.ones(3), r"sample_weight has the shape \(3,\): expected \(2000,\)"),
        (lambda y: -np.ones(len(y)), r"sample_weight has \[-1.\]: expected finite weights"),
        (lambda y: np.nan * y, r"sample_weight has \[nan\]: expected finite weights"),
        (lambda y: y.astype(float), "sample_weight is zero in all rows of a class"),
    ],
    ids=["short", "negative", "missing", "one-class"],
)
def test_unusable_weights_are_refused(numbers, weight, message):
    matrix, y = numbers
    with pytest.raises(ValueError, match=message):
        small_model().fit(matrix, y, sample_weight=weight(y))
