"""The manifest: the way through its text and back, and what a feature's row holds."""

import dataclasses
import json
from pathlib import Path

import pytest

from credit_scoring.bundle.manifest import FORMAT, Manifest, ModelFeature, pickle_facts
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


def test_a_manifest_survives_the_way_through_its_text(bundle):
    text = bundle.manifest.to_json()
    assert Manifest.from_json(text, PATH) == bundle.manifest
    assert Manifest.from_json(text, PATH).to_json() == text


def test_its_text_is_json_that_begins_with_its_format_and_ends_with_a_line_break(bundle):
    text = bundle.manifest.to_json()
    assert next(iter(json.loads(text).items())) == ("format", FORMAT)
    assert text.endswith("}\n")


def test_a_figure_that_is_no_number_is_not_written(bundle):
    with pytest.raises(ValueError, match="not JSON compliant"):
        dataclasses.replace(bundle.manifest, metrics={"roc_auc": float("nan")}).to_json()


def test_another_format_is_refused_with_the_remedy(bundle):
    text = dataclasses.replace(bundle.manifest, format=FORMAT + 1).to_json()
    with pytest.raises(
        BundleError, match=rf"{PATH} has format 2, this program reads 1: train it again"
    ):
        Manifest.from_json(text, PATH)


@pytest.mark.parametrize(
    ("role", "asked"), [("input", True), ("ratio input", True), ("derived", False)]
)
def test_a_request_sends_inputs_and_the_inputs_of_ratios(role, asked):
    assert ModelFeature(AGE, role, nullable=True).asked is asked


def test_a_feature_s_row_is_flat_and_survives_the_way_there_and_back():
    feature = ModelFeature(AGE, "input", nullable=False, importance=0.25)
    row = feature.as_dict()
    assert row == {
        "name": "age", "table": "application", "meaning": "age of the applicant", "unit": "years", "minimum": 0,
        "maximum": 120, "sensitive": "restricted", "empty": "missing", "role": "input", "nullable": False,
        "importance": 0.25,
    }  # fmt: skip
    assert ModelFeature.from_dict(row) == feature
    assert feature.name == "age"


def test_the_examples_are_found_by_name(bundle):
    for row in bundle.manifest.golden_rows:
        assert bundle.manifest.example(row["name"]) == row["features"]
    with pytest.raises(
        BundleError, match='no example called "nobody": it has "typical", "low risk", "high risk"'
    ):
        bundle.manifest.example("nobody")


def test_the_facts_of_a_pickle_are_its_name_size_and_digest():
    assert pickle_facts(b"abc", "d1") == {"file": "model.pkl", "size": 3, "sha256": "d1"}
