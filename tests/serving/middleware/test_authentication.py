"""Authentication over HTTP: the scope of each route, and responses to a missing or wrong key."""

import dataclasses

import pytest

from credit_scoring.access.api_key import SCOPES, new_key
from credit_scoring.access.key_store import KeyStore
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.middleware.authentication import PUBLIC, requires_scope
from tests.serving.small_bundle import EXAMPLE

PUBLIC_PATHS = ("/", "/docs", "/health", "/health/live", "/health/ready", "/openapi.json")
SIGN_IN_PATHS = ("/sign-in", "/sign-out")
ENVIRONMENT_KEY = "environment-" * 4


@pytest.fixture(scope="module")
def locked(make_app, app_settings, tmp_path_factory):
    """An app with a key of each scope and a revoked one ("gone"); the tokens by name."""
    database = f"sqlite:///{tmp_path_factory.mktemp('locked')}/decisions.db"
    app = make_app(
        dataclasses.replace(app_settings, database_url=database, api_key=ENVIRONMENT_KEY)
    )
    store = KeyStore(app.extensions[DATABASE])
    tokens = {"environment": ENVIRONMENT_KEY}
    for scope in SCOPES:
        key, tokens[scope] = new_key(scope, [scope])
        store.add(key)
    key, tokens["gone"] = new_key("gone", ["admin"])
    store.add(key)
    store.revoke(key.key_id)
    return app, tokens


def send(locked, name, path="/predict", **arguments):
    app, tokens = locked
    headers = {"Authorization": f"Bearer {tokens[name]}"} if name else {}
    method = "GET" if path in ("/metrics", "/decisions", "/model/info") else "POST"
    return app.test_client().open(
        path, method=method, headers=headers, json={"features": EXAMPLE}, **arguments
    )


def test_every_route_declares_its_scope(app):
    for rule in app.url_map.iter_rules():
        scope = getattr(app.view_functions[rule.endpoint], "scope", None)
        is_open = (
            rule.rule in (*PUBLIC_PATHS, *SIGN_IN_PATHS)
            or rule.endpoint.rpartition(".")[2] == "static"
            or rule.rule.startswith("/docs/")
        )
        assert scope in ([PUBLIC] if is_open else list(SCOPES)), f"{rule.rule} requires {scope}"


def test_undeclared_routes_require_an_admin_key(make_app, app_settings):
    app = make_app(dataclasses.replace(app_settings, api_key=ENVIRONMENT_KEY))
    app.add_url_rule("/forgotten", view_func=lambda: "open")
    assert app.test_client().get("/forgotten").status_code == 401


def test_without_keys_every_route_is_open(client):
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
def test_a_key_allows_its_scopes_only(locked, name, path, status):
    answer = send(locked, name, path)
    assert answer.status_code == status
    if status in (401, 403):
        assert answer.content_type == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="credit-scoring"')


def test_refusals_name_the_missing_scope_or_key(locked):
    missing = send(locked, None)
    wrong = send(locked, "gone")
    scope = send(locked, "score", "/decisions")
    assert missing.json["type"] == "urn:credit-scoring:key-needed"
    assert missing.json["detail"].startswith(
        "a key is required: send it as Authorization: Bearer KEY"
    )
    assert wrong.json["detail"].startswith("the key is unknown, expired or revoked")
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    assert scope.json["detail"] == (
        "this key has the scope score: GET on this route requires the scope review"
    )
    assert 'error="insufficient_scope", scope="review"' in scope.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_public_routes_require_no_key(locked, path):
    app, _ = locked
    if path in [rule.rule for rule in app.url_map.iter_rules()]:
        assert app.test_client().get(path).status_code == 200


def test_unknown_routes_are_404_with_any_key(locked):
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
def test_malformed_authorization_headers_are_401(locked, header):
    client = locked[0].test_client()
    response = client.get("/model/info", headers={"Authorization": header})
    assert response.status_code == 401


def test_decisions_store_the_key_id(locked):
    app, _ = locked
    for name in ("score", "environment"):
        made = send(locked, name).json["decision_id"]
        headers = {"Authorization": f"Bearer {ENVIRONMENT_KEY}"}
        stored = app.test_client().get(f"/decisions/{made}", headers=headers).json
        expected = {"score": locked[1]["score"].split("_")[1], "environment": "environment"}
        assert stored["key_id"] == expected[name]


def test_metrics_may_be_public_or_off(make_app, app_settings):
    for access, status in (("public", 200), ("off", 404), ("admin", 401)):
        app = make_app(dataclasses.replace(app_settings, api_key=ENVIRONMENT_KEY, metrics=access))
        assert app.test_client().get("/metrics").status_code == status


def test_unknown_scopes_are_rejected_at_definition():
    with pytest.raises(
        ValueError, match="unknown scope root: expected one of score, review, admin"
    ):
        requires_scope("root")
