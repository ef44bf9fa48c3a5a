"""Keys at the door: which route asks for which scope, and what a request without the right key is answered."""

import dataclasses

import pytest

from credit_scoring.access.api_key import SCOPES, new_key
from credit_scoring.access.key_store import KeyStore
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.middleware.authentication import PUBLIC, asks
from tests.serving.small_bundle import EXAMPLE

OPEN = (
    "/",
    "/docs",
    "/health",
    "/health/live",
    "/health/ready",
    "/openapi.json",
)  # and files under static/
GIVEN = "environment-" * 4


@pytest.fixture(scope="module")
def locked(make_app, app_settings, tmp_path_factory):
    """An app whose database has a key of each kind; the keys' texts by name."""
    database = f"sqlite:///{tmp_path_factory.mktemp('locked')}/decisions.db"
    app = make_app(dataclasses.replace(app_settings, database_url=database, api_key=GIVEN))
    store = KeyStore(app.extensions[DATABASE])
    texts = {"environment": GIVEN}
    for scope in SCOPES:
        key, texts[scope] = new_key(scope, [scope])
        store.add(key)
    key, texts["gone"] = new_key("gone", ["admin"])
    store.add(key)
    store.revoke(key.key_id)
    return app, texts


def ask(locked, name, path="/predict", **arguments):
    app, texts = locked
    headers = {"Authorization": f"Bearer {texts[name]}"} if name else {}
    method = "GET" if path in ("/metrics", "/decisions", "/model/info") else "POST"
    return app.test_client().open(
        path, method=method, headers=headers, json={"features": EXAMPLE}, **arguments
    )


def test_every_route_says_beside_it_what_it_asks_for(app):
    for rule in app.url_map.iter_rules():
        scope = getattr(app.view_functions[rule.endpoint], "scope", None)
        is_open = (
            rule.rule in OPEN
            or rule.endpoint.rpartition(".")[2] == "static"
            or rule.rule.startswith("/docs/")
        )
        assert scope in ([PUBLIC] if is_open else list(SCOPES)), f"{rule.rule} asks for {scope}"


def test_a_route_that_says_nothing_wants_an_admin_key(make_app, app_settings):
    app = make_app(dataclasses.replace(app_settings, api_key=GIVEN))
    app.add_url_rule("/forgotten", view_func=lambda: "open")
    assert app.test_client().get("/forgotten").status_code == 401


def test_without_keys_all_is_open(client):
    assert client.post("/predict", json={"features": EXAMPLE}).status_code == 200
    assert client.get("/decisions").status_code == 200
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        (None, "/predict", 401),
        (None, "/model/info", 401),
        (None, "/decisions", 401),
        (None, "/metrics", 401),
        ("gone", "/predict", 401),
        ("score", "/predict", 200),
        ("score", "/model/info", 200),
        ("score", "/decisions", 403),
        ("score", "/metrics", 403),
        ("review", "/decisions", 200),
        ("review", "/predict", 403),
        ("review", "/metrics", 403),
        ("admin", "/predict", 200),
        ("admin", "/decisions", 200),
        ("admin", "/metrics", 200),
        ("environment", "/predict", 200),
        ("environment", "/metrics", 200),
    ],
)
def test_a_key_opens_what_its_scopes_allow(locked, name, path, status):
    answer = ask(locked, name, path)
    assert answer.status_code == status
    if status in (401, 403):
        assert answer.content_type == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="credit-scoring"')


def test_a_refusal_says_what_is_missing(locked):
    missing, wrong, scope = (
        ask(locked, None),
        ask(locked, "gone"),
        ask(locked, "score", "/decisions"),
    )
    assert missing.json["type"] == "urn:credit-scoring:key-needed"
    assert missing.json["detail"].startswith(
        "a key is needed: send yours as Authorization: Bearer KEY"
    )
    assert wrong.json["detail"].startswith("the key is unknown, expired or revoked")
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    assert scope.json["detail"] == "this key may score: GET here needs a key with the scope review"
    assert 'error="insufficient_scope", scope="review"' in scope.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", OPEN)
def test_what_is_public_needs_no_key(locked, path):
    app, _ = locked
    if path in [rule.rule for rule in app.url_map.iter_rules()]:
        assert app.test_client().get(path).status_code == 200


def test_a_route_that_is_not_there_is_404_with_or_without_a_key(locked):
    assert locked[0].test_client().get("/nowhere").status_code == 404
    assert locked[0].test_client().get("/predict").status_code == 405


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YWRtaW46YWRtaW4=",
        "Bearer é",
        "Bearer " + "x" * 4000,
        "cs_1_2",
    ],
)
def test_any_other_header_is_401(locked, header):
    assert (
        locked[0].test_client().get("/model/info", headers={"Authorization": header}).status_code
        == 401
    )


def test_a_decision_is_stored_with_the_id_of_the_key_that_asked(locked):
    app, _ = locked
    for name in ("score", "environment"):
        made = ask(locked, name).json["decision_id"]
        headers = {"Authorization": f"Bearer {GIVEN}"}
        stored = app.test_client().get(f"/decisions/{made}", headers=headers).json
        expected = {"score": locked[1]["score"].split("_")[1], "environment": "environment"}
        assert stored["key_id"] == expected[name]


def test_metrics_may_be_public_or_off(make_app, app_settings):
    for access, status in (("public", 200), ("off", 404), ("admin", 401)):
        app = make_app(dataclasses.replace(app_settings, api_key=GIVEN, metrics=access))
        assert app.test_client().get("/metrics").status_code == status


def test_a_scope_that_does_not_exist_is_a_mistake_at_once():
    with pytest.raises(ValueError, match="root is no scope: expected one of score, review, admin"):
        asks("root")
