"""Sign-in and sign-out: a session by API key, and what it protects from."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from credit_scoring.access import key_cache
from credit_scoring.access.key_store import KeyStore
from credit_scoring.access.sessions import SessionStore
from credit_scoring.database.table_definitions import sessions
from credit_scoring.errors import StorageError
from credit_scoring.serving.app_factory import DATABASE
from tests.serving.page_forms import HTML, csrf_token, post_form
from tests.serving.signed_in import add_key, app_with_keys, sign_in
from tests.serving.small_bundle import EXAMPLE

COOKIE = "credit_scoring_session"
FORMS = "credit_scoring_forms"
BODY = {"features": EXAMPLE}


@pytest.fixture(scope="module")
def locked(make_app, app_settings, tmp_path_factory):
    return app_with_keys(make_app, app_settings, tmp_path_factory.mktemp("sign_in"))


@pytest.fixture
def app(locked):
    return locked[0]


@pytest.fixture
def keys(locked):
    return locked[1]


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def officer(client, keys):
    """A browser that has signed in with a key for scoring."""
    assert sign_in(client, keys["score"]).status_code == 303
    return client


def cookie(client):
    return client.get_cookie(COOKIE).value


def rows(app):
    with app.extensions[DATABASE].connect() as connection:
        return connection.execute(select(sessions)).all()


def test_pages_lead_to_the_sign_in_and_back(client, keys):
    answer = client.get("/decisions?model=m%2F1&limit=5", headers=HTML)
    assert answer.status_code == 303
    assert answer.location == "./sign-in?next=decisions?model%3Dm%252F1%26limit%3D5"
    answer = sign_in(client, keys["review"], "/" + answer.location[2:])
    assert (answer.status_code, answer.location) == (303, "./decisions?model=m%2F1&limit=5")
    assert client.get("/decisions?limit=5").status_code == 200


def test_start_page_requires_a_session_but_its_links_are_public(client):
    assert client.get("/", headers=HTML).location == "./sign-in"
    assert client.get("/").json["links"]["predict"] == "/predict"


def test_session_authenticates_reading(officer):
    assert officer.get("/model/info").status_code == 200
    assert officer.get("/", headers=HTML).status_code == 200


def test_session_authenticates_changes_with_a_token_only(officer):
    token = csrf_token(officer)
    assert officer.post("/predict", json=BODY).status_code == 403
    answer = officer.post("/predict", json=BODY, headers={"X-CSRF-Token": token})
    assert answer.status_code == 200


def test_decision_is_logged_with_the_key_of_the_session(officer, keys, app):
    headers = {"X-CSRF-Token": csrf_token(officer)}
    made = officer.post("/predict", json=BODY, headers=headers).json["decision_id"]
    reader = {"Authorization": f"Bearer {keys['review']}"}
    stored = app.test_client().get(f"/decisions/{made}", headers=reader).json
    assert stored["key_id"] == keys["score"].split("_")[1]


def test_each_sign_in_makes_a_new_secret(client, keys):
    sign_in(client, keys["score"])
    first = cookie(client)
    token = csrf_token(client)
    client.post("/sign-in", data={"key": keys["score"], "csrf_token": token})
    assert cookie(client) != first
    stale = client.post("/predict", json=BODY, headers={"X-CSRF-Token": token})
    assert stale.status_code == 403


def test_planted_cookies_are_no_session(app, keys):
    attacker, victim = app.test_client(), app.test_client()
    for browser in (attacker, victim):
        browser.set_cookie(COOKIE, "x" * 43)
        browser.set_cookie(FORMS, "y" * 43)
    sign_in(victim, keys["score"])
    assert victim.get("/model/info").status_code == 200
    assert attacker.get("/model/info").status_code == 401


def test_planted_forms_cookie_makes_no_token_of_a_session(officer, app):
    """Another host of the domain can set a cookie of a service without TLS."""
    attacker = app.test_client()
    attacker.set_cookie(FORMS, "y" * 43)
    token = csrf_token(attacker, "/sign-in")
    officer.set_cookie(FORMS, "y" * 43)
    assert officer.post("/predict", json=BODY, headers={"X-CSRF-Token": token}).status_code == 403


def test_link_on_another_site_does_not_end_the_session(officer):
    """Browsers do not send the cookies with it; the answer sets no cookie of the session."""
    secret = cookie(officer)
    officer.delete_cookie(COOKIE)
    answer = officer.get("/sign-in", headers=HTML)
    assert answer.status_code == 200
    assert COOKIE not in answer.headers.get("Set-Cookie", "")
    officer.set_cookie(COOKIE, secret)
    assert officer.get("/model/info").status_code == 200


def test_sign_in_requires_the_token_of_its_page(client, app, keys):
    foreign = csrf_token(app.test_client(), "/sign-in")
    for fields in ({}, {"csrf_token": foreign}):
        answer = client.post("/sign-in", data={"key": keys["score"], **fields}, headers=HTML)
        assert answer.status_code == 403
        assert "Enter your key once more." in answer.text
        assert client.get("/model/info").status_code == 401


def test_second_sign_in_ends_the_first_session(officer, app, keys):
    first = cookie(officer)
    officer.delete_cookie(COOKIE)
    other = app.test_client()
    other.set_cookie(COOKIE, first)
    page = other.get("/model/info")
    assert page.status_code == 200
    sign_in_again = other.post(
        "/sign-in", data={"key": keys["review"], "csrf_token": csrf_token(other)}
    )
    assert sign_in_again.status_code == 303
    officer.set_cookie(COOKIE, first)
    assert officer.get("/model/info").status_code == 401


def test_sign_out_ends_the_session_everywhere(officer, app):
    secret = cookie(officer)
    answer = post_form(officer, "/sign-out")
    assert (answer.status_code, answer.location) == (303, "./sign-in?signed-out=1")
    assert officer.get_cookie(COOKIE) is None
    assert "You have signed out." in officer.get("/sign-in?signed-out=1", headers=HTML).text
    thief = app.test_client()
    thief.set_cookie(COOKIE, secret)
    assert thief.get("/model/info").status_code == 401


def test_sign_out_requires_a_token(officer):
    refused = officer.post("/sign-out", headers=HTML)
    assert refused.status_code == 403
    assert "This page is out of date" in refused.text
    assert officer.post("/sign-out").json["title"] == "Form expired"
    assert officer.get("/sign-out").status_code == 405
    assert officer.get("/model/info").status_code == 200


def test_revoked_key_ends_its_sessions(client, app, monkeypatch):
    monkeypatch.setattr(key_cache, "REFRESH_AFTER", 0.0)
    monkeypatch.setattr(key_cache, "MAX_AGE", 0.0)
    key = add_key(app, "score")
    sign_in(client, key)
    assert client.get("/model/info").status_code == 200
    KeyStore(app.extensions[DATABASE]).revoke(key.split("_")[1])
    assert client.get("/model/info").status_code == 401
    assert "Your session has ended" in client.get("/sign-in", headers=HTML).text
    assert client.get_cookie(COOKIE) is None


def test_expired_key_ends_its_sessions(client, app, monkeypatch):
    monkeypatch.setattr(key_cache, "REFRESH_AFTER", 0.0)
    key = add_key(app, "score", expires_at=datetime.now(UTC) + timedelta(hours=1))
    sign_in(client, key)
    assert client.get("/model/info").status_code == 200

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(hours=2)

    monkeypatch.setattr(key_cache, "datetime", Later)
    assert client.get("/model/info").status_code == 401


def test_session_expires_and_the_next_sign_in_deletes_it(officer, app, keys):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with app.extensions[DATABASE].begin() as connection:
        connection.execute(update(sessions).values(expires_at=yesterday))
    answer = officer.get("/model/info")
    assert answer.status_code == 401
    assert answer.json["detail"].startswith("the session has ended")
    sign_in(app.test_client(), keys["score"])
    assert len(rows(app)) == 1


@pytest.mark.usefixtures("officer")
def test_session_lasts_twelve_hours(app):
    row = rows(app)[-1]
    assert row.expires_at - row.created_at == timedelta(hours=12)


def test_database_holds_neither_the_secret_nor_the_key(officer, app, keys):
    stored = str(rows(app))
    assert cookie(officer) not in stored
    assert keys["score"] not in stored
    key = next(k for k in KeyStore(app.extensions[DATABASE]).all() if k.name == "score")
    assert key.digest not in stored


def test_session_row_of_another_key_is_refused(officer, app, keys):
    """Write access to the table does not turn a session into one of another key."""
    with app.extensions[DATABASE].begin() as connection:
        connection.execute(update(sessions).values(key_id=keys["admin"].split("_")[1]))
    assert officer.get("/metrics").status_code == 401


def test_other_instances_know_the_session(officer, make_app, app_settings, app):
    folder = re.search(r"///(.*)/decisions", str(app.extensions[DATABASE].url))[1]
    other = app_with_keys(make_app, app_settings, folder)[0].test_client()
    other.set_cookie(COOKIE, cookie(officer))
    assert other.get("/model/info").status_code == 200
    headers = {"X-CSRF-Token": csrf_token(officer)}
    assert other.post("/predict", json=BODY, headers=headers).status_code == 200
    post_form(officer, "/sign-out")
    assert other.get("/model/info").status_code == 401


def test_browser_forgets_its_session_although_nothing_can_be_stored(officer, monkeypatch):
    def refuse(*_):
        raise StorageError("the disk is full")

    monkeypatch.setattr(SessionStore, "end", refuse)
    answer = post_form(officer, "/sign-out")
    assert (answer.status_code, answer.location) == (303, "./sign-in?signed-out=1")
    assert officer.get_cookie(COOKIE) is None
