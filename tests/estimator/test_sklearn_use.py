"""What a scikit-learn user reaches for: importances, transformers, other tables, threads."""

import io
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from credit_scoring.estimator import boosting
from custom_threshold_model import CustomThresholdLGBM
from tests.estimator.small_model import SMALL_PARAMS, as_pandas, small_model

KINDS = np.array([3, 10, 7])


@pytest.fixture(scope="module")
def frame(data):
    numbers = as_pandas(data[0]).drop(columns=["income type"])
    return numbers.assign(kind=KINDS[np.arange(len(numbers)) % 3])


def test_importances_are_shares_of_the_gain(model):
    assert model.feature_importances_.shape == (8,)
    assert model.feature_importances_.sum() == pytest.approx(1)
    assert model.feature_importances_.argmax() == 0


def test_a_model_without_splits_has_no_importances(y):
    constant = small_model().fit(np.ones((len(y), 2)), y)
    assert constant.feature_importances_.tolist() == [0, 0]


@pytest.mark.parametrize(
    "selector", [RFE(small_model(), n_features_to_select=1), SelectFromModel(small_model())]
)
def test_scikit_learn_selects_by_importance(numbers, selector):
    assert selector.fit(*numbers).get_support().tolist() == [True, False, False, False]


@pytest.mark.parametrize("rule", ["expected_cost", "empirical"])
@pytest.mark.parametrize("default", [0, 1])
def test_the_sign_of_the_decision_function_is_the_decision(numbers, rule, default):
    matrix, y = numbers
    model = small_model(threshold=rule, default_class=default).fit(matrix, y)
    decision = model.decision_function(matrix)
    np.testing.assert_array_equal(decision > 0, model.predict(matrix) == 1)
    ascending = np.argsort(decision)
    assert (np.diff(model.predict_proba(matrix)[ascending, 1]) >= 0).all()


@pytest.mark.parametrize("threshold", [0.0, 1.0, np.nextafter(1.0, 2.0)])
def test_the_decision_function_is_finite_at_the_ends(numbers, threshold):
    model = small_model().fit(*numbers)
    model.threshold_ = threshold
    decision = model.decision_function(numbers[0])
    assert np.isfinite(decision).all()
    assert (decision > 0).all() == (threshold == 0)


def test_whole_numbers_as_column_names(numbers):
    matrix, y = numbers
    model = small_model().fit(pd.DataFrame(matrix), y)
    assert model.feature_names_in_.tolist() == ["0", "1", "2", "3"]
    expected = small_model().fit(matrix, y).predict_proba(matrix)
    np.testing.assert_array_equal(model.predict_proba(pd.DataFrame(matrix)), expected)
    with pytest.raises(ValueError, match="~ position 1: expected 0, found 1"):
        model.predict(pd.DataFrame(matrix)[[1, 0, 2, 3]])


def test_columns_of_the_same_text_are_refused(numbers):
    frame = pd.DataFrame(numbers[0][:, :2], columns=[1, "1"])
    with pytest.raises(ValueError, match=r"names \[1, '1'\]: two are the same text"):
        small_model().fit(frame, numbers[1])


TRANSFORMERS = [
    ("numbers", StandardScaler(), ["number:0 é", "number:1 é"]),
    ("kept", "passthrough", ["owns_car", "region"]),
]


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_a_column_transformer_feeds_the_estimator(frame, y, output):
    """Its arrays of objects have a category; frames declare theirs."""
    columns = ColumnTransformer(TRANSFORMERS).set_output(transform=output)
    pipeline = make_pipeline(columns, small_model()).fit(frame, y)
    assert list(pipeline[-1].categories_.values()) == [("n", "s")]
    assert pipeline.score(frame, y) > -1


def test_an_array_of_objects_equals_its_frame(frame, y):
    model = small_model().fit(frame.to_numpy(dtype=object, na_value=None), y)
    expected = small_model().fit(frame, y)
    np.testing.assert_array_equal(
        model.predict_proba(frame.to_numpy(dtype=object)), expected.predict_proba(frame)
    )


@pytest.mark.parametrize("cell", ["text", {"foo": "bar"}, 1j, (1,)], ids=str)
def test_an_array_that_mixes_kinds_is_refused(numbers, cell):
    mixed = numbers[0].astype(object)
    mixed[3, 2] = None
    mixed[4, 2] = cell
    with pytest.raises(TypeError, match=r"column x2 holds .*: expected numbers, booleans or"):
        small_model().fit(mixed, numbers[1])


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([3, 10, 7, None], dtype="Int64").astype("category"),
        pd.Series([3, 10, 7, None]).astype("category"),  # pandas makes floats of them
        pd.Series(pd.Categorical([3, 10, 7, None], categories=[3, 7, 10])),
        pd.Series(pd.Categorical([3, 10, 7, None], categories=[10, 7, 3])),
        pd.Series(["3", "10", "7", None]).astype(pd.CategoricalDtype(["3", "7", "10"])),
    ],
    ids=["Int64", "float", "declared", "declared-descending", "text"],
)
def test_whole_numbers_are_levels(frame, y, values):
    kinds = values.iloc[np.arange(len(frame)) % 4].reset_index(drop=True)
    model = small_model().fit(frame.assign(kind=kinds), y)
    assert set(model.categories_["kind"]) == {"3", "7", "10"}
    codes = model.encode(frame.assign(kind=kinds))[:4, -1]
    levels = [*model.categories_["kind"]]
    assert codes[:3].tolist() == [levels.index(level) for level in ("3", "10", "7")]
    assert np.isnan(codes[3])


def test_dates_are_no_levels(frame, y):
    dates = pd.Series(pd.Categorical(pd.to_datetime(["2024-01-01", "2025-01-01"] * (len(y) // 2))))
    with pytest.raises(TypeError, match=r"column kind has the levels .*: expected text or numbers"):
        small_model().fit(frame.assign(kind=dates), y)


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix])
def test_a_sparse_matrix_is_refused_with_the_remedy(numbers, make):
    with pytest.raises(TypeError, match=r"X is a sparse matrix .*: pass X.toarray\(\), or make"):
        small_model().fit(make(numbers[0]), numbers[1])


def test_a_sparse_encoder_in_a_pipeline_is_refused(frame, y):
    pipeline = make_pipeline(OneHotEncoder(), small_model())
    with pytest.raises(TypeError, match=r"OneHotEncoder\(sparse_output=False\)"):
        pipeline.fit(frame[["region", "kind"]], y)


@pytest.mark.parametrize(("n_jobs", "threads"), [(1, 1), (2, 2), (-1, 4), (-2, 3), (-9, 1)])
def test_n_jobs_is_the_number_of_threads(monkeypatch, n_jobs, threads):
    monkeypatch.setattr(boosting, "cpus", lambda: 4)
    assert CustomThresholdLGBM(n_jobs=n_jobs).lightgbm_params()["num_threads"] == threads
    assert "num_threads" not in CustomThresholdLGBM().lightgbm_params()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_jobs": 0}, "n_jobs is 0: expected None or a whole number other than 0"),
        ({"n_jobs": 1.5}, "n_jobs is 1.5: expected None or a whole number"),
        ({"n_jobs": 2, "params": {"nthread": 1}}, r"params has \['nthread'\] and n_jobs is 2"),
        ({"default_class": ["bad"]}, r"default_class is \['bad'\]: expected None or a label of y"),
    ],
    ids=["zero", "fraction", "twice", "list"],
)
def test_unusable_parameters_are_refused(numbers, parameters, message):
    with pytest.raises(ValueError, match=message):
        small_model(**{"params": SMALL_PARAMS, **parameters}).fit(*numbers)


def test_n_jobs_does_not_change_the_model(numbers):
    params = {name: value for name, value in SMALL_PARAMS.items() if name != "num_threads"}
    one, two = (small_model(n_jobs=jobs, params=params).fit(*numbers) for jobs in (1, 2))
    np.testing.assert_array_equal(one.predict_proba(numbers[0]), two.predict_proba(numbers[0]))


def test_an_eval_set_is_refused_with_the_reason(numbers):
    with pytest.raises(TypeError, match="fit has no eval_set: early stopping, calibration and"):
        small_model().fit(*numbers, eval_set=[numbers])


@pytest.mark.parametrize("n_boosters", [1, 3])
@pytest.mark.parametrize("rounds", [1, 60, 400])
def test_best_iteration_is_the_number_of_trees(numbers, n_boosters, rounds):
    params = {**SMALL_PARAMS, "num_iterations": rounds, "learning_rate": 0.3}
    model = small_model(n_boosters=n_boosters, params=params).fit(*numbers)
    assert model.best_iteration_ == model.booster_.num_trees()
    assert model.best_iteration_ == model.booster_.current_iteration()


def test_joblib_keeps_the_model(model, X):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    np.testing.assert_array_equal(joblib.load(file).predict_proba(X), model.predict_proba(X))


def test_no_warning_without_cause(frame, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small_model().fit(frame, y).predict(frame)
