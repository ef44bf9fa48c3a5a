"""The manifest: to text and back, and the row of a feature."""

import dataclasses
import json
from pathlib import Path

import pytest

from credit_scoring.bundle.manifest import FORMAT, Manifest, ModelFeature, pickle_metadata
from credit_scoring.errors import BundleError
from credit_scoring.features.feature import Feature

PATH = Path("somewhere/model.json")
AGE = Feature(
    "age",
    "application",
    "age of the applicant",
    unit="years",
    minimum=0,
    maximum=120,
    sensitive="restricted",
)


def test_a_manifest_survives_a_round_trip(bundle):
    text = bundle.manifest.to_json()
    assert Manifest.from_json(text, PATH) == bundle.manifest
    assert Manifest.from_json(text, PATH).to_json() == text


def test_the_text_begins_with_the_format(bundle):
    text = bundle.manifest.to_json()
    assert next(iter(json.loads(text).items())) == ("format", FORMAT)
    assert text.endswith("}\n")


def test_a_metric_that_is_nan_is_refused(bundle):
    with pytest.raises(ValueError, match="not JSON compliant"):
        dataclasses.replace(bundle.manifest, metrics={"roc_auc": float("nan")}).to_json()


def test_another_format_is_refused_with_the_remedy(bundle):
    text = dataclasses.replace(bundle.manifest, format=FORMAT + 1).to_json()
    with pytest.raises(
        BundleError, match=rf"{PATH} has format 2, this program reads 1: train it again"
    ):
        Manifest.from_json(text, PATH)


@pytest.mark.parametrize(
    ("role", "is_requested"), [("input", True), ("ratio input", True), ("derived", False)]
)
def test_a_request_contains_inputs_and_ratio_inputs(role, is_requested):
    assert ModelFeature(AGE, role, nullable=True).is_requested is is_requested


def test_the_row_of_a_feature_survives_a_round_trip():
    feature = ModelFeature(AGE, "input", nullable=False, importance=0.25)
    row = feature.as_dict()
    assert row == {
        "name": "age", "table": "application", "meaning": "age of the applicant",
        "unit": "years", "minimum": 0, "maximum": 120, "sensitive": "restricted",
        "empty": "missing", "role": "input", "nullable": False, "importance": 0.25,
    }  # fmt: skip
    assert ModelFeature.from_dict(row) == feature
    assert feature.name == "age"


def test_examples_are_found_by_name(bundle):
    for row in bundle.manifest.golden_rows:
        assert bundle.manifest.example(row["name"]) == row["features"]
    with pytest.raises(
        BundleError, match='no example called "nobody": it has "typical", "low risk", "high risk"'
    ):
        bundle.manifest.example("nobody")


def test_pickle_metadata_has_name_size_and_digest():
    assert pickle_metadata(b"abc", "d1") == {"file": "model.pkl", "size": 3, "sha256": "d1"}
