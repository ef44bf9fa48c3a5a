"""The reference in model.json: a round trip, hostile ones refused, and the bins of numbers."""

import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.bundle.manifest_json import REMEDY, manifest_json, parse_manifest
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.bundle.reference import (
    MAX_EDGES,
    SCORE_BINS,
    SCORE_EDGES,
    bin_probability,
    number_bin,
    score_bin,
)
from credit_scoring.errors import BundleError
from tests.bundle.references import reference_of
from tests.bundle.test_manifest_json import INFINITY, NAN, REMOVED, changed, refusal


@pytest.fixture(scope="module")
def manifest(attacked_folder):
    written = read_manifest(attacked_folder)
    thousand = replace(written, data={**written.data, "applicants": 1000})
    return replace(thousand, reference=reference_of(thousand))


@pytest.fixture(scope="module")
def data(manifest):
    return manifest_json(manifest)


def test_a_reference_survives_a_round_trip(manifest, data):
    assert parse_manifest(data, "model.json") == manifest
    assert manifest_json(parse_manifest(data, "model.json")) == data


def test_a_bundle_without_reference_is_read_and_written_as_before(manifest, data):
    old = changed(data, "reference", REMOVED)
    assert parse_manifest(old, "model.json").reference is None
    assert b"reference" not in manifest_json(replace(manifest, reference=None))


def test_counts_stand_on_one_line(data):
    counts = json.loads(data)["reference"]["score"]["repaid"]
    assert f'"repaid": {counts}' in data.decode()


INVALID = [
    ("", [], "is []: expected "),
    (".surprise", 1, "is 1: expected no such key"),
    (".applicants", REMOVED, "is absent: expected a value"),
    (".applicants", True, "is True: expected a valid integer"),
    (".applicants", 5, "is 5: expected 1000, as in data.applicants"),
    (".applicants", 10**400, "expected"),
    (".features", {}, "is {}: expected a valid array"),
    (".features.0", None, "expected "),
    (".features.0.surprise", 1, "is 1: expected no such key"),
    (".features.0.name", 3, "is 3: expected a valid string"),
    (".features.0.name", "surprise", "is 'surprise': expected "),
    (".features.0.edges", [0.0, NAN, 2.0], "expected a finite number"),
    (".features.0.edges", [0.0, 1.0, INFINITY], "expected a finite number"),
    (".features.0.edges", [0.0, 1.0, 1e39], "expected ascending numbers"),
    (".features.0.edges", [0.0, 2.0, 1.0], "expected ascending numbers"),
    (".features.0.edges", [0.0, 1.0, 1.0], "expected ascending numbers"),
    (".features.0.edges", [0.0, 1.0, 1.00000000001], "different and finite in 32 bits"),
    (".features.0.edges", ["0", 1.0, 2.0], "is '0': expected a valid number"),
    (".features.0.edges", [*range(MAX_EDGES + 1)], "at most 100"),
    (".features.0.counts", [1000], "is (1000,): expected 5 counts, one per bin"),
    (".features.0.counts", [996, 1, 1, 1, 0], "expected the sum 1000, not 999"),
    (".features.0.counts", [1001, 0, 0, 0, -1], "expected greater than or equal to 0"),
    (".features.0.counts", [1000.5, 0, 0, 0, 0], "is 1000.5: expected a valid integer"),
    (".features.0.counts", [10**13, 0, 0, 0, 0], "expected less than or equal to 1000000000000"),
    (".score.default", [0] * (SCORE_BINS - 1), "expected 122 counts, one per bin, not 121"),
    (".score.default", [0] * (SCORE_BINS + 1), "expected 122 counts, one per bin, not 123"),
    (".score.default", [1000] * SCORE_BINS, "expected counts of 1 to 1000 applicants"),
    (".score.repaid", REMOVED, "is absent: expected a value"),
    (".score", None, "expected "),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "message"), INVALID)
def test_a_hostile_reference_is_refused_by_field(data, place, value, message):
    text = refusal(changed(data, f"reference{place}", value))
    field = ".".join(part for part in f"reference{place}".split(".")[:3])
    assert f": {field}" in text or ": reference.score is" in text
    assert message in text
    assert text.endswith(REMEDY)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "edges", "counts", "repaid"]), part)
    ),
    max_leaves=10,
)


@given(
    place=st.sampled_from(["", ".applicants", ".features", ".features.1", ".features.1.edges"]),
    value=JSON,
)
def test_any_other_json_value_is_refused_by_the_one_error(data, place, value):
    changed_data = changed(data, f"reference{place}", value)
    try:
        parse_manifest(changed_data, "model.json")
    except BundleError as error:
        assert "reference" in str(error)  # noqa: PT017 - a valid value is read


def test_a_category_has_a_bin_per_level_and_no_edges(data, manifest):
    index = next(i for i, f in enumerate(manifest.features) if f.feature.levels)
    text = refusal(changed(data, f"reference.features.{index}.edges", [0.5]))
    assert f"reference.features.{index}.edges is (0.5,): expected none" in text


def test_every_feature_is_named_once_and_in_order(data):
    rows = json.loads(data)["reference"]["features"]
    last = len(rows) - 1
    assert f"reference.features.{last}.name is 'absent'" in refusal(
        changed(data, "reference.features", rows[:-1])
    )
    assert f"reference.features.{last + 1}.name" in refusal(
        changed(data, "reference.features", [*rows, rows[0]])
    )
    assert f"reference.features.0.name is {rows[1]['name']!r}" in refusal(
        changed(data, "reference.features", [rows[1], rows[0], *rows[2:]])
    )


def test_an_invalid_reference_is_not_written(manifest):
    wrong = replace(manifest.reference, applicants=7)
    with pytest.raises(BundleError, match=r"reference\.applicants is 7: expected 1000"):
        manifest_json(replace(manifest, reference=wrong))


def test_a_number_equal_to_an_edge_is_in_the_bin_above_it():
    values = [-1.0, 0.0, 0.69, 0.7, 5.0, math.inf, -math.inf, math.nan]
    assert number_bin(values, (0.0, 0.7)).tolist() == [0, 1, 1, 2, 2, 2, 0, 3]
    assert number_bin(np.float32([0.7]), (0.0, 0.7)).tolist() == [2]  # 0.69999999 in 64 bits
    assert number_bin([3.0, math.nan], ()).tolist() == [0, 1]


def test_scores_are_binned_by_log_odds():
    assert len(SCORE_EDGES) == 121
    assert (SCORE_EDGES[0], SCORE_EDGES[-1]) == (-8, 4)
    assert score_bin([0.0, 0.5, 1.0]).tolist() == [0, 81, 121]


def test_the_probability_of_a_bin_is_inside_it():
    probabilities = bin_probability()
    assert probabilities.shape == (SCORE_BINS,)
    assert score_bin(probabilities).tolist() == [*range(SCORE_BINS)]


def test_the_reference_needs_no_table_library():
    heavy = "polars", "pandas", "sklearn", "scipy", "lightgbm"
    program = (
        "import sys, credit_scoring.bundle.reference\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert output.stdout.strip() == b"[]"


def test_too_many_edges_are_refused_in_plain_words(data):
    text = refusal(changed(data, "reference.features.0.edges", list(range(1000))))
    assert "reference.features.0.edges is [0, 1, 2, 3, 4, 5, ...]: expected at most 100" in text
