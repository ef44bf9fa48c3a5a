"""Links under a path of the host: SCRIPT_NAME, a trusted proxy's header, or neither."""

import dataclasses
import re
from urllib.parse import urljoin

import pytest

LINK = re.compile(r'(?:href|src|data-document)="([^"#?][^"]*)"')
PREFIX = {"X-Forwarded-Prefix": "/scoring"}
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def behind_proxy(make_app, app_settings):
    return make_app(dataclasses.replace(app_settings, trusted_proxies=1)).test_client()


def links(client, page, **arguments):
    """The links of `page`, resolved as a browser that sees the app under /scoring/ does."""
    text = client.get(f"/{page}", **arguments).text
    found = LINK.findall(text)
    assert len(found) >= 5
    return {urljoin(f"http://host/scoring/{page}", link) for link in found}


def assert_under_prefix(urls):
    assert urls
    assert all(url.startswith("http://host/scoring/") for url in urls), urls


@pytest.mark.parametrize("page", ["", "docs"])
@pytest.mark.parametrize("headers", [PREFIX, {}], ids=["header", "no header"])
def test_pages_stay_under_the_prefix_of_a_proxy(behind_proxy, page, headers):
    assert_under_prefix(links(behind_proxy, page, headers={**HTML, **headers}))


@pytest.mark.parametrize("page", ["", "docs"])
def test_pages_stay_under_script_name(client, page):
    environment = {"SCRIPT_NAME": "/scoring"}
    assert_under_prefix(links(client, page, headers=HTML, environ_overrides=environment))


def test_missing_slash_redirects_to_a_path_of_the_same_host(client):
    environment = {"SCRIPT_NAME": "/scoring", "PATH_INFO": "", "HTTP_HOST": "evil.example"}
    answer = client.get("/", headers=HTML, environ_overrides=environment)
    assert answer.status_code == 308
    assert answer.headers["Location"] == "/scoring/"
    assert answer.text == ""


def test_links_for_programs_have_the_prefix(behind_proxy, client):
    assert behind_proxy.get("/", headers=PREFIX).json["links"]["predict"] == "/scoring/predict"
    environment = {"SCRIPT_NAME": "/scoring/"}
    answer = client.get("/", environ_overrides=environment)
    assert answer.json["links"]["docs"] == "/scoring/docs"


def test_server_of_the_document_is_the_prefix(behind_proxy, client):
    """Clients append paths to the URL, so it ends in no slash unless it is the root."""
    under_script_name = {"SCRIPT_NAME": "/scoring"}
    answers = {
        "/": client.get("/openapi.json"),
        "/scoring": behind_proxy.get("/openapi.json", headers=PREFIX),
        "/scoring ": client.get("/openapi.json", environ_overrides=under_script_name),
    }
    for prefix, answer in answers.items():
        assert answer.json["servers"] == [{"url": prefix.strip()}]


@pytest.mark.parametrize("value", ["/scoring", "//evil.example"])
def test_prefix_of_an_untrusted_peer_is_ignored(client, value):
    headers = {"X-Forwarded-Prefix": value}
    assert client.get("/", headers=headers).json == client.get("/").json
    pages = [client.get("/", headers=sent).text for sent in (HTML, {**HTML, **headers})]
    assert LINK.findall(pages[0]) == LINK.findall(pages[1])
