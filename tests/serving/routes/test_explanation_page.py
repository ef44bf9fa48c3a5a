"""POST /explanation: the parts that explain a decision, as HTML in the page's language."""

import re
from dataclasses import replace
from html import unescape

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from tests.server_process import ROOT
from tests.serving.routes.test_what_if import rows_by_table
from tests.serving.small_bundle import EXAMPLE

LATEST = ROOT / "models/latest"


def parts(client, body, language="en"):
    answer = client.post(f"/explanation?lang={language}", json=body)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/html")
    return unescape(answer.text)


@pytest.fixture(scope="module")
def latest(make_app, app_settings):
    """A client of an app with the repository's model, which has a reference."""
    return make_app(replace(app_settings, model_path=LATEST)).test_client()


@pytest.fixture(scope="module")
def high_risk():
    return read_manifest(LATEST).example("high risk")


def test_a_bundle_without_reference_says_so(client):
    html = parts(client, EXAMPLE)
    assert "does not describe other applicants" in html
    assert "How the score adds up" in html
    assert "histogram" not in html


def test_the_parts_name_values_points_and_shares(latest, high_risk):
    html = parts(latest, {"features": high_risk})
    decided = latest.post("/predict", json=high_risk).json
    assert f"The result is {decided['credit_score']} points" in html
    assert "external score, divided by the part of the loan to repay each month, is 4.28." in html
    assert html.count('class="histogram"') == 8
    assert re.search(r"<dd>lower than \d\d%</dd>", html)
    assert "from 11.6%, like this one" in html


def test_french_parts_are_in_french(latest, high_risk):
    html = parts(latest, high_risk, "fr")
    assert "D’où vient le score" in html
    assert re.search(r"<dd>plus bas que \d\d\u00a0%</dd>", html)
    assert "La moyenne de vos indices externes, divisée par la part du crédit à rembourser" in html
    assert not re.search(r">[^<]*\b(the|applicants|points of)\b[^<]*<", html)


def test_every_feature_stands_in_the_table_or_has_a_histogram(latest, high_risk):
    html = parts(latest, high_risk)
    names = set(re.findall(r'<code translate="no">(\w+)</code>', html))
    in_model = {f.name for f in read_manifest(LATEST).features if f.role != "ratio input"}
    assert names == in_model


def test_refusals_are_those_of_predict(client):
    body = {**EXAMPLE, "EXT_SOURCE_2": 57}
    refused = client.post("/explanation", json=body)
    assert refused.json == client.post("/predict", json=body).json


def test_nothing_is_stored(app, client):
    before = rows_by_table(app)
    parts(client, EXAMPLE)
    assert rows_by_table(app) == before


def test_only_the_scope_score_is_required(app):
    assert app.view_functions["explanation_page.explanation"].scope == "score"
