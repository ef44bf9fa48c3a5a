"""CSRF tokens: forms without the token of their page are refused, JSON of programs is not."""

import pytest
from flask import Blueprint

from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.middleware.csrf import is_valid
from tests.serving.page_forms import HTML, csrf_token
from tests.serving.small_bundle import EXAMPLE

COOKIE = "credit_scoring_forms"
EXAMPLE_BODY = {"features": EXAMPLE}


@pytest.fixture(scope="module")
def form_app(make_app, app_settings):
    """An app with a page that has a form, at /note."""
    app = make_app(app_settings)
    note_page = Blueprint("note_page", __name__)
    note_page.post("/note")(public(lambda: "changed"))
    app.register_blueprint(note_page)
    return app


@pytest.fixture
def client(form_app):
    return form_app.test_client()


def test_form_with_the_token_of_its_page_is_accepted(client):
    token = csrf_token(client)
    assert client.post("/note", data={"csrf_token": token}).text == "changed"
    assert client.post("/note", data={}, headers={"X-CSRF-Token": token}).text == "changed"


def test_tokens_differ_between_responses_and_stay_valid(client):
    tokens = {csrf_token(client) for _ in range(3)}
    assert len(tokens) == 3
    assert {client.post("/note", data={"csrf_token": t}).status_code for t in tokens} == {200}


def test_cookie_is_set_once_and_out_of_reach_of_scripts(client):
    first = client.get("/", headers=HTML).headers["Set-Cookie"]
    assert first.startswith(f"{COOKIE}=")
    assert "HttpOnly" in first
    assert "SameSite=Strict" in first
    assert "Secure" not in first
    assert "Expires" not in first
    assert "Set-Cookie" not in client.get("/", headers=HTML).headers


@pytest.mark.parametrize("token", ["", "00", "0" * 128, "no hexadecimal", "é", None])
def test_form_with_another_token_is_refused(client, token):
    csrf_token(client)
    answer = client.post("/note", data={} if token is None else {"csrf_token": token})
    assert answer.status_code == 403
    assert answer.json["type"] == "urn:credit-scoring:form-expired"


def test_token_of_another_browser_is_refused(form_app, client):
    csrf_token(client)
    token = csrf_token(form_app.test_client())
    assert client.post("/note", data={"csrf_token": token}).status_code == 403


def test_token_without_the_cookie_is_refused(form_app, client):
    data = {"csrf_token": csrf_token(client)}
    assert form_app.test_client().post("/note", data=data).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_requests_of_other_sites_are_refused_even_with_a_token(client, site):
    data = {"csrf_token": csrf_token(client)}
    answer = client.post("/note", data=data, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_pages_require_a_token_for_what_other_sites_can_send(client, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    assert client.post("/note", data=b"", headers=headers).status_code == 403


def test_form_of_another_site_to_the_api_is_refused(client):
    answer = client.post("/predict", data={"a": "1"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_programs_need_no_token(client):
    assert client.post("/predict", json=EXAMPLE_BODY).status_code == 200
    wrong_type = client.post("/predict", data={"a": "1"})
    assert wrong_type.status_code == 415


def test_a_changed_token_is_invalid():
    secret = "x" * 43
    assert not is_valid("00" * 64, secret)
    assert not is_valid("0" * 127, secret)
