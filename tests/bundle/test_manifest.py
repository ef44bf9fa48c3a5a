"""The manifest: the row of a feature, the examples, the pickle's entry."""

import pytest

from credit_scoring.bundle.manifest import ModelFeature, pickle_metadata
from credit_scoring.errors import BundleError
from credit_scoring.features.feature import Feature

AGE = Feature(
    "age",
    "application",
    "age of the applicant",
    unit="years",
    minimum=0,
    maximum=120,
    sensitive="restricted",
)


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
