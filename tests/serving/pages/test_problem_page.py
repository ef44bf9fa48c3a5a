"""Errors of a browser are pages in its language, with the status of the API's problem."""

import pytest

from credit_scoring.errors import StorageError
from credit_scoring.serving.pages import problem_page
from credit_scoring.serving.pages.language import LANGUAGES, page_texts
from tests.serving.page_forms import HTML
from tests.serving.signed_in import app_with_keys, sign_in

MISSING = "/decisions/00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def locked(make_app, app_settings, tmp_path_factory):
    return app_with_keys(make_app, app_settings, tmp_path_factory.mktemp("problems"))


def test_unknown_page_is_a_page(client):
    answer = client.get("/nowhere?lang=fr", headers=HTML)
    assert answer.status_code == 404
    assert answer.content_type == "text/html; charset=utf-8"
    assert '<h1 id="problem-title">Cette page n’existe pas</h1>' in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_detail_of_the_problem_is_shown(client):
    answer = client.get(MISSING, headers=HTML)
    assert answer.status_code == 404
    assert f"decision {MISSING.rpartition('/')[2]} does not exist" in answer.text


def test_wrong_method_keeps_its_headers(client):
    answer = client.get("/sign-out", headers=HTML)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/problem+json", None])
def test_programs_get_json(client, accept):
    answer = client.get("/nowhere", headers={"Accept": accept} if accept else {})
    assert answer.content_type == "application/problem+json"


def test_text_of_a_client_is_escaped(client):
    answer = client.get("/decisions?limit=<script>alert(1)</script>", headers=HTML)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_reason_that_was_not_saved_can_be_copied(client):
    form = {"reason": "Paid <late>\r\nonce.", "reviewer": "A. Martin"}
    answer = client.post(f"{MISSING}/add-review", data=form, headers=HTML)
    assert answer.status_code == 403
    assert "readonly>Paid &lt;late&gt;\nonce.</textarea>" in answer.text
    assert "<textarea" not in client.post("/sign-in", data={"key": "k"}, headers=HTML).text


def test_missing_scope_offers_another_key(locked):
    app, keys = locked
    client = app.test_client()
    sign_in(client, keys["score"])
    answer = client.get("/decisions", headers=HTML)
    assert answer.status_code == 403
    assert "Your key does not open this page" in answer.text
    assert 'action="./sign-out"' in answer.text
    assert ">Decisions</a>" not in answer.text


def test_form_without_a_session_is_told_to_sign_in(locked):
    answer = locked[0].test_client().post("/predict", headers=HTML)
    assert answer.status_code == 401
    assert 'href="./sign-in"' in answer.text
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_page_is_shown_while_the_database_fails(locked, monkeypatch):
    def fail(*_):
        raise StorageError("the database is not available")

    app, keys = locked
    client = app.test_client()
    sign_in(client, keys["review"])
    monkeypatch.setattr("credit_scoring.access.key_cache.KeyCache._current_keys", fail)
    answer = client.get("/decisions", headers=HTML)
    assert answer.status_code == 503
    assert "The database is not available" in answer.text
    assert client.get_cookie("credit_scoring_session") is not None


def test_failing_page_falls_back_to_json(client, monkeypatch):
    monkeypatch.setattr(problem_page, "PAGE", "missing")
    answer = client.get("/nowhere", headers=HTML)
    assert answer.status_code == 404
    assert answer.json["title"] == "Not Found"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_heading_has_advice(language):
    texts = page_texts("problem", language)
    assert list(texts["headings"]) == list(texts["advice"])
