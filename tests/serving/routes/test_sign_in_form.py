"""The form of the sign-in: wrong keys, where it leads, and what a visitor is offered."""

import dataclasses
import re

import pytest

from tests.serving.page_forms import HTML, post_form
from tests.serving.signed_in import app_with_keys, sign_in
from tests.serving.small_bundle import EXAMPLE

ENVIRONMENT_KEY = "environment-" * 4


@pytest.fixture(scope="module")
def locked(make_app, app_settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("form")
    return app_with_keys(make_app, app_settings, folder, api_key=ENVIRONMENT_KEY, trusted_proxies=1)


@pytest.fixture
def client(locked):
    return locked[0].test_client()


def test_wrong_key_is_named_next_to_the_field(client):
    answer = sign_in(client, "cs_00000000_" + "0" * 64)
    assert answer.status_code == 401
    assert 'aria-invalid="true" aria-describedby="key-error' in answer.text
    assert "This key is unknown, expired or revoked." in answer.text
    assert "0" * 64 not in answer.text


def test_empty_key_is_named(client):
    answer = sign_in(client, "  ", "/sign-in?lang=fr")
    assert answer.status_code == 422
    assert "Saisissez votre clé d’API." in answer.text


@pytest.mark.parametrize("text", [f"  {ENVIRONMENT_KEY}\n", ENVIRONMENT_KEY])
def test_pasted_spaces_do_not_matter(client, text):
    assert sign_in(client, text).status_code == 303


def test_wrong_keys_are_throttled_by_address_but_valid_ones_are_not(client, locked):
    def attempt(key, address="198.51.100.7"):
        client.environ_base["HTTP_X_FORWARDED_FOR"] = address
        return sign_in(client, key)

    statuses = [attempt("wrong").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    refused = attempt("wrong")
    assert int(refused.headers["Retry-After"]) >= 1
    assert "Too many requests" in refused.text
    assert attempt("wrong", "198.51.100.8").status_code == 401
    assert attempt(locked[1]["score"]).status_code == 303


@pytest.mark.parametrize(
    ("scope", "page"), [("score", "./"), ("review", "./decisions"), ("admin", "./")]
)
def test_it_leads_to_the_first_page_of_the_key(client, locked, scope, page):
    assert sign_in(client, locked[1][scope]).location == page
    assert client.get("/sign-in", headers=HTML).location == page


def test_start_page_of_a_key_that_may_not_decide_is_another(client, locked):
    sign_in(client, locked[1]["review"])
    answer = client.get("/", headers=HTML)
    assert (answer.status_code, answer.location) == (302, "./decisions")


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/%5Cevil.example"])
def test_it_leads_to_no_other_site(client, locked, wanted):
    assert sign_in(client, locked[1]["score"], f"/sign-in?next={wanted}").location == "./"


def test_language_of_the_wanted_page_is_kept(client):
    answer = client.get("/decisions?lang=fr&limit=5", headers=HTML)
    assert answer.location == "./sign-in?next=decisions?limit%3D5&lang=fr"


def test_wanted_page_deep_in_the_app(client):
    path = "/decisions/00000000-0000-7000-8000-000000000000"
    assert client.get(path, headers=HTML).location == f"../sign-in?next={path[1:]}"


@pytest.mark.parametrize(
    ("scope", "offered"),
    [("score", {"Decide"}), ("review", {"Decisions"}), ("admin", {"Decide", "Decisions"})],
)
def test_pages_offer_what_the_key_allows(client, locked, scope, offered):
    sign_in(client, locked[1][scope])
    page = client.get("/nowhere", headers=HTML).text
    assert offered <= set(re.findall(r'<a href="[^"]*"[^>]*>(\w+)</a>', page))
    assert ("Decide" in offered) == (">Decide</a>" in page)
    assert ("Decisions" in offered) == (">Decisions</a>" in page)
    assert re.search(rf'class="key-name"[^>]*>.*{scope}</span>', page)


def test_deployment_after_the_end_of_the_session_leads_to_the_sign_in(client):
    answer = client.post("/model/deploy", data={"reason": "typed"}, headers=HTML)
    assert (answer.status_code, answer.location) == (303, "../sign-in?ended=1")
    page = client.get("/sign-in?ended=1", headers=HTML).text
    assert "Your session has ended. Sign in again to continue." in page


def test_review_after_the_end_of_the_session_is_answered_by_the_sign_in(client):
    path = "decisions/00000000-0000-7000-8000-000000000000/add-review"
    answer = client.post(f"/{path}", data={"reason": "typed & sent"}, headers=HTML)
    assert answer.status_code == 401
    assert f'action="../../sign-in?next={path}&amp;ended=1"' in answer.text
    assert "Sign in again: what you typed is kept." in answer.text
    assert "typed &amp; sent</textarea>" in answer.text
    assert "Bearer" not in answer.text


def test_program_that_sends_a_form_without_a_key_gets_the_problem(client):
    path = "/decisions/00000000-0000-7000-8000-000000000000/add-review"
    answer = client.post(path, data={"reason": "typed"})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


@pytest.mark.parametrize(
    ("language", "name"), [("en", "administrator’s key"), ("fr", "clé de l’administrateur")]
)
def test_key_of_the_environment_has_a_name_for_people(client, language, name):
    sign_in(client, ENVIRONMENT_KEY)
    page = client.get(f"/decisions?lang={language}", headers=HTML).text
    assert re.search(rf'class="key-name"[^>]*>.*{name}</span>', page)


def test_record_names_the_key(client, locked):
    keys = locked[1]
    headers = {"Authorization": f"Bearer {keys['score']}"}
    decided = client.post("/predict", json=EXAMPLE, headers=headers).json["decision_id"]
    sign_in(client, ENVIRONMENT_KEY)
    page = client.get(f"/decisions/{decided}?lang=en", headers=HTML).text
    assert "<dd>score</dd>" in page
    assert 'id="review-reviewer" name="reviewer" value=""' in page  # no person's name


def test_nothing_is_offered_before_the_sign_in(client):
    page = client.get("/nowhere", headers=HTML).text
    assert ">Decide</a>" not in page
    assert ">Sign in</a>" in page
    assert "Sign out" not in page


def test_without_keys_there_is_no_sign_in(app):
    open_client = app.test_client()
    assert open_client.get("/sign-in", headers=HTML).location == "./"
    page = open_client.get("/nowhere", headers=HTML).text
    assert "Sign out" not in page
    assert "Sign in" not in page


def test_first_visitor_is_told_how_to_create_a_key(make_app, app_settings, client, tmp_path):
    settings = {"keys": "on", "database_url": f"sqlite:///{tmp_path}/decisions.db"}
    empty = make_app(dataclasses.replace(app_settings, **settings)).test_client()
    assert "python model.py keys create" in empty.get("/sign-in", headers=HTML).text
    assert "python model.py keys create" not in client.get("/sign-in", headers=HTML).text


def test_link_on_another_site_is_followed_twice(client):
    """The second request comes from the app itself and has the session's cookie."""
    headers = {**HTML, "Sec-Fetch-Site": "cross-site"}
    page = client.get("/sign-in?next=decisions", headers=headers).text
    assert '<meta http-equiv="refresh" content="0; url=?next=decisions&amp;again=1">' in page
    assert 'http-equiv="refresh"' not in client.get("/sign-in?again=1", headers=headers).text
    assert 'http-equiv="refresh"' not in client.get("/sign-in", headers=HTML).text


def test_sign_out_of_an_ended_session_works(client, locked):
    sign_in(client, locked[1]["score"])
    assert post_form(client, "/sign-out").status_code == 303
    assert post_form(client, "/sign-out", "/sign-in").status_code == 303
