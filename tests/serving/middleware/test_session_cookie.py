"""Attributes of the cookies: plain HTTP, TLS, a path of a host, a frame of another site."""

import pytest

from credit_scoring.settings.platforms import HUGGING_FACE, hosting_platform
from tests.serving.page_forms import HTML, csrf_token, post_form
from tests.serving.signed_in import app_with_keys

SESSION = "credit_scoring_session"
TLS = {"X-Forwarded-Proto": "https"}
OTHER_SITE = "https://huggingface.co"


@pytest.fixture(scope="module")
def make_client(make_app, app_settings, tmp_path_factory):
    def make_client(platform=None, **settings):
        folder = tmp_path_factory.mktemp("cookie")
        app, keys = app_with_keys(
            make_app, app_settings, folder, platform, trusted_proxies=1, **settings
        )
        return app.test_client(), keys["score"]

    return make_client


def session_cookie(client, key, headers=None, base_url="http://localhost"):
    """The Set-Cookie line of a sign-in."""
    headers = {**HTML, **(headers or {})}
    page = client.get("/sign-in", headers=headers, base_url=base_url)
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"key": key, "csrf_token": token}
    answer = client.post("/sign-in", data=data, headers=headers, base_url=base_url)
    assert answer.status_code == 303
    return answer.headers["Set-Cookie"]


def test_without_tls(make_client):
    line = session_cookie(*make_client())
    assert line.startswith(f"{SESSION}=")
    assert line.endswith("; HttpOnly; Path=/; SameSite=Strict")


def test_behind_tls_no_other_host_can_set_it(make_client):
    line = session_cookie(*make_client(), TLS, "https://localhost")
    assert line.startswith(f"__Host-{SESSION}=")
    assert line.endswith("; Secure; HttpOnly; Path=/; SameSite=Strict")


def test_plain_cookie_is_ignored_behind_tls(make_client):
    client, key = make_client()
    secret = session_cookie(client, key).split("=")[1].split(";")[0]
    headers = {"Cookie": f"{SESSION}={secret}"}
    assert client.get("/model/info", headers=headers).status_code == 200
    assert client.get("/model/info", headers={**headers, **TLS}).status_code == 401


def test_under_a_path_it_is_not_sent_to_other_apps(make_client):
    headers = {**TLS, "X-Forwarded-Prefix": "/scoring"}
    line = session_cookie(*make_client(), headers, "https://localhost/scoring")
    assert line.startswith(f"__Secure-{SESSION}=")
    assert "Path=/scoring" in line


def test_in_a_space_it_works_in_a_frame(make_client):
    """The proxy of a Space is known to serve HTTPS only, also if it is not trusted."""
    client, key = make_client(HUGGING_FACE)
    line = session_cookie(client, key, base_url="https://localhost")
    assert line.startswith(f"__Host-{SESSION}=")
    assert line.endswith("; Secure; HttpOnly; Path=/; SameSite=None; Partitioned")


def test_in_a_frame_of_a_named_site(make_client):
    client, key = make_client(frame_ancestors=(OTHER_SITE,))
    line = session_cookie(client, key, TLS, "https://localhost")
    assert line.endswith("; SameSite=None; Partitioned")
    assert session_cookie(client, key).endswith("; SameSite=Strict")


def test_language_is_kept_in_a_frame_too(make_client):
    client, _ = make_client(HUGGING_FACE)
    answer = client.get("/sign-in?lang=fr", headers=HTML)
    line = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith("lang="))
    assert line.endswith("SameSite=None; Partitioned")


def test_a_space_is_recognised_on_kubernetes():
    environment = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "SPACE_ID": "me/space"}
    assert hosting_platform(environment) == HUGGING_FACE


def test_only_named_sites_may_show_the_app_in_a_frame(make_client):
    client, _ = make_client(frame_ancestors=(OTHER_SITE, "https://bank.example"))
    headers = client.get("/sign-in", headers=HTML).headers
    policy = headers["Content-Security-Policy"]
    assert policy.endswith("; frame-ancestors https://huggingface.co https://bank.example")
    assert "'none'" in policy
    assert "X-Frame-Options" not in headers


def test_bearer_key_costs_no_look_up_of_a_session(make_client, monkeypatch):
    client, key = make_client()
    looked_up = []
    monkeypatch.setattr(
        "credit_scoring.access.sessions.SessionStore.find_key",
        lambda _store, secret: looked_up.append(secret),
    )
    client.set_cookie(SESSION, "x" * 43)
    assert client.get("/model/info", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert client.get("/model/info", headers={"Authorization": "Bearer no"}).status_code == 401
    with client.get("/static/page.css"):
        pass
    assert looked_up == []
    assert client.get("/model/info").status_code == 401
    assert looked_up == ["x" * 43]


def test_a_bearer_key_outranks_the_session(make_client):
    client, key = make_client()
    session_cookie(client, key)
    assert client.get("/model/info").status_code == 200
    assert client.get("/model/info", headers={"Authorization": "Bearer no"}).status_code == 401
    assert client.get("/model/info", headers={"Authorization": "Basic eA=="}).status_code == 200


def test_pages_are_not_cached(make_client):
    client, key = make_client()
    post_form(client, "/sign-in", "/sign-in", key=key)
    answer = client.get("/", headers=HTML)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]
    assert csrf_token(client)
