"""/decisions as a page: negotiation, filters, search, paging, errors next to the field."""

import re
from dataclasses import replace

import pytest

from tests.serving.page_forms import HTML
from tests.serving.routes.pages_client import append, erase, log_of, read


@pytest.fixture(scope="module")
def client(make_app, app_settings, tmp_path_factory):
    """A client of an app whose log holds five decisions, the newest last."""
    url = f"sqlite:///{tmp_path_factory.mktemp('list')}/decisions.db"
    app = make_app(replace(app_settings, database_url=url))
    client = app.test_client()
    client.ids = [
        append(app, 0.05, applicant_id="first"),
        append(app, 0.2, applicant_id="overridden"),
        append(app, 0.3, applicant_id="erased"),
        append(app, 0.04, applicant_id=None, kind="what-if"),
        append(app, 0.25, applicant_id="newest <b>&"),
    ]
    log = log_of(app)
    log.add_review(client.ids[1], outcome="ACCEPTED", reviewer="A. Martin", reason="An error.")
    log.add_outcome(client.ids[0], outcome=1)
    log.add_outcome(client.ids[1], outcome=0)
    erase(app, client.ids[2])
    return client


def rows(client, query="", language="en"):
    """The ids of the listed decisions, as their position in the log."""
    answer = client.get(f"/decisions{query}", headers={**HTML, "Accept-Language": language})
    assert answer.status_code == 200
    ids = re.findall(r'<th scope="row".*?decisions/([0-9a-f-]{36})"', answer.text, re.DOTALL)
    return [client.ids.index(decision_id) for decision_id in ids]


def test_browsers_get_a_page_and_programs_get_json(client):
    for accept, kind in (("text/html", "text/html"), ("*/*", "application/json")):
        for path in ("/decisions", f"/decisions/{client.ids[0]}"):
            answer = client.get(path, headers={"Accept": accept})
            assert answer.mimetype == kind
            assert "Accept" in answer.vary


def test_rows_say_what_is_in_force(client):
    page = read(client, "/decisions")
    assert "overridden Accepted model: refused 20.0%" in page
    assert "A. Martin" in page
    assert "erased Refused 30.0%" in page
    assert "not given what-if" in page
    assert "newest <b>& Refused 25.0%" in page
    french = read(client, "/decisions", "fr")
    assert "Accepté modèle : refusé 20,0 %" in french


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [4, 3, 2, 1, 0]),
        ("?decision=REFUSED&q=&since=&to=&reviewed=&outcome=&model_version=", [4, 2, 1]),
        ("?q=+first+", [0]),
        ("?applicant_id=first", [0]),
        ("?q=nobody", []),
        ("?reviewed=true", [1]),
        ("?reviewed=false&decision=REFUSED", [4, 2]),
        ("?outcome=1", [0]),
        ("?model_version=dddddddddddd&outcome=0", [1]),
        ("?since=2999-01-01", []),
        ("?to=2000-01-01", []),
    ],
)
def test_filters_narrow_the_list(client, query, expected):
    assert rows(client, query) == expected


def test_last_day_is_included(client):
    today = re.search(r"\d{4}-\d\d-\d\d", client.get(f"/decisions/{client.ids[0]}").json["made_at"])
    assert rows(client, f"?since={today[0]}&to={today[0]}") == [4, 3, 2, 1, 0]
    assert rows(client, f"?until={today[0]}") == []


def test_id_of_a_decision_opens_it(client):
    answer = client.get(f"/decisions?q={client.ids[3].upper()}", headers=HTML)
    assert (answer.status_code, answer.location) == (303, f"./decisions/{client.ids[3]}")
    assert rows(client, "?q=01a1feb9-223f-7f5d-8f7b-a696c40619f3") == []


def test_pages_turn_both_ways_and_keep_the_filters(client):
    first = client.get("/decisions?limit=2&decision=REFUSED", headers=HTML).text
    assert 'rel="prev"' not in first
    older = re.search(r'rel="next" href="(.*?)"', first)[1].replace("&amp;", "&")
    assert older.startswith("?decision=REFUSED&cursor=")
    last = client.get(f"/decisions{older}&limit=2", headers=HTML).text
    assert 'rel="next"' not in last
    newer = re.search(r'rel="prev" href="(.*?)"', last)[1].replace("&amp;", "&")
    assert rows(client, f"{newer}&limit=2") == [4, 2]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("since=yesterday", "since", "Write a date such as 2026-11-21"),
        ("to=2026-13-01", "to", "Write a date such as 2026-11-21"),
        ("q=" + "x" * 129, "q", "Write a number or an id of at most 128 characters"),
        ("outcome=7", "outcome", "Choose from the list"),
        ("model_version=" + "x" * 65, "model_version", "Write a version of at most 64 characters"),
    ],
    ids=["since", "to", "q", "outcome", "model"],
)
def test_invalid_field_is_refused_next_to_it(client, query, field, message):
    answer = client.get(f"/decisions?{query}", headers=HTML)
    assert answer.status_code == 422
    assert f'aria-invalid="true" aria-describedby="wrong-{field}"' in answer.text
    assert f'<p class="error" id="wrong-{field}">{message}</p>' in answer.text
    assert f'<a href="#{field}">' in answer.text  # in the box above the form, which has the focus
    if field == "q":
        assert 'value="xxx' in answer.text


@pytest.mark.parametrize("query", ["cursor=7", "limit=0", "nonsense=1"])
def test_other_invalid_parameters_are_refused_as_by_the_api(client, query):
    assert client.get(f"/decisions?{query}", headers=HTML).status_code == 422


def test_repeated_language_is_ignored(client):
    assert "Decisions" in read(client, "/decisions?lang=en&lang=fr")


def test_empty_search_says_what_to_do(client):
    assert "No decision matches. Type the whole number" in read(client, "/decisions?q=nobody")
