"""What answers tell browsers: the protecting headers on every one, CORS only where it is allowed."""

import dataclasses

import pytest

from credit_scoring.serving.middleware.security_headers import HEADERS
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
    "path", ["/", "/health", "/predict", "/nowhere", "/static/page.js", "/metrics"]
)
def test_every_answer_carries_each_header_once(client, path):
    with client.get(path) as answer:
        for name, value in HEADERS.items():
            assert answer.headers.getlist(name) == [value]
        assert answer.headers["Cache-Control"]


def test_nothing_inline_and_nothing_from_elsewhere_may_run():
    policy = dict(
        part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"


def test_other_origins_get_nothing_by_default(client):
    asked = client.options("/predict", headers=PREFLIGHT)
    called = client.post("/predict", json={"features": EXAMPLE}, headers={"Origin": ORIGIN})
    for answer in (asked, called):
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


def test_an_allowed_origin_is_told_what_it_may_send_without_a_key(sharing):
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


def test_an_allowed_origin_reads_answers_and_refusals(sharing):
    answer = sharing.post("/predict", json={"features": EXAMPLE}, headers={"Origin": ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]


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


def test_browsers_are_held_to_tls_only_where_they_came_by_it(sharing, client):
    secure = sharing.get("/health", headers={"X-Forwarded-Proto": "https"})
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in sharing.get("/health").headers
    assert (
        "Strict-Transport-Security"
        not in client.get("/health", base_url="https://localhost").headers
    )
