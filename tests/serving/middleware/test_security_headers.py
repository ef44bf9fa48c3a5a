"""Security headers on every response, CORS headers for allowed origins only."""

import dataclasses

import pytest
from flask import Flask, redirect

from credit_scoring.serving.middleware import security_headers
from credit_scoring.serving.middleware.security_headers import SECURITY_HEADERS
from tests.serving.small_bundle import EXAMPLE

ORIGIN = "https://app.example.org"
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@pytest.fixture(scope="module")
def sharing(make_app, app_settings):
    """A client of an app behind a TLS proxy that lets `ORIGIN` call it with a key."""
    settings = dataclasses.replace(
        app_settings,
        allowed_origins=(ORIGIN,),
        hsts_seconds=31_536_000,
        trusted_proxies=1,
        api_key="k" * 40,
    )
    return make_app(settings).test_client()


@pytest.mark.parametrize(
    "path", ["/", "/health", "/predict", "/nowhere", "/static/page.css", "/metrics"]
)
def test_responses_carry_each_header_once(client, path):
    with client.get(path) as answer:
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers.getlist(name) == [value]
        assert answer.headers["Cache-Control"]


def test_the_policy_allows_own_files_only():
    policy = dict(
        part.strip().split(" ", 1)
        for part in SECURITY_HEADERS["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert "unsafe" not in SECURITY_HEADERS["Content-Security-Policy"]
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"


def test_cors_is_off_by_default(client):
    asked = client.options("/predict", headers=PREFLIGHT)
    called = client.post("/predict", json={"features": EXAMPLE}, headers={"Origin": ORIGIN})
    for answer in (asked, called):
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


def test_preflights_need_no_key(sharing):
    answer = sharing.options("/predict", headers=PREFLIGHT)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert {"Authorization", "Content-Type"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert answer.headers["Access-Control-Max-Age"] == "600"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


def test_allowed_origins_read_responses_and_errors(sharing):
    answer = sharing.post("/predict", json={"features": EXAMPLE}, headers={"Origin": ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"X-Request-ID", "Accept-Post", "Accept-Encoding"} <= set(exposed)


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.org.evil.org",
        "http://app.example.org",
        "https://APP.example.org",
        "null",
        "*",
        "",
    ],
)
def test_no_other_origin_is_allowed(sharing, origin):
    answer = sharing.options("/predict", headers={**PREFLIGHT, "Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


def test_hsts_is_sent_over_tls_only(sharing, client):
    secure = sharing.get("/health", headers={"X-Forwarded-Proto": "https"})
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in sharing.get("/health").headers
    assert (
        "Strict-Transport-Security"
        not in client.get("/health", base_url="https://localhost").headers
    )


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("http://evil.example/log?page=2#last", "/log?page=2#last"),
        ("http://host//evil.example/log", "/evil.example/log"),
        ("http://host/\\evil.example/log", "/evil.example/log"),
    ],
)
def test_redirect_keeps_its_query_and_fragment_but_no_host(app_settings, target, location):
    app = Flask("redirects")
    security_headers.register(app, app_settings)
    app.add_url_rule("/", view_func=lambda: redirect(target))
    assert app.test_client().get("/").location == location
