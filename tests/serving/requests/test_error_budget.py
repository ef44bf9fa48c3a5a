"""What the errors of one request may cost: hints, listed errors and memory are bounded."""

import json
import tracemalloc

import pytest

from credit_scoring.scoring.validation import error_budget, feature_schema
from credit_scoring.scoring.validation.error_budget import MAX_ERRORS, MAX_HINTS
from credit_scoring.serving.requests import json_body
from credit_scoring.serving.requests.json_body import exceeds_values
from tests.serving.small_bundle import EXAMPLE, REQUIRED


def count_calls(monkeypatch, module, name):
    """Count the calls of a function of `module`, in a list of their arguments."""
    calls, original = [], getattr(module, name)

    def counted(*args, **kwargs):
        calls.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, counted)
    return calls


def send_batch(client, applicants):
    return client.post("/predict/batch", json={"applicants": applicants})


@pytest.mark.parametrize(
    "change", [{"AMT_CREDITS": 1, "EXT_SOURCE_22": 1}, {"ORGANIZATION_TYPE": "Schol"}]
)
def test_hints_are_bounded_per_request(client, monkeypatch, change):
    """Near-miss names or levels in each applicant cost no more than those in one."""
    hints = count_calls(monkeypatch, error_budget, "did_you_mean")
    errors = send_batch(client, [{**EXAMPLE, **change}] * 300).json["errors"]
    assert len(hints) == MAX_HINTS
    messages = [error["message"] for row in errors for error in row["errors"]]
    assert len(messages) == 300 * len(change)
    assert sum("did you mean" in message for message in messages) == MAX_HINTS


def test_hints_of_raw_records_are_bounded_per_request(client, monkeypatch):
    hints = count_calls(monkeypatch, error_budget, "did_you_mean")
    body = {"application": {}, "bureau": [{"CREDIT_ACTIV": "Active"}] * 90}
    answer = client.post("/predict", json=body)
    assert answer.status_code == 422
    assert len(answer.json["errors"]) == MAX_ERRORS
    assert len(hints) <= MAX_HINTS


def test_errors_beyond_the_limit_are_not_worked_out(client, monkeypatch):
    monkeypatch.setattr("credit_scoring.serving.routes.batch.MAX_BATCH_ERRORS", 4)
    missing = count_calls(monkeypatch, feature_schema, "missing_error")
    errors = send_batch(client, [{}] * 50).json["errors"]
    assert len(missing) == len(REQUIRED) + 49
    assert [len(row["errors"]) for row in errors] == [len(REQUIRED), *[1] * 49]


def test_names_next_to_the_features_are_bounded_per_request(client, monkeypatch):
    monkeypatch.setattr("credit_scoring.serving.routes.batch.MAX_BATCH_ERRORS", 4)
    applicant = {"features": EXAMPLE, **{f"x{i}": i for i in range(9)}}
    errors = send_batch(client, [applicant] * 3).json["errors"]
    assert [len(row["errors"]) for row in errors] == [9, 1, 1]
    message = '9 fields are refused, the first: "x0" is next to "features": remove it'
    assert errors[1]["errors"] == [{"field": "x0", "message": message}]


@pytest.mark.parametrize("applicant", [b"{}", b"[]", b"1", b'{"a":{}}', b"[[[]]]"])
def test_batch_with_too_many_values_is_not_parsed(client, monkeypatch, applicant):
    """Values of a few bytes become objects of 64: a small body would fill the memory."""
    parsed = count_calls(monkeypatch, json_body, "parse_json")
    body = b'{"applicants": [' + b",".join([applicant] * 600_000) + b"]}"
    tracemalloc.start()
    answer = client.post("/predict/batch", data=body, content_type="application/json")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status_code, parsed) == (422, [])
    assert "expected at most 1000 applicants of 9 features per request" in answer.json["detail"]
    assert peak < 4 * len(body)


def test_separators_inside_texts_are_not_values():
    levels = json.dumps({"level": "[20, 30)" * 9, "other": '\\",{"', "last": "\\"}).encode()
    assert not exceeds_values(levels, 3)
    assert exceeds_values(levels, 2)


@pytest.mark.parametrize("ending", [b"", b"\\", b'"'])
def test_unterminated_text_is_counted_in_linear_time(ending):
    body = b"[" * 5 + b'"' + b'\\",' * 300_000 + ending
    assert not exceeds_values(body, 5)
