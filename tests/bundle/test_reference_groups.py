"""The fifths of risk and the threshold curve in model.json: round trip, hostile ones refused."""

import json
from dataclasses import replace

import pytest

from credit_scoring.bundle.manifest_json import REMEDY, manifest_json, parse_manifest
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.bundle.threshold_curve import MAX_THRESHOLDS
from tests.bundle.references import reference_of, with_curve, with_fifths
from tests.bundle.test_manifest_json import INFINITY, NAN, REMOVED, changed, refusal

FIFTHS = "risk_fifths"
CURVE = "threshold_curve"
SUMS = f"{CURVE}.exposure"


@pytest.fixture(scope="module")
def manifest(attacked_folder):
    written = read_manifest(attacked_folder)
    thousand = replace(written, data={**written.data, "applicants": 1000})
    reference = with_curve(with_fifths(reference_of(thousand)))
    return replace(thousand, reference=reference)


@pytest.fixture(scope="module")
def data(manifest):
    return manifest_json(manifest)


def test_both_survive_a_round_trip(manifest, data):
    assert parse_manifest(data, "model.json") == manifest
    assert manifest_json(parse_manifest(data, "model.json")) == data


@pytest.mark.parametrize("part", [FIFTHS, CURVE])
def test_a_reference_without_one_is_read_and_written_as_before(data, part):
    old = parse_manifest(changed(data, f"reference.{part}", REMOVED), "model.json")
    assert getattr(old.reference, part) is None
    assert part.encode() not in manifest_json(old)


def test_exposures_may_be_unknown(data):
    unknown = parse_manifest(changed(data, f"reference.{SUMS}", None), "model.json")
    assert unknown.reference.threshold_curve.exposure is None


def test_a_probability_equal_to_an_edge_is_in_the_fifth_above(manifest):
    fifths = manifest.reference.risk_fifths
    assert fifths.edges == (0.02, 0.05, 0.1, 0.2)
    assert fifths.fifth_of([0.0, 0.0199, 0.02, 0.1, 0.2, 1.0]).tolist() == [0, 0, 1, 3, 4, 4]


COUNTS = [[1000, 0, 0, 0, 0]] + [[0] * 5] * 4
INVALID = [
    (FIFTHS, [], "is []: expected"),
    (f"{FIFTHS}.surprise", 1, "is 1: expected no such key"),
    (f"{FIFTHS}.edges", [0.1, 0.2, 0.3], "expected at least 4 items"),
    (f"{FIFTHS}.edges", [0.1, 0.2, 0.3, 0.4, 0.5], "expected at most 4 items"),
    (f"{FIFTHS}.edges", [0.1, 0.3, 0.2, 0.4], "expected probabilities that do not descend"),
    (f"{FIFTHS}.edges", [0.1, NAN, 0.2, 0.4], "expected a finite number"),
    (f"{FIFTHS}.edges", [0.1, 0.2, 0.3, 1.5], "is 1.5: expected less than or equal to 1"),
    (f"{FIFTHS}.edges", ["0", 0.2, 0.3, 0.4], "is '0': expected a valid number"),
    (f"{FIFTHS}.counts", [], "is 'of 0 features': expected"),
    (f"{FIFTHS}.counts", REMOVED, "is absent: expected a value"),
    (f"{FIFTHS}.counts.0", [[0] * 5] * 4, "expected at least 5 items"),
    (f"{FIFTHS}.counts.0", COUNTS, "expected no bin above those of reference.features"),
    (f"{FIFTHS}.counts.0.4", [0] * 5, "counts.0 is 'of 800 applicants': expected 1000, as in"),
    (f"{FIFTHS}.counts.1.0", [200], "is (200,): expected 5 counts, one per bin, not 1"),
    (f"{FIFTHS}.counts.1.0", [0] * 5, "expected the sum 200, not 0"),
    (f"{FIFTHS}.counts.0.0.0", -1, "expected greater than or equal to 0"),
    (f"{FIFTHS}.counts.0.0.0", 0.5, "is 0.5: expected a valid integer"),
    (CURVE, 7, "is 7: expected"),
    (f"{CURVE}.surprise", 1, "is 1: expected no such key"),
    (f"{CURVE}.applicants", 999, "is 999: expected 1000, as in reference.score"),
    (f"{CURVE}.applicants", True, "is True: expected a valid integer"),
    (f"{CURVE}.defaults", 99, "is 99: expected 100, as in reference.score"),
    (f"{CURVE}.thresholds", [0.0, 0.2, 0.1, 0.3, 1.0], "expected ascending thresholds"),
    (f"{CURVE}.thresholds", [0.0, 0.1, 0.1, 0.3, 1.0], "expected ascending thresholds"),
    (f"{CURVE}.thresholds", [0.0, NAN, 0.1, 0.3, 1.0], "expected a finite number"),
    (f"{CURVE}.thresholds", [0.0, 0.1, 0.2, 0.3, 1.1], "expected less than or equal to 1"),
    (f"{CURVE}.thresholds", [0.0], "expected at least 2 items"),
    (f"{CURVE}.thresholds", [0.1] * (MAX_THRESHOLDS + 1), "at most 1000"),
    (f"{CURVE}.missed", [0, 1, 2, 3], "expected 5 values, one per threshold, not 4"),
    (f"{CURVE}.missed", [0, 2, 1, 3, 4], "expected counts that never fall as"),
    (f"{CURVE}.missed", [0, 1, 2, 3, 101], "is 101: expected 100 at most, as in"),
    (f"{CURVE}.refused_good", [4, 3, 2, 1], "expected 5 values, one per threshold, not 4"),
    (f"{CURVE}.refused_good", [0, 1, 0, 0, 0], "expected counts that never rise with"),
    (f"{CURVE}.refused_good", [901, 0, 0, 0, 0], "is 901: expected 900 at most, as in"),
    (f"{SUMS}.accepted_good", REMOVED, "is absent: expected a value"),
    (f"{SUMS}.accepted_good", [0.0, 1.0], "expected 5 values, one per threshold, not 2"),
    (f"{SUMS}.accepted_default", [0.0, 2.0, 1.0, 3.0, 4.0], "expected sums that never fall"),
    (f"{SUMS}.accepted_default", [-1.0, 0.0, 0.0, 0.0, 0.0], "expected greater than or equal"),
    (f"{SUMS}.accepted_good_squares", [0.0, 0.0, 0.0, 0.0, 1e101], "expected less than or"),
    (f"{SUMS}.accepted_default_squares", [0, 0, 0, 0, INFINITY], "expected a finite number"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "message"), INVALID)
def test_a_hostile_one_is_refused_by_field(data, place, value, message):
    text = refusal(changed(data, f"reference.{place}", value))
    assert f": reference.{place.split('.')[0]}" in text
    assert message in text
    assert text.endswith(REMEDY)


def test_a_list_of_numbers_stands_on_one_line(data):
    fifths = json.loads(data)["reference"][FIFTHS]
    assert f"{fifths['counts'][0][0]}" in data.decode()
