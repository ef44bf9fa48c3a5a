"""Predictions that are true probabilities, and costs and profits counted loan by loan."""

import numpy as np
import polars as pl
import pytest

from credit_scoring.laboratory.threshold.labelled_predictions import TABLE, LabelledPredictions


@pytest.fixture
def make_predictions():
    """Makes predictions: true probabilities, rounded so that there are ties, with loan amounts."""

    def make(rows=400, seed=0, digits=2, distort=1.0):
        rng = np.random.default_rng(seed)
        true = 1 / (1 + np.exp(2.2 - rng.normal(0, 1, rows)))
        default = (rng.random(rows) < true).astype(float)
        exposure = rng.uniform(100, 1000, rows).round()
        probability = (true**distort).round(digits).clip(0, 1)
        margin = (exposure * rng.uniform(0.02, 0.2, rows)).round(1)
        facts = {"applicants": rows, "defaults": int(default.sum())}
        return LabelledPredictions(default, probability, TABLE, facts, exposure, margin)

    return make


@pytest.fixture
def predictions(make_predictions):
    return make_predictions()


@pytest.fixture
def write_table(make_predictions, tmp_path):
    """Writes the predictions to a CSV file, with some columns replaced."""

    def write(**replaced):
        predictions = make_predictions()
        columns = {
            "target": predictions.default.astype(int),
            "probability": predictions.probability,
            "exposure": predictions.exposure,
            "margin": predictions.margin,
        }
        path = tmp_path / "predictions.csv"
        pl.DataFrame({**columns, **replaced}).write_csv(path)
        return path

    return write


@pytest.fixture
def mean_cost():
    """The cost per applicant of refusing from a threshold, counted one by one."""

    def count(predictions, threshold, false_negative=10.0, false_positive=1.0):
        total = 0.0
        for default, probability in zip(predictions.default, predictions.probability, strict=True):
            if probability >= threshold:
                total += 0.0 if default else false_positive
            else:
                total += false_negative if default else 0.0
        return total / len(predictions.default)

    return count


@pytest.fixture
def mean_profit():
    """The profit per applicant of refusing from a threshold, counted one by one."""

    def count(predictions, threshold, lgd=0.75):
        loans = zip(
            predictions.default,
            predictions.probability,
            predictions.exposure,
            predictions.margin,
            strict=True,
        )
        profits = [
            -lgd * exposure if default else margin
            for default, probability, exposure, margin in loans
            if probability < threshold
        ]
        return sum(profits) / len(predictions.default)

    return count
