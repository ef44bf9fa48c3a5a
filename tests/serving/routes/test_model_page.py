"""The page at /model: what everybody sees, and deployments by form for an admin."""

import dataclasses
import json
import re
import shutil
from html import unescape

import pytest

from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_store import KeyStore
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.errors import StorageError
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.model_switch import SWITCH
from credit_scoring.settings import load_settings
from tests.server_process import ROOT, scratch_settings

HTML = {"Accept": "text/html"}


@pytest.fixture
def app(make_app, folder, tmp_path):
    settings = load_settings(scratch_settings(tmp_path))
    return make_app(dataclasses.replace(settings, model_path=folder))


@pytest.fixture
def second(client, folder, second_bundle):
    """Deploy the second bundle from the configured folder; the version before, and the new one."""
    before = read_manifest(folder).version
    shutil.rmtree(folder)
    shutil.copytree(second_bundle, folder)
    after = post(client, source=str(folder), reason="a new one").headers["Location"]
    assert after == "../model?deployed=2#versions"
    return before, read_manifest(folder).version


def read(client, path="/model", language="en"):
    answer = client.get(path, headers={**HTML, "Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def post(client, **values):
    """Post the form of a deployment as the page shows it now, with `values` changed."""
    query = {name: values[name] for name in ("version", "source") if name in values}
    page = client.get("/model/deploy", query_string=query, headers=HTML).text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return client.post("/model/deploy", data={**form, **values}, headers=HTML)


def with_groups(content, names):
    """The fairness figures with other names of the first attribute's groups."""
    groups = [group["group"] for group in json.loads(content)["attributes"][0]["groups"]]
    for old, new in zip(groups, names, strict=True):
        content = content.replace(json.dumps(old), json.dumps(new))
    return content


class TestEverybody:
    def test_groups_of_a_lender_are_shown_as_they_are_named(self, make_app, tmp_path):
        """Also names that are code elsewhere: they are escaped, and only once."""
        names = ["<script>alert(1)</script>", "Sales & M'ting {attribute} %s"]
        folder = shutil.copytree(ROOT / "models/latest", tmp_path / "bundle")
        path = folder / "fairness.json"
        path.write_text(with_groups(path.read_text(encoding="utf-8"), names), encoding="utf-8")
        settings = load_settings(scratch_settings(tmp_path))
        app = make_app(dataclasses.replace(settings, model_path=folder))
        page = app.test_client().get("/model", headers=HTML).text
        sentence = next(line for line in page.splitlines() if "as often as" in line)
        for name in names:
            assert name not in page
            assert f"“{name}”" in unescape(sentence)

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_page_of_the_repositorys_model(self, make_app, tmp_path, language):
        settings = load_settings(scratch_settings(tmp_path))
        app = make_app(dataclasses.replace(settings, model_path=ROOT / "models/latest"))
        page = app.test_client().get("/model", headers={**HTML, "Accept-Language": language}).text
        html = unescape(re.sub(r'data-texts="[^"]*"', "", page))
        expected = {
            "en": (
                "This model was trained on generated data.",
                "The model refuses 73.3% of the applicants who would default",
                "In 10 of 10 groups the interval of the outcome includes the prediction.",
                "Standing reported by external data sources (30%)",
                "By sex: the group “Men” is accepted 0.97 times (0.95 to 0.99) as often as",
                "A request contains 125 inputs",
                "Every fold used the same threshold, which follows from the costs alone.",
                "On the training applicants the cheapest threshold was 7.9%",
                "exactly for 98.4% of the earlier loans",
            ),
            "fr": (
                "Ce modèle a été entraîné sur des données générées.",
                "Le modèle refuse 73,3\u00a0% des demandeurs qui feraient défaut",
                "Dans 10 groupes sur 10, l’intervalle observé contient la prédiction.",
                "«\u00a0Hommes\u00a0» égal à 0,97 fois (0,95 à 0,99) celui de «\u00a0Femmes\u00a0»",
                "Une demande contient 125 entrées",
            ),
        }
        for words in expected[language]:
            assert words in html
        assert not re.search(r"\{\w+\}", html)

    def test_model_card_is_a_file(self, make_app, tmp_path, client):
        settings = load_settings(scratch_settings(tmp_path / "other"))
        app = make_app(dataclasses.replace(settings, model_path=ROOT / "models/latest"))
        answer = app.test_client().get("/model/card")
        assert answer.data == (ROOT / "models/latest/MODEL_CARD.md").read_bytes()
        assert answer.headers["Content-Disposition"] == "attachment; filename=MODEL_CARD.md"
        assert client.get("/model/card").status_code == 404

    def test_what_is_missing_is_said(self, client):
        html = read(client)
        assert "This model has no reference of its training applicants." in html
        assert "This model has no figures by group yet." in html
        assert "Download the model card" not in html

    def test_score_key_sees_no_versions_and_cannot_deploy(self, app, client):
        key, text = new_key("desk", ["score"], None)
        KeyStore(app.extensions[DATABASE]).add(key)
        headers = {**HTML, "Authorization": f"Bearer {text}"}
        page = client.get("/model", headers=headers)
        assert page.status_code == 200
        assert "/model/deploy" not in page.text
        assert 'id="versions"' not in page.text
        assert client.get("/model/deploy?version=x", headers=headers).status_code == 403
        values = {"version": "x", "reason": "y"}
        assert client.post("/model/deploy", data=values, headers=headers).status_code == 403


class TestDeployment:
    def test_source_is_shown_before_it_is_deployed(self, client, folder, second_bundle):
        old = read_manifest(folder).version
        shutil.rmtree(folder)
        shutil.copytree(second_bundle, folder)
        html = read(client, f"/model/deploy?source={folder}")
        new = read_manifest(folder).version
        assert f"Deploy version {new}?" in html
        assert old in html
        assert client.get("/health").json["model_version"] == old

    def test_deployment_is_in_force_and_in_the_history(self, client, second):
        before, after = second
        assert client.get("/health").json["model_version"] == after
        html = read(client, "/model?deployed=2")
        assert f"Deployment 2 is done: version {after} is in use." in html
        assert re.search(r'class="reason">a new one<', html)
        assert f"Roll back to {before}…" in html

    def test_rollback_by_its_link(self, client, second):
        before, _ = second
        link = re.search(r'class="button" href="\./(model/deploy\?version=[^"]+)"', read(client))[1]
        name = link.partition("=")[2]
        answer = post(client, version=name, reason="It refuses\r\ntoo many.")
        assert answer.status_code == 303
        assert client.get("/health").json["model_version"] == before
        newest = client.get("/admin/models").json["deployments"][0]
        assert (newest["why"], newest["who"]) == ("It refuses\ntoo many.", "no key")

    def test_without_keys_the_page_says_who_may_deploy(self, client):
        assert "everybody on this machine may deploy a model" in read(client, "/model")

    @pytest.mark.parametrize("reason", ["", "  \r\n "])
    def test_reason_is_required(self, client, second, reason):
        before, after = second
        answer = post(client, version=before, reason=reason)
        assert answer.status_code == 422
        assert "Give a reason: it is kept in the log of deployments." in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert client.get("/health").json["model_version"] == after

    def test_long_reason_is_refused_and_kept_in_the_form(self, client, second):
        answer = post(client, version=second[0], reason="x" * 2001)
        assert answer.status_code == 422
        assert "more than 2,000" in answer.text
        assert "x" * 2001 in answer.text

    def test_confirmation_of_an_older_state_is_refused(self, client, second):
        before, after = second
        answer = post(client, version=before, reason="late", replaces="1")
        assert answer.status_code == 409
        assert "Another deployment was made after you opened this page." in answer.text
        assert client.get("/health").json["model_version"] == after
        assert 'name="replaces" value="2"' in answer.text

    def test_form_without_its_token_is_refused(self, client, second):
        before, after = second
        client.get("/model")
        answer = client.post("/model/deploy", data={"version": before, "reason": "forged"})
        assert answer.status_code == 403
        assert client.get("/health").json["model_version"] == after

    @pytest.mark.parametrize(
        ("query", "status", "words", "detail"),
        [
            ("version=0", 404, "is not in the model store any more", "version 0 is not in"),
            ("source=/etc", 422, "This source is not allowed", "expected the configured source"),
            ("source=", 422, "This source is not allowed", "no source was named"),
            ("", 422, "This source is not allowed", "no source was named"),
        ],
        ids=["unknown version", "folder", "empty source", "nothing"],
    )
    def test_error_is_in_words_with_the_servers_message(self, client, query, status, words, detail):
        answer = client.get(f"/model/deploy?{query}", headers=HTML)
        assert answer.status_code == status
        assert words in unescape(answer.text)
        assert detail in unescape(answer.text)
        french = client.get(f"/model/deploy?{query}&lang=fr", headers=HTML)
        assert "Le modèle n’a pas été changé" in unescape(french.text)

    def test_damaged_source_is_refused_in_words(self, client, folder):
        (folder / "model.pkl").write_bytes(b"damaged")
        answer = client.get(f"/model/deploy?source={folder}", headers=HTML)
        assert answer.status_code == 503
        assert "This source has no usable model." in answer.text

    def test_page_answers_without_the_database(self, app, client, monkeypatch):
        def unavailable(*_):
            raise StorageError("the database is not available")

        monkeypatch.setattr(app.extensions[SWITCH].deployer.log, "history", unavailable)
        assert "the database is not available" in read(client)
