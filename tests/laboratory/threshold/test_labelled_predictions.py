"""Predictions from a table or a bundle; on its training data, a bundle predicts out of fold."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from credit_scoring.errors import FeatureError, TableError
from credit_scoring.laboratory.score_dataset import (
    load_labelled,
    load_verified_bundle,
    predict_dataset,
)
from credit_scoring.laboratory.threshold import labelled_predictions as module
from credit_scoring.laboratory.threshold.labelled_predictions import (
    OUT_OF_FOLD,
    UNSEEN,
    PredictionColumns,
    predict_with_bundle,
    read_predictions,
)
from credit_scoring.sample import generate_sample

AMOUNTS = PredictionColumns(exposure="exposure", margin="margin")


def ignore_progress(_done, _total):
    pass


def test_table_columns_become_predictions(write_table, predictions):
    read = read_predictions(write_table(), AMOUNTS)
    for name in ("default", "probability", "exposure", "margin"):
        np.testing.assert_allclose(getattr(read, name), getattr(predictions, name))


@pytest.mark.parametrize(
    ("replaced", "columns", "message"),
    [
        (
            {},
            PredictionColumns(probability="probabilty"),
            r"no column probabilty \(did you mean probability\?\)",
        ),
        ({}, PredictionColumns(exposure="EAD"), "no column EAD"),
        (
            {"probability": [50.0] * 400},
            PredictionColumns(),
            "probability reaches 50: expected probabilities, 0 to 1",
        ),
        ({"probability": ["high"] * 400}, PredictionColumns(), "probability is not numeric"),
        ({"exposure": [-1.0] * 400}, AMOUNTS, "exposure is missing or below 0 for 400 applicants"),
        (
            {"margin": [None, *[1.0] * 399]},
            AMOUNTS,
            "margin is missing or below 0 for 1 applicants",
        ),
    ],
)
def test_invalid_table_is_refused(write_table, replaced, columns, message):
    with pytest.raises((TableError, FeatureError), match=message):
        read_predictions(write_table(**replaced), columns)


def test_training_data_are_predicted_out_of_fold(bundle_folder, sample_folder):
    """The bundle's own predictions would rank these applicants better than any others."""
    loaded = load_verified_bundle(bundle_folder)
    columns = PredictionColumns(exposure="AMT_CREDIT")
    predictions = predict_with_bundle(loaded, sample_folder, columns, ignore_progress)
    assert predictions.source == OUT_OF_FOLD
    count = predictions.facts["applicants"]
    assert len(predictions.exposure) == len(predictions.probability) == count
    (dataset,) = load_labelled(sample_folder, loaded)
    own_auc = roc_auc_score(predictions.default, predict_dataset(loaded, dataset).probability)
    assert roc_auc_score(predictions.default, predictions.probability) < own_auc - 0.02


def test_other_data_are_predicted_by_the_bundle(bundle_folder, tmp_path, monkeypatch):
    generate_sample(tmp_path / "others", applicants=400, seed=5)
    monkeypatch.setattr(module, "cross_validate", lambda *_a: pytest.fail("fitted again"))
    predictions = predict_with_bundle(
        load_verified_bundle(bundle_folder),
        tmp_path / "others",
        PredictionColumns(),
        ignore_progress,
    )
    assert predictions.source == UNSEEN
    assert predictions.exposure is None
