"""Many applicants in one request: each decided on as alone, to the bit; a bad one spoils no good one."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit_scoring.serving.service import EXTENSION
from tests.serving.small_bundle import EXAMPLE, RAW, REQUIRED

ALONE = (
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


def side_of(value, ulps):
    """`value`, or the next number below or above."""
    return math.nextafter(value, ulps * math.inf) if ulps else value


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(applicants=st.lists(APPLICANTS, min_size=1, max_size=8))
def test_all_are_decided_on_as_one_by_one_bit_for_bit(app, applicants):
    scorer = app.extensions[EXTENSION].scorer
    assert scorer.score_all(applicants) == [scorer.score(each) for each in applicants]


@pytest.mark.parametrize(("ulps", "score"), [(-1, 1), (0, 1), (1, 0)])
def test_a_tie_with_the_threshold_is_one_rule_for_one_for_many_and_for_the_model(
    app, client, monkeypatch, ulps, score
):
    """Row 31: the threshold moved to the applicant's own probability, one ulp below it and one above."""
    current = app.extensions[EXTENSION]
    probability = current.scorer.score(EXAMPLE).probability
    threshold = side_of(probability, ulps)
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


def test_a_bad_applicant_spoils_no_good_one(client):
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
        assert [each[name] for name in ALONE] == [alone[name] for name in ALONE]


def test_every_decision_is_in_the_log_and_no_other(app, client):
    before = stored(app)
    answer = ask(client, [EXAMPLE, {}, EXAMPLE])
    new = stored(app).keys() - before.keys()
    assert new == {each["decision_id"] for each in answer.json["predictions"]}
    assert {stored(app)[identity].kind for identity in new} == {"batch"}


def test_more_rows_than_one_statement_holds_are_stored_together(app, client):
    answer = ask(client, [EXAMPLE] * 250)
    assert {each["decision_id"] for each in answer.json["predictions"]} <= stored(app).keys()
    assert len(answer.json["predictions"]) == 250


def test_where_all_are_bad_nothing_is_stored(app, client):
    before = stored(app).keys()
    answer = ask(client, [{}, {}])
    assert (answer.status_code, answer.json["predictions"], len(answer.json["errors"])) == (
        200,
        [],
        2,
    )
    assert stored(app).keys() == before


def test_beyond_ten_thousand_errors_an_applicant_has_one_that_counts_them(client, monkeypatch):
    monkeypatch.setattr("credit_scoring.serving.routes.batch.MOST_IN_ALL", 4)
    errors = ask(client, [{}, {}]).json["errors"]
    assert len(errors[0]["errors"]) == len(REQUIRED)
    assert [each["message"] for each in errors[1]["errors"]] == [
        f"{len(REQUIRED)} fields are refused, the first: {errors[0]['errors'][0]['message']}"
    ]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "applicants", "applicants is missing: expected a list of objects"),
        ({"applicants": EXAMPLE}, "applicants", "applicants is an object: expected a list"),
        (
            {"applicants": []},
            "applicants",
            "applicants holds 0: expected from 1 to 1000 in a request",
        ),
        (
            {"applicants": [{}] * 1001},
            "applicants",
            "applicants holds 1001: expected from 1 to 1000 in a request",
        ),
        ({"applicants": [{}], "more": 1}, "more", '"more" stands beside "applicants": remove it'),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(client, body, field, words):
    answer = client.post("/predict/batch", json=body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
    assert words in answer.json["detail"]


def test_an_applicant_with_raw_records_is_sent_to_the_route_that_takes_them(client):
    answer = ask(client, [{"application": {"AMT_CREDIT": 1}}])
    assert "POST /predict takes them" in answer.json["errors"][0]["errors"][0]["message"]
