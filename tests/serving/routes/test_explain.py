"""POST /predict/explain: the decision of /predict with its reasons and the changes that turn it."""

import json
import math
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.errors import RequestError
from credit_scoring.serving.requests.request_models import ExplainOptions
from credit_scoring.serving.routes import explain as explain_route
from tests.serving.small_bundle import EXAMPLE, RATIO

# The small bundle's risk falls with every input and rises with the ratio.
REFUSED = {
    **EXAMPLE,
    "EXT_SOURCE_2": 0.05,
    "CNT_CHILDREN": 0,
    "bureau_active_debt_sum": 0,
    "AMT_INCOME_TOTAL": 100000,
}
NEARLY = {
    **EXAMPLE,
    "EXT_SOURCE_2": 0.05,
    "bureau_active_debt_sum": 0,
    "AMT_INCOME_TOTAL": 200000,
}  # less is accepted
ACCEPTED = {**EXAMPLE, "EXT_SOURCE_2": 0.99, "EXT_SOURCE_3": 0.99, "AMT_INCOME_TOTAL": 900000000}
DECISION = [
    "probability",
    "score",
    "threshold",
    "decision",
    "risk_level",
    "credit_score",
    "model_version",
]


def explain(client, features, **more):
    return client.post("/predict/explain", json={"features": features, **more})


def stored(client, answer):
    return client.get(f"/decisions/{answer.json['decision_id']}").json


@pytest.fixture(scope="module", autouse=True)
def both_decisions(app):
    """REFUSED is refused and ACCEPTED is accepted."""
    client = app.test_client()
    assert client.post("/predict", json=REFUSED).json["decision"] == "REFUSED"
    assert client.post("/predict", json=ACCEPTED).json["decision"] == "ACCEPTED"


class TestAnswer:
    @pytest.mark.parametrize("features", [REFUSED, ACCEPTED, EXAMPLE])
    def test_decision_equals_that_of_predict(self, client, features):
        answer, decided = explain(client, features), client.post("/predict", json=features)
        assert answer.status_code == 200
        assert list(json.loads(answer.data))[:8] == [*DECISION, "decision_id"]
        assert [answer.json[name] for name in DECISION] == [decided.json[name] for name in DECISION]

    @pytest.mark.parametrize("features", [REFUSED, ACCEPTED, {**EXAMPLE, "EXT_SOURCE_2": None}])
    def test_contributions_add_up_to_the_log_odds(self, client, features):
        answer = explain(client, features).json
        total = answer["base_value"] + math.fsum(
            row["contribution"] for row in answer["contributions"]
        )
        assert total == pytest.approx(
            math.log(answer["probability"] / (1 - answer["probability"])), abs=1e-9
        )
        assert answer["log_odds"] == pytest.approx(total, abs=1e-9)

    def test_every_feature_has_a_contribution(self, client, app):
        rows = {
            row["feature"]: row["value"] for row in explain(client, REFUSED).json["contributions"]
        }
        model = app.extensions["credit_scoring"].bundle.model
        assert rows.keys() == set(model.feature_names_in_)
        assert rows["EXT_SOURCE_2"] == 0.05
        assert rows["EXT_SOURCE_3"] is None
        assert rows["NAME_CONTRACT_TYPE"] == "Cash loans"
        assert rows[RATIO] == 4.5

    def test_refusal_has_reasons_in_both_languages(self, client):
        reasons = explain(client, REFUSED).json["principal_reasons"]
        assert 1 <= len(reasons) <= 4
        for reason in reasons:
            assert list(reason) == ["code", "text", "contribution", "direction", "features"]
            assert reason["text"].keys() == {"en", "fr"}
            assert reason["text"]["en"] != reason["text"]["fr"]
            assert reason["contribution"] > 0
            assert reason["direction"] == "against"
            assert reason["features"]
        assert [reason["contribution"] for reason in reasons] == sorted(
            (reason["contribution"] for reason in reasons), reverse=True
        )

    def test_acceptance_has_factors_without_reasons(self, client):
        answer = explain(client, ACCEPTED).json
        assert answer["principal_reasons"] == []
        assert {factor["direction"] for factor in answer["factors"]} <= {"against", "for"}
        assert any(factor["direction"] == "for" for factor in answer["factors"])

    def test_bare_features_are_accepted(self, client):
        bare = client.post("/predict/explain", json={**REFUSED, "what_would_change": True}).json
        assert bare["contributions"] == explain(client, REFUSED).json["contributions"]
        assert "what_would_change" in bare

    def test_changes_are_answered_only_on_request(self, client):
        assert "what_would_change" not in explain(client, REFUSED).json
        assert "what_would_change" not in explain(client, REFUSED, what_would_change=False).json


def shape(value):
    """The keys and types of a JSON value, without those that depend on the features."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items() if key != "features"}
    return (
        shape(value[0])
        if isinstance(value, list) and value
        else type(value).__name__.replace("int", "float")
    )


def test_documented_answer_has_the_real_keys(client):
    text = (Path(__file__).parents[3] / "docs/explanations.md").read_text(encoding="utf-8")
    documented = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])
    real = explain(client, NEARLY, what_would_change=True).json
    assert shape(documented) == shape(real)
    assert list(documented) == list(
        json.loads(explain(client, NEARLY, what_would_change=True).data)
    )


AMOUNTS = st.one_of(st.sampled_from([1e-45, 1, 1e9]), st.floats(0, 1e9, exclude_min=True))


@settings(max_examples=60)
@given(
    credit=AMOUNTS,
    debt=st.one_of(st.none(), st.just(0), AMOUNTS),
    score=st.floats(0, 1),
    income=AMOUNTS,
)
def test_any_valid_applicant_is_explained(client, credit, debt, score, income):
    """With tiny, huge and missing amounts, the explanation adds up and suggestions are accepted."""
    features = {
        **EXAMPLE,
        "AMT_CREDIT": credit,
        "bureau_active_debt_sum": debt,
        "EXT_SOURCE_2": score,
        "AMT_INCOME_TOTAL": income,
    }
    answer = explain(client, features, what_would_change=True)
    assert answer.status_code == 200
    total = answer.json["base_value"] + math.fsum(
        row["contribution"] for row in answer.json["contributions"]
    )
    assert total == pytest.approx(answer.json["log_odds"], abs=1e-9)
    for suggestion in answer.json["what_would_change"]["suggestions"]:
        changed = client.post("/predict", json={**features, **suggestion["features"]})
        assert changed.json["decision"] == "ACCEPTED"


class TestLog:
    def test_decision_is_logged_with_its_reasons(self, client):
        answer = explain(client, REFUSED)
        found = stored(client, answer)
        assert found["kind"] == "explain"
        assert found["reasons"] == answer.json["principal_reasons"] != []
        assert found["inputs"] == REFUSED

    def test_predict_and_batch_log_the_same_reasons(self, client):
        expected = explain(client, REFUSED).json["principal_reasons"]
        assert stored(client, client.post("/predict", json=REFUSED))["reasons"] == expected
        assert stored(client, client.post("/predict", json=ACCEPTED))["reasons"] == []
        batch = client.post("/predict/batch", json={"applicants": [ACCEPTED, REFUSED]}).json[
            "predictions"
        ]
        found = [client.get(f"/decisions/{row['decision_id']}").json["reasons"] for row in batch]
        assert found == [[], expected]

    def test_idempotency_key_repeats_the_explanation(self, client):
        header = {"Idempotency-Key": "explained-once"}
        first = client.post("/predict/explain", json=REFUSED, headers=header)
        again = client.post("/predict/explain", json=REFUSED, headers=header)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json == first.json
        other = client.post(
            "/predict/explain", json={**REFUSED, "what_would_change": True}, headers=header
        )
        assert other.status_code == 422


class TestWhatWouldChange:
    def test_suggestions_are_accepted_by_predict(self, client):
        suggested = 0
        for income in range(150_000, 450_000, 50_000):
            features = {**NEARLY, "AMT_INCOME_TOTAL": income}
            answer = explain(client, features, what_would_change=True).json
            for suggestion in answer["what_would_change"]["suggestions"]:
                changed = client.post("/predict", json={**features, **suggestion["features"]}).json
                assert changed["decision"] == "ACCEPTED"
                suggested += 1
        assert suggested

    def test_limits_are_named_without_suggestions(self, client):
        hopeless = {**REFUSED, "EXT_SOURCE_2": 0.0, "EXT_SOURCE_3": 0.0, "AMT_INCOME_TOTAL": 1000}
        found = explain(client, hopeless, what_would_change=True).json["what_would_change"]
        assert found["suggestions"] == []
        assert re.search(r"^No realistic change .* half the amount", found["text"]["en"])

    def test_acceptance_has_no_suggestions(self, client):
        found = explain(client, ACCEPTED, what_would_change=True).json["what_would_change"]
        assert found == {"suggestions": [], "text": found["text"]}
        assert "nothing has to change" in found["text"]["en"]


class TestBadRequests:
    @pytest.mark.parametrize("value", ["yes", 1, None, {}, "x" * 1000])
    def test_option_must_be_a_boolean(self, client, value):
        answer = explain(client, REFUSED, what_would_change=value)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == "what_would_change"
        assert "expected true or false" in answer.json["detail"]
        assert len(answer.data) < 1000

    def test_features_are_validated_as_in_predict(self, client):
        wrong = {**REFUSED, "EXT_SOURCE_2": 57, "AMT_CREDIT": "much", "nonsense": 1}
        answer, decided = explain(client, wrong), client.post("/predict", json=wrong)
        assert answer.status_code == decided.status_code == 422
        assert answer.json["errors"] == decided.json["errors"]

    def test_unknown_option_is_named(self, client):
        answer = explain(client, REFUSED, what_would_chang=True)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == "what_would_chang"


class TestApplicantId:
    def test_the_log_keeps_the_applicant_of_the_options(self, client):
        answer = explain(client, REFUSED, applicant_id="100147")
        assert stored(client, answer)["applicant_id"] == "100147"

    def test_without_it_the_log_has_no_applicant(self, client):
        assert stored(client, explain(client, REFUSED))["applicant_id"] is None

    @pytest.mark.parametrize("number", ["", 100147, "1\n2"], ids=repr)
    def test_another_type_or_several_lines_are_refused(self, client, number):
        answer = explain(client, REFUSED, applicant_id=number)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json["errors"]] == ["applicant_id"]

    def test_it_equals_that_of_raw_records(self):
        options = ExplainOptions(applicant_id="5")
        body = {"application": {"SK_ID_CURR": 100147}}
        current = SimpleNamespace(schema=SimpleNamespace(names={"AMT_CREDIT"}))
        with pytest.raises(RequestError, match='applicant_id is "5": expected 100147'):
            explain_route._applicant_id(body, options, current)
