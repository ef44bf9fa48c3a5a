"""The text of model.json: to a manifest and back, or refused with field, value and remedy."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from credit_scoring.bundle import manifest_json as json_module
from credit_scoring.bundle.manifest import FORMAT
from credit_scoring.bundle.manifest_json import REMEDY, manifest_json, parse_manifest
from credit_scoring.errors import BundleError

PATH = Path("somewhere/model.json")
REMOVED = object()


@pytest.fixture(scope="module")
def data(bundle):
    return manifest_json(bundle.manifest)


def changed(data, place, value):
    """The text with `value` at the dotted `place`, or without it if REMOVED."""
    content = json.loads(data)
    *path, last = (int(key) if key.isdecimal() else key for key in place.split("."))
    parent = content
    for key in path:
        parent = parent[key]
    if value is REMOVED:
        del parent[last]
    else:
        parent[last] = value
    return json.dumps(content).encode()


def refusal(data):
    with pytest.raises(BundleError) as caught:
        parse_manifest(data, PATH)
    assert str(caught.value).startswith(str(PATH))
    return str(caught.value)


def test_a_manifest_survives_a_round_trip(bundle, data):
    assert parse_manifest(data, PATH) == bundle.manifest
    assert manifest_json(parse_manifest(data, PATH)) == data


def test_the_shipped_manifest_is_read_unchanged():
    path = Path(__file__).parents[2] / "models/latest/model.json"
    assert manifest_json(parse_manifest(path.read_bytes(), path)) == path.read_bytes()


def test_the_text_begins_with_the_format(data):
    assert next(iter(json.loads(data).items())) == ("format", FORMAT)
    assert data.endswith(b"}\n")


def test_an_invalid_manifest_is_not_written(bundle):
    with pytest.raises(BundleError, match=r"golden_rows is \[\]: expected at least 1 item"):
        manifest_json(replace(bundle.manifest, golden_rows=()))


@pytest.mark.parametrize("value", [0, "1", 1.0, True, None, [1]])
def test_another_format_is_refused_with_the_remedy(data, value):
    message = refusal(changed(data, "format", value))
    assert message == f"{PATH} has format {value!r}, this program reads 1: train it again"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not a manifest (Expecting value"),
        (b"{", "is not a manifest (Expecting"),
        (b"[]", "is not a manifest (it holds [], no object)"),
        (b"null", "is not a manifest (it holds None, no object)"),
        (b"{}", "has format None, this program reads 1"),
        (b"[" * 100_000, "is not a manifest (maximum recursion depth"),
        (b'{"format": 1, "data": ' + b"[" * 500 + b"]" * 500 + b"}", "recursion limit exceeded"),
        (b'{"format": 1}', "version is absent: expected a value (12 more fields"),
        (b'{"format": 1, "format": 1}', "'format' stands 2 times in an object: expected once"),
        (b'{"format": ' + b"1" * 5000 + b"}", "is not a manifest (Exceeds the limit"),
        (b"\xff\xfe{}", "is not UTF-8 text"),
        (b'{"format": 1, "made_by": "\xed\xa0\x80"}', "is not UTF-8 text"),
    ],
)
def test_a_text_other_than_a_manifest_is_refused(data, message):
    assert message in refusal(data)


def test_a_repeated_key_is_refused_at_any_depth(data):
    """Parsers keep the last one, a reader sees the first."""
    twice = data.replace(b'"theoretical"', b'"value": 0.5, "theoretical"', 1)
    assert "'value' stands 2 times in an object" in refusal(twice)


def test_a_lone_surrogate_is_refused(data):
    """It has no UTF-8 encoding: every answer that holds it would fail."""
    text = changed(data, "algorithm", "\ud800")
    assert b"\\ud800" in text
    assert "is not a manifest (Invalid JSON" in refusal(text)


def test_the_limit_of_values_holds_before_anything_is_parsed(data, monkeypatch):
    monkeypatch.setattr(json_module, "MAX_VALUES", 100)
    monkeypatch.setattr(json_module.json, "loads", None)
    assert "holds more than 100 values" in refusal(data)


NAN, INFINITY = float("nan"), float("inf")
INVALID = [
    ("surprise", 1, "is 1: expected no such key"),
    ("version", REMOVED, "is absent: expected a value"),
    ("version", 7, "is 7: expected a valid string"),
    ("version", "0" * 12, "is '000000000000': expected "),
    ("created_at", "yesterday", "is 'yesterday': "),
    ("created_at", "2026-11-20T12:00:00", "expected a time with its offset from UTC"),
    ("pickle", [], "is []: expected an object"),
    ("pickle.file", "../other.pkl", "is '../other.pkl': expected 'model.pkl'"),
    ("pickle.size", -1, "is -1: expected greater than or equal to 0"),
    ("pickle.size", 10.5, "is 10.5: expected a valid integer"),
    ("pickle.size", True, "is True: expected a valid integer"),
    ("pickle.sha256", REMOVED, "is absent: expected a value"),
    ("pickle.sha256", "A" * 64, "String should match pattern"),
    ("pickle.surprise", 1, "is 1: expected no such key"),
    ("libraries.numpy", 2, "is 2: expected a valid string"),
    ("data.applicants", 0, "is 0: expected greater than or equal to 1"),
    ("data.tables", "application", "is 'application': expected a valid array"),
    ("settings.seed", NAN, "is nan: expected a"),
    ("settings.params", {"values": {"lambda": NAN}}, "are not JSON compliant"),
    ("costs", {}, "is absent: expected a value"),
    ("costs.false_negative", 0, "is 0: expected greater than 0"),
    ("costs.false_negative", INFINITY, "is inf: expected a finite number"),
    ("threshold", None, "is None: expected an object"),
    ("threshold", {}, "is absent: expected a value (3 more fields are invalid)"),
    ("threshold.value", NAN, "is nan: expected a finite number"),
    ("threshold.value", "0.1", "is '0.1': expected a valid number"),
    ("threshold.value", True, "is True: expected a valid number"),
    ("metrics.held_out", REMOVED, "is absent: expected a value"),
    ("metrics.held_out.roc_auc.low", NAN, "is nan: expected a finite number"),
    ("metrics.held_out.roc_auc.median", 0.5, "is 0.5: expected no such key"),
    ("features", {"a": 1}, "expected a valid array"),
    ("features.0", 1, "is 1: expected an object, the row of a feature"),
    ("features.0.name", REMOVED, "is absent: expected a value"),
    ("features.0.nullable", 1, "is 1: expected a valid boolean"),
    ("features.0.role", "output", "is 'output': expected 'input', 'ratio input' or 'derived'"),
    ("features.0.surprise", 1, "is 1: expected no such key"),
    ("features.0.minimum", NAN, "is nan: expected a finite number"),
    ("features.0.maximum", INFINITY, "is inf: expected a finite number"),
    ("features.0.maximum", 10**400, "expected a valid number"),
    ("features.0.levels", [1], "is 1: expected a valid string"),
    ("features.0.importance", 1.5, "is 1.5: expected less than or equal to 1"),
    ("golden_rows", [], "is []: expected at least 1 item"),
    ("golden_rows", 3, "is 3: expected a valid array"),
    ("golden_rows.0.name", "", "is '': String should have at least 1 character"),
    ("golden_rows.0.probability", NAN, "is nan: expected a finite number"),
    ("golden_rows.0.probability", 1.5, "is 1.5: expected less than or equal to 1"),
    ("golden_rows.0.probability", None, "is None: expected a valid number"),
    ("golden_rows.0.probability", REMOVED, "is absent: expected a value"),
    ("golden_rows.0.features", None, "is None: expected an object"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "message"), INVALID)
def test_an_invalid_field_is_named_with_its_value(data, place, value, message):
    text = refusal(changed(data, place, value))
    assert text.startswith(f"{PATH}: {place}")
    assert message in text
    assert text.endswith(REMEDY)


def test_a_repeated_feature_is_refused(data):
    features = json.loads(data)["features"]
    text = refusal(changed(data, "features", [*features, features[-1]]))
    assert f"a name in features is {features[-1]['name']!r}: expected it once" in text.replace(
        "...", ""
    )


def test_a_repeated_golden_row_is_refused(data):
    rows = json.loads(data)["golden_rows"]
    assert "a name in golden_rows is 'typical'" in refusal(
        changed(data, "golden_rows", [*rows, rows[0]])
    )


@pytest.mark.parametrize("value", [NAN, INFINITY, 10**400, True, "many", [], {}])
def test_an_invalid_value_in_a_golden_row_is_refused(data, bundle, value):
    """The server scores golden rows at start and shows them as examples."""
    number = next(f for f in bundle.manifest.features if f.is_requested and not f.feature.levels)
    text = refusal(changed(data, f"golden_rows.0.features.{number.name}", value))
    assert f"feature {number.name} of golden row 'typical' is " in text
    assert "expected a value that a request may have" in text


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [("surprise", 1, "is present: expected no such name"), (None, REMOVED, "is absent: expected")],
)
def test_a_golden_row_has_exactly_the_requested_features(data, bundle, name, value, message):
    name = name or next(f.name for f in bundle.manifest.features if f.is_requested)
    text = refusal(changed(data, f"golden_rows.1.features.{name}", value))
    assert f"feature {name} of golden row 'low risk' {message}" in text


def test_a_required_feature_is_not_missing_in_a_golden_row(data, bundle):
    required = next(f for f in bundle.manifest.features if f.is_requested and not f.nullable)
    text = refusal(changed(data, f"golden_rows.0.features.{required.name}", None))
    assert f"feature {required.name} of golden row 'typical' is None" in text
