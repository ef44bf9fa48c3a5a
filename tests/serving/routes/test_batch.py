"""Batches: each applicant is decided on as alone, bit for bit; errors do not affect others."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.serving.service import EXTENSION
from tests.serving.small_bundle import EXAMPLE, RAW, REQUIRED

DECISION = (
    "probability",
    "score",
    "threshold",
    "decision",
    "risk_level",
    "credit_score",
    "model_version",
)
VALUES = {
    "EXT_SOURCE_2": st.none() | st.floats(0, 1),
    "EXT_SOURCE_3": st.none() | st.floats(0, 1),
    "AMT_CREDIT": st.floats(1, 1e9),
    "DAYS_EMPLOYED": st.none() | st.just(365243) | st.integers(-20000, 0),
    "CNT_CHILDREN": st.integers(0, 20),
    "bureau_active_debt_sum": st.none() | st.floats(0, 1e9),
    "NAME_CONTRACT_TYPE": st.sampled_from(RAW["NAME_CONTRACT_TYPE"].levels),
    "ORGANIZATION_TYPE": st.none()
    | st.just("XNA")
    | st.sampled_from(RAW["ORGANIZATION_TYPE"].levels),
    "AMT_INCOME_TOTAL": st.floats(1, 1e9),
}
APPLICANTS = st.fixed_dictionaries(
    {name: VALUES[name] for name in REQUIRED},
    optional={name: values for name, values in VALUES.items() if name not in REQUIRED},
)


def ask(client, applicants):
    return client.post("/predict/batch", json={"applicants": applicants})


def stored(app):
    return {found.decision_id: found for found in app.extensions[EXTENSION].log.iterate()}


def neighbour(value, ulps):
    """`value`, or the next number below or above it."""
    return math.nextafter(value, ulps * math.inf) if ulps else value


@settings(max_examples=100)
@given(applicants=st.lists(APPLICANTS, min_size=1, max_size=8))
def test_batch_scores_equal_single_scores(app, applicants):
    scorer = app.extensions[EXTENSION].scorer
    assert scorer.score_all(applicants) == [scorer.score(each) for each in applicants]


@pytest.mark.parametrize(("ulps", "score"), [(-1, 1), (0, 1), (1, 0)])
def test_tie_with_the_threshold_is_a_refusal_everywhere(app, client, monkeypatch, ulps, score):
    """Row 31: the threshold is the applicant's own probability, one ulp below it and one above."""
    current = app.extensions[EXTENSION]
    probability = current.scorer.score(EXAMPLE).probability
    threshold = neighbour(probability, ulps)
    monkeypatch.setattr(current.bundle.model, "threshold_", threshold)
    alone = client.post("/predict", json=EXAMPLE).json
    explained = client.post("/predict/explain", json=EXAMPLE).json
    together = ask(client, [EXAMPLE, EXAMPLE]).json["predictions"]
    for answer in (alone, explained, *together):
        assert [answer[name] for name in ("probability", "threshold", "score")] == [
            probability,
            threshold,
            score,
        ]
        assert answer["decision"] == ("REFUSED" if score else "ACCEPTED")
    assert bool(current.bundle.model.refuses(probability)) is bool(score)


def test_invalid_applicant_does_not_affect_others(client):
    bad = [
        {**EXAMPLE, "EXT_SOURCE_2": 57},
        {"AMT_CREDITS": 1},
        "no object",
        {"features": EXAMPLE, "more": 1},
    ]
    answer = ask(client, [EXAMPLE, *bad, {"features": EXAMPLE}])
    assert answer.status_code == 200
    assert [each["index"] for each in answer.json["predictions"]] == [0, 5]
    assert [each["index"] for each in answer.json["errors"]] == [1, 2, 3, 4]
    assert answer.json["errors"][0]["errors"][0]["field"] == "EXT_SOURCE_2"
    alone = client.post("/predict", json=EXAMPLE).json
    for each in answer.json["predictions"]:
        assert [each[name] for name in DECISION] == [alone[name] for name in DECISION]


def test_log_has_exactly_the_decisions(app, client):
    before = stored(app)
    answer = ask(client, [EXAMPLE, {}, EXAMPLE])
    new = stored(app).keys() - before.keys()
    assert new == {each["decision_id"] for each in answer.json["predictions"]}
    assert {stored(app)[identity].kind for identity in new} == {"batch"}


def test_large_batch_is_stored_completely(app, client):
    answer = ask(client, [EXAMPLE] * 250)
    assert {each["decision_id"] for each in answer.json["predictions"]} <= stored(app).keys()
    assert len(answer.json["predictions"]) == 250


def test_batch_of_invalid_applicants_stores_nothing(app, client):
    before = stored(app).keys()
    answer = ask(client, [{}, {}])
    assert (answer.status_code, answer.json["predictions"], len(answer.json["errors"])) == (
        200,
        [],
        2,
    )
    assert stored(app).keys() == before


def test_number_of_errors_is_limited(client, monkeypatch):
    monkeypatch.setattr("credit_scoring.serving.routes.batch.MAX_BATCH_ERRORS", 4)
    errors = ask(client, [{}, {}]).json["errors"]
    assert len(errors[0]["errors"]) == len(REQUIRED)
    assert [each["message"] for each in errors[1]["errors"]] == [
        f"{len(REQUIRED)} fields are refused, the first: {errors[0]['errors'][0]['message']}"
    ]


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "applicants", "applicants is missing: expected a list of objects"),
        ({"applicants": EXAMPLE}, "applicants", "applicants is an object: expected a list"),
        (
            {"applicants": []},
            "applicants",
            "applicants has 0 items: expected from 1 to 1000 per request",
        ),
        (
            {"applicants": [{}] * 1001},
            "applicants",
            "applicants has 1001 items: expected from 1 to 1000 per request",
        ),
        ({"applicants": [{}], "more": 1}, "more", "more is not a field of this request: remove it"),
    ],
)
def test_malformed_batch_is_refused(client, body, field, message):
    answer = client.post("/predict/batch", json=body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
    assert message in answer.json["detail"]


def test_raw_records_are_refused_with_the_right_route(client):
    answer = ask(client, [{"application": {"AMT_CREDIT": 1}}])
    assert "POST /predict takes raw records" in answer.json["errors"][0]["errors"][0]["message"]
