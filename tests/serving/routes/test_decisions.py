"""/decisions: the validation of the query, of reviews and of outcomes, and pages of the log."""

import pytest

from tests.serving.small_bundle import EXAMPLE

REVIEW = {"outcome": "ACCEPTED", "reviewer": "A. Martin", "reason": "An error,\nsince corrected."}


@pytest.fixture(scope="module")
def decision_id(app):
    return app.test_client().post("/predict", json=EXAMPLE).json["decision_id"]


def messages(answer):
    assert answer.status_code == 422
    assert answer.json["type"] == "urn:credit-scoring:request-refused"
    return [error["message"] for error in answer.json["errors"]]


@pytest.mark.parametrize(
    ("query", "remedy"),
    [
        ("decision=accepted", 'decision is "accepted": expected one of "ACCEPTED", "REFUSED"'),
        ("decision=ACCEPTED&decision=REFUSED", "decision is a list: expected one of"),
        ("applicant_id=%20", 'applicant_id is " ": expected a text of 1 to 128 printable char'),
        ("applicant_id=a%0Ab", "expected a text of 1 to 128 printable characters"),
        (f"model_version={'x' * 65}", "expected a text of 1 to 64 printable characters"),
        ("since=yesterday", 'since is "yesterday": expected a date such as 2026-11-21, or a time'),
        ("since=1970-12-31", "expected a date such as"),
        ("until=1700000000", "expected a date such as"),
        ("until=2026-11-21T14:00:00", "or a time such as 2026-11-21T14:00:00Z"),
        ("reviewed=1", 'reviewed is "1": expected true or false'),
        ("outcome=2", 'outcome is "2": expected a whole number from 0 to 1'),
        ("outcome=%2B1", "expected a whole number from 0 to 1"),
        ("cursor=7", 'cursor is "7": expected a decision_id'),
        ("limit=0", 'limit is "0": expected a whole number from 1 to 500'),
        ("limit=501", "expected a whole number from 1 to 500"),
        ("limit=1.5", "expected a whole number from 1 to 500"),
        ("limit=2.9999999999", "expected a whole number from 1 to 500"),
        ("limit=01", 'limit is "01": expected a whole number from 1 to 500'),
        ("limit=1.", "expected a whole number from 1 to 500"),
        ("limt=1", "limt is not a field of this request (did you mean limit?): remove it"),
    ],
)
def test_invalid_query_is_refused_with_the_remedy(client, query, remedy):
    (message,) = messages(client.get(f"/decisions?{query}"))
    assert remedy in message


@pytest.mark.parametrize(
    "query",
    [
        "decision=ACCEPTED&model_version=x&reviewed=false&outcome=1",
        "since=2026-11-21T14:00:00Z&until=2026-11-21T14:00:00%2B02:00",
        "until=2026-11-01&limit=1",
        "limit=50.0&outcome=1.0&until=2026-11-01",
        "cursor=01a1feb9-223f-7f5d-8f7b-a696c40619f3",
    ],
)
def test_valid_query_is_answered(client, query):
    assert client.get(f"/decisions?{query}").json == {"decisions": [], "next": None}


def test_all_offending_parameters_are_named(client):
    found = messages(client.get("/decisions?nonsense=1&limit=0&decision=x"))
    assert [message.split()[0] for message in found] == ["decision", "limit", "nonsense"]


def test_pages_follow_the_cursor(client):
    ids = [client.post("/predict", json=EXAMPLE).json["decision_id"] for _ in range(3)]
    first = client.get("/decisions?limit=2").json
    second = client.get(f"/decisions?limit=1&cursor={first['next']}").json
    page = [*first["decisions"], *second["decisions"]]
    assert [row["decision_id"] for row in page] == ids[::-1]
    assert "inputs" not in page[0]


def test_review_and_outcome_are_added(client, decision_id):
    review = client.post(f"/decisions/{decision_id}/review", json=REVIEW)
    outcome = client.post(f"/decisions/{decision_id}/outcome", json={"outcome": 1.0})
    assert (review.status_code, outcome.status_code) == (201, 201)
    stored = client.get(f"/decisions/{decision_id}").json
    assert review.json == {"decision_id": decision_id, **stored["reviews"][-1]}
    assert outcome.json == {"decision_id": decision_id, **stored["outcomes"][-1]}
    assert {name: review.json[name] for name in REVIEW} == REVIEW
    assert '"outcome":1,' in outcome.text  # a data frame's 1.0 is stored as 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": "accepted"}, 'outcome is "accepted": expected one of "ACCEPTED", "REFUSED"'),
        ({"outcome": None}, 'outcome is null: expected one of "ACCEPTED", "REFUSED"'),
        ({"reviewer": "a\nb"}, "expected a text of 1 to 128 printable characters"),
        ({"reviewer": 7}, "reviewer is 7: expected a text of 1 to 128 printable characters"),
        ({"reviewer": "x" * 129}, "expected a text of 1 to 128 printable characters"),
        ({"reason": ""}, 'reason is "": expected a text of 1 to 2000 printable characters'),
        ({"reason": "\x00"}, "expected a text of 1 to 2000 printable characters"),
        ({"reason": "\ud800"}, 'reason is "?": expected a text of 1 to 2000 printable characters'),
        ({"reasons": "x"}, "reasons is not a field of this request (did you mean reason?)"),
    ],
)
def test_invalid_review_is_refused_with_the_remedy(client, decision_id, changes, message):
    answer = client.post(f"/decisions/{decision_id}/review", json={**REVIEW, **changes})
    (found,) = messages(answer)
    assert message in found


@pytest.mark.parametrize("outcome", [True, "1", 0.5, 1e-10, 2, 2.0, -1, None, [1]])
def test_invalid_outcome_is_refused(client, decision_id, outcome):
    answer = client.post(f"/decisions/{decision_id}/outcome", json={"outcome": outcome})
    (message,) = messages(answer)
    assert message.endswith("expected a whole number from 0 to 1")


def test_every_missing_field_is_named(client, decision_id):
    found = messages(client.post(f"/decisions/{decision_id}/review", json={}))
    assert [message.partition(":")[0] for message in found] == [
        "outcome is missing",
        "reviewer is missing",
        "reason is missing",
    ]


def test_unknown_decision_is_404(client):
    unknown = "01a1feb9-223f-7f5d-8f7b-a696c40619f3"
    assert client.get(f"/decisions/{unknown}").json["title"] == "No such decision"
    assert client.post(f"/decisions/{unknown}/review", json=REVIEW).status_code == 404
