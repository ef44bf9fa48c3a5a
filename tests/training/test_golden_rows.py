"""The golden rows are typical applicants, one of them close to the threshold."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from credit_scoring.bundle.manifest import CLOSE_ROW
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.features.feature import Feature
from credit_scoring.training.golden_rows import (
    CLOSE_SHARE,
    build_golden_rows,
    close_row,
    mixed_rows,
)
from tests.server_process import ROOT

APPLICANTS = 1000
FEATURE = SimpleNamespace(feature=Feature("x", "loans", "the risk", minimum=0, maximum=1), name="x")


def golden_rows(threshold):
    """Those of applicants whose probability is their x, evenly from 0 to 0.5."""
    risk = np.linspace(0, 0.5, APPLICANTS)
    task = SimpleNamespace(features=pl.DataFrame({"x": risk}))
    predictions = SimpleNamespace(rows=np.arange(APPLICANTS), probability=risk)

    def score(inputs):
        return SimpleNamespace(probability=inputs["x"], threshold=threshold)

    scorer = SimpleNamespace(requested_features=[FEATURE], score=score)
    rows = build_golden_rows(task, predictions, scorer)
    return {row["name"]: row["probability"] for row in rows}


@pytest.mark.parametrize("threshold", [0.1, 0.3])
def test_a_row_is_close_to_the_threshold(threshold):
    rows = golden_rows(threshold)
    assert rows["low risk"] < rows["typical"] < rows["high risk"]
    assert rows[CLOSE_ROW] == pytest.approx(threshold, rel=CLOSE_SHARE)


def test_no_row_is_called_close_if_none_is():
    assert CLOSE_ROW not in golden_rows(0.9)


def test_a_mixture_is_close_if_no_typical_row_is():
    """The risk jumps from 0 to 0.4 between the groups; half of the features are half-way."""
    scorer = SimpleNamespace(
        score=lambda inputs: SimpleNamespace(probability=sum(inputs.values()) / 10)
    )
    rows = [
        {"name": name, "features": dict.fromkeys("abcd", value), "probability": 0.4 * value}
        for name, value in (("high risk", 1), ("low risk", 0))
    ]
    assert close_row(rows, 0.2) is None
    row = close_row(mixed_rows(rows, scorer), 0.2)
    assert row["features"] == {"a": 1, "b": 1, "c": 0, "d": 0}
    assert row["probability"] == 0.2


def test_the_shipped_model_has_a_row_close_to_its_threshold():
    manifest = read_bundle(ROOT / "models/latest").manifest
    rows = {row["name"]: row["probability"] for row in manifest.golden_rows}
    assert rows[CLOSE_ROW] == pytest.approx(manifest.threshold["value"], rel=CLOSE_SHARE)
