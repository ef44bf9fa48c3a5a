"""/monitoring: the summary and one feature, their parameters, and the scope they require."""

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_store import KeyStore
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.monitoring.monitoring_thread import MONITORING
from credit_scoring.serving.service import EXTENSION
from tests.api_contract import ApiContract
from tests.monitoring.model_counts import draw_days, manifest_with, reference, store_days

NAMES = ("EXT_SOURCE_2", "AMT_CREDIT", "CNT_CHILDREN")
SUMMARY, FEATURE = "GET /monitoring/summary", "GET /monitoring/features/{name}"


@pytest.fixture(scope="module")
def app(make_app, app_settings, tmp_path_factory):
    """An app with fifty days of decisions, of a model with a reference."""
    folder = tmp_path_factory.mktemp("monitoring")
    app = make_app(
        dataclasses.replace(app_settings, database_url=f"sqlite:///{folder}/decisions.db")
    )
    service = app.extensions[EXTENSION]
    rng = np.random.default_rng(0)
    manifest = manifest_with(service.bundle.manifest, reference(rng, NAMES))
    bundle = dataclasses.replace(service.bundle, manifest=manifest)
    app.extensions[EXTENSION] = dataclasses.replace(service, bundle=bundle)
    days = draw_days(rng, 50, 100, datetime.now(UTC).date(), names=NAMES)
    store_days(app.extensions[DATABASE], manifest.pickle["sha256"], days)
    return app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(scope="module")
def contract(app):
    return ApiContract(app.test_client().get("/openapi.json").json)


def test_summary_is_as_documented(client, contract):
    answer = client.get("/monitoring/summary")
    contract.check(SUMMARY, answer)
    assert answer.json["volume"]["decisions"] == 5000
    assert answer.json["drift"]["verdict"]["alarm"] is False
    assert {alarm["state"] for alarm in answer.json["alarms"]} == {"off", "not evaluated"}


@pytest.mark.parametrize("name", ["AMT_CREDIT", "(score)"])
def test_feature_is_as_documented(client, contract, name):
    answer = client.get(f"/monitoring/features/{name}")
    contract.check(FEATURE, answer)
    assert answer.json["name"] == name
    assert sum(each["number"] for each in answer.json["bins"]) == 5000


def test_empty_log_is_as_documented(make_app, app_settings, tmp_path, contract):
    url = f"sqlite:///{tmp_path}/empty.db"
    client = make_app(dataclasses.replace(app_settings, database_url=url)).test_client()
    answer = client.get("/monitoring/summary")
    contract.check(SUMMARY, answer)
    assert answer.json["missing"] == ["no decision is counted yet"]
    contract.check(FEATURE, client.get("/monitoring/features/AMT_CREDIT"))


def day(back):
    return (datetime.now(UTC) - timedelta(back)).date().isoformat()


@pytest.mark.parametrize(
    ("query", "decisions"),
    [
        (f"since={day(9)}", 1000),
        (f"since={day(9)}&until={day(4)}", 500),
        (f"since={day(9)}&until={day(4)}T00:00:01Z", 600),
        (f"until={day(40)}", 900),
        (f"since={day(-5)}", 0),
        (f"since={day(9)}&against_since={day(40)}&against_until={day(20)}", 1000),
        ("since=9999-12-31T23:59:59-23:59", 0),
        ("until=1971-01-01", 0),
    ],
    ids=["since", "both", "part of a day", "until", "future", "against", "year 9999", "past"],
)
def test_window_is_chosen_by_days(client, contract, query, decisions):
    answer = client.get(f"/monitoring/summary?{query}")
    contract.check(SUMMARY, answer)
    assert answer.json["volume"]["decisions"] == decisions


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("since=yesterday", ["since"]),
        ("since=2026-11-28&until=2026-11-28", ["until"]),
        ("since=2026-11-28&until=2026-11-01", ["until"]),
        ("against_since=2026-11-01", ["against_until"]),
        ("against_until=2026-11-01", ["against_since"]),
        ("against_since=2026-11-02&against_until=2026-11-01", ["against_until"]),
        ("limit=5&model=", ["model", "limit"]),
        ("model=a&model=b", ["model"]),
    ],
)
@pytest.mark.parametrize("path", ["summary", "features/AMT_CREDIT"])
def test_wrong_parameters_are_named(client, contract, path, query, fields):
    answer = client.get(f"/monitoring/{path}?{query}")
    contract.check(SUMMARY if path == "summary" else FEATURE, answer)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == fields


def test_unknown_model_is_refused_with_a_hint(client, contract, app):
    answer = client.get("/monitoring/summary?model=0123456789ab")
    contract.check(SUMMARY, answer)
    assert answer.status_code == 404
    assert app.extensions[EXTENSION].bundle.manifest.version in answer.json["detail"]


def test_name_with_a_slash_is_looked_up(client):
    """A lender's table may have such a column; a proxy may decode %2F or not."""
    for path in ("debt%2Fincome", "debt/income"):
        answer = client.get(f"/monitoring/features/{path}")
        assert answer.json["detail"].startswith("debt/income is not a monitored feature")


def test_unknown_feature_is_refused_with_a_hint(client, contract):
    answer = client.get("/monitoring/features/AMT_CREDITS")
    contract.check(FEATURE, answer)
    assert answer.status_code == 404
    assert "did you mean AMT_CREDIT?" in answer.json["detail"]


@pytest.mark.parametrize("path", ["/monitoring/summary", "/monitoring/features/AMT_CREDIT"])
@pytest.mark.parametrize(("scope", "status"), [("score", 403), ("review", 200), (None, 401)])
def test_scope_review_is_required(make_app, app_settings, tmp_path, path, scope, status):
    url = f"sqlite:///{tmp_path}/keys.db"
    app = make_app(dataclasses.replace(app_settings, database_url=url, keys="on"))
    headers = {}
    if scope:
        key, text = new_key("test", [scope])
        KeyStore(app.extensions[DATABASE]).add(key)
        headers = {"Authorization": f"Bearer {text}"}
    answer = app.test_client().get(path, headers=headers)
    assert answer.status_code == (404 if status == 200 and "features" in path else status)


def test_alarm_rules_of_the_settings_are_evaluated(make_app, app_settings, tmp_path):
    file = tmp_path / "rules.toml"
    file.write_text('[[rules]]\nname = "latency"\nenabled = false\n')
    url = f"sqlite:///{tmp_path}/rules.db"
    settings = dataclasses.replace(app_settings, database_url=url, alarm_rules=file)
    rules = make_app(settings).extensions[MONITORING].rules
    assert "latency" not in [rule.name for rule in rules]
