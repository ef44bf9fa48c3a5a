"""The page of monitoring: every part of the summary in both languages, choices, empty states."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_store import KeyStore
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.shadow_scores import Agreement
from credit_scoring.monitoring.counts_store import add_refused
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.pages import notation, page
from credit_scoring.serving.service import EXTENSION
from credit_scoring.serving.shadow.shadow_scoring import SHADOW
from tests.monitoring.model_counts import draw_days, manifest_with, reference, store_days

NAMES = ("EXT_SOURCE_2", "AMT_CREDIT", "CNT_CHILDREN")
MOVED = {"AMT_CREDIT": (0.05, 0.05, 0.2, 0.3, 0.3, 0.1)}
SECTIONS = (
    "alarms", "decisions", "score", "drift", "missing_values", "refused_requests", "performance",
    "expected",
)  # fmt: skip
VENDOR = Path(page.__file__).with_name("static") / "vendor/idiomorph"
HTML = {"Accept": "text/html,*/*;q=0.8"}
TODAY = datetime.now(UTC).date()


def app_with(make_app, settings, folder, *, has_reference=True):
    app = make_app(dataclasses.replace(settings, database_url=f"sqlite:///{folder}/log.db"))
    service = app.extensions[EXTENSION]
    own = reference(np.random.default_rng(0), NAMES) if has_reference else None
    manifest = manifest_with(service.bundle.manifest, own)
    bundle = dataclasses.replace(service.bundle, manifest=manifest)
    app.extensions[EXTENSION] = dataclasses.replace(service, bundle=bundle)
    return app, manifest.pickle["sha256"]


@pytest.fixture(scope="module")
def app(make_app, app_settings, tmp_path_factory):
    """An app with fifty days of decisions; a feature has moved in the last twenty."""
    app, digest = app_with(make_app, app_settings, tmp_path_factory.mktemp("monitoring-page"))
    rng = np.random.default_rng(0)
    days = draw_days(rng, 30, 100, TODAY - timedelta(20), names=NAMES)
    days |= draw_days(rng, 20, 100, TODAY, names=NAMES, shares=MOVED)
    store_days(app.extensions[DATABASE], digest, days)
    kind = "features-refused"
    refusals = {(TODAY, kind, ""): 7, (TODAY, kind, "AMT_CREDIT"): 5, (TODAY, kind, "(unknown)"): 2}
    add_refused(app.extensions[DATABASE], refusals)
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def read(client, path="/monitoring", language="en", status=200):
    answer = client.get(path, headers={**HTML, "Accept-Language": language})
    assert answer.status_code == status
    assert answer.content_type.startswith("text/html")
    return unescape(answer.text)


def words(html):
    without_charts = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", without_charts))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_part_of_the_summary_has_its_section(client, language):
    html = read(client, language=language)
    assert set(SECTIONS) <= set(re.findall(r'id="(\w+)"', html))
    assert not re.search(r"\{\w*\}|None|undefined", words(html))
    assert html.count('<svg class="small"') == len(NAMES)


def test_figures_are_those_of_the_json_summary(client):
    summary = client.get("/monitoring/summary").json
    text = words(read(client))
    volume = summary["volume"]
    assert f"{volume['decisions']:,} decisions: {volume['accepted']:,} accepted" in text
    assert f"PSI over all these days: {summary['score']['drift']['psi']:.3f}" in text
    for feature in summary["drift"]["verdict"]["moved"]:
        assert feature["sentence"] in text
    expected = summary["expected_performance"]["auc"]
    assert f"AUC {expected['value']:.3f} ( {expected['low']:.3f} to" in text.replace("(", "( ")


def test_alarm_that_is_on_says_what_since_when_and_its_limit(client):
    (alarm,) = (a for a in client.get("/monitoring/summary").json["alarms"] if a["state"] == "on")
    html = read(client)
    assert "<title>1 alarm is on – Monitoring" in html
    text = words(html)
    (on_since,) = re.findall(r"the alarm is on since (\d+ \w+ \d+)", text)
    assert on_since == notation.day(TODAY, "en")
    assert alarm["since"] < alarm["on_since"] == TODAY.isoformat()
    assert f"Rule {alarm['rule']}: {alarm['value_text']}; {alarm['limit_text']}" in text
    assert alarm["action"] in text


def test_french_page_has_french_sentences_and_numbers(client):
    text = words(read(client, language="fr"))
    assert "1 alerte est active" in text
    assert "AMT_CREDIT a changé depuis le " in text
    assert "5\u202f000 décisions\u00a0: " in text
    assert "Une valeur a été rejetée La requête entière 7" in text
    assert "Un nom que le modèle ne connaît pas 2" in text
    assert not re.search(r"\b(the|with|evidence|not evaluated)\b", text)


@pytest.mark.parametrize(
    ("query", "decisions"),
    [("days=7", 700), ("days=30", 3000), ("days=90", 5000), ("days=all", 5000), ("days=x", 5000)],
)
def test_period_chooses_the_window(client, query, decisions):
    html = read(client, f"/monitoring?{query}")
    assert f"{decisions:,} decisions: " in words(html)
    (chosen,) = re.findall(r'id="period-(\w+)"[^>]*aria-current', html)
    assert chosen == (query[5:] if query[5:] != "x" else "90")


def test_own_dates_are_inclusive_and_kept_in_links(client):
    since, until = TODAY - timedelta(9), TODAY - timedelta(5)
    html = read(client, f"/monitoring?since={since}&until={until}&sort=psi")
    assert "500 decisions: " in words(html)
    assert f'value="{since}"' in html
    assert f"since={since}&until={until}&sort=name" in html
    assert 'href="./monitoring?sort=psi&days=7"' in html


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("since=yesterday", {"since": "First day is yesterday: write a day such as"}),
        ("since=2026-11-28&until=2026-11-01", {"until": "Last day is before the first day"}),
        ("until=1969-01-01", {"until": "Last day is 1969-01-01: choose a day from 1971 on"}),
        ("since=<b>", {"since": "First day is <b>: write a day"}),
    ],
    ids=["no day", "order", "too early", "markup"],
)
def test_unusable_dates_are_explained_next_to_the_field(client, query, errors):
    answer = client.get(f"/monitoring?{query}", headers=HTML)
    assert answer.status_code == 422
    assert "<b>:" not in answer.text
    html = unescape(answer.text)
    for name, message in errors.items():
        assert message in html.split(f'id="{name}-error">')[1]
        invalid = f'aria-invalid="true" aria-describedby="{name}-error"'
        assert re.search(rf'id="{name}"[^>]*{invalid}', answer.text)
    assert "5,000 decisions: " in words(html)


def test_features_are_sorted(client):
    def order(sort):
        return re.findall(r'<tr[^>]* id="feature-(\w+)"', read(client, f"/monitoring?sort={sort}"))

    assert order("verdict")[0] == order("psi")[0] == order("missing")[0] == "AMT_CREDIT"
    assert order("name") == ["AMT_CREDIT", "EXT_SOURCE_2", "CNT_CHILDREN"]  # by their words
    assert order("nothing") == order("verdict")
    assert re.search(r'aria-sort="descending">PSI', read(client, "/monitoring?sort=psi"))


def test_models_can_be_chosen(make_app, app_settings, tmp_path):
    app, digest = app_with(make_app, app_settings, tmp_path)
    rng = np.random.default_rng(1)
    store_days(app.extensions[DATABASE], digest, draw_days(rng, 5, 100, TODAY, names=NAMES))
    earlier = draw_days(rng, 5, 70, TODAY - timedelta(9), names=NAMES)
    store_days(app.extensions[DATABASE], "b" * 64, earlier)
    client = app.test_client()
    html = read(client)
    assert re.findall(r'<option value="(\w+)" selected', html) == [digest[:12]]
    assert "500 decisions: " in words(html)
    html = read(client, f"/monitoring?model={'b' * 12}")
    assert "350 decisions: " in words(html)
    assert "model bbbbbbbbbbbb is neither in use" in words(html).lower()
    read(client, "/monitoring?model=nothing", status=404)


class Challenger:
    version, digest = "c" * 12, "c" * 64

    def __init__(self, status):
        self._status = status

    def status(self, champion_digest):  # noqa: ARG002 - of ShadowScoring
        return self._status


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("scoring", "scores every new decision in the background, without effect."),
        ("unavailable", "could not be loaded"),
        ("same model", "is the model in use"),
    ],
)
def test_configured_challenger_has_a_section(app, client, monkeypatch, status, said):
    assert 'id="challenger"' not in read(client)
    monkeypatch.setitem(app.extensions, SHADOW, Challenger(status))
    html = read(client)
    assert 'href="#challenger"' in html
    assert said in words(html)
    assert "It has not scored a decision of these days yet." in words(html)


def test_agreement_with_the_challenger_is_shown(app, client, monkeypatch):
    monkeypatch.setitem(app.extensions, SHADOW, Challenger("scoring"))
    agreement = Agreement(200, only_champion_refused=11, only_challenger_refused=3)
    monkeypatch.setattr(DecisionLog, "agreement", lambda *_: agreement)
    text = words(read(client))
    assert "On the newest 200 decisions" in text
    assert "it agrees in 93.0%" in text
    assert "Refused, and it would have accepted 11 Accepted, and it would have refused 3" in text


def test_empty_log_says_what_to_do(make_app, app_settings, tmp_path):
    app, _ = app_with(make_app, app_settings, tmp_path)
    text = words(read(app.test_client()))
    assert "No decisions yet" in text
    assert "Decide on an applicant" in text
    assert "1 decisions and outcomes are waiting" not in text


def test_model_without_a_reference_still_has_its_volumes(make_app, app_settings, tmp_path):
    app, digest = app_with(make_app, app_settings, tmp_path, has_reference=False)
    days = draw_days(np.random.default_rng(0), 5, 100, TODAY, names=NAMES)
    store_days(app.extensions[DATABASE], digest, days)
    text = words(read(app.test_client()))
    assert "500 decisions: " in text
    assert "has no reference, because an earlier version trained it" in text
    assert "Drift is not known: see the remarks." in text


def test_window_without_decisions_says_so(client):
    since, until = TODAY - timedelta(90), TODAY - timedelta(80)
    text = words(read(client, f"/monitoring?since={since}&until={until}"))
    assert "This model made no decision in the window." in text
    assert "This model made no decision in these days." in text


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["AMT_CREDIT", "(score)"])
def test_feature_has_a_page_for_browsers_and_json_for_programs(client, name, language):
    path = f"/monitoring/features/{name}"
    html = read(client, f"{path}?days=30", language)
    feature = client.get(f"{path}?since={TODAY - timedelta(29)}&language={language}").json
    assert f"{feature['drift']['psi']:.3f}".replace(".", "," if language == "fr" else ".") in html
    for each in feature["bins"]:
        assert each["label"].replace("%", "") in html.replace("\u00a0", " ") or language == "fr"
    assert html.count('<rect class="hover"') == len(feature["bins"]) + len(feature["days"])
    assert not re.search(r"\{\w*\}|None", words(html))


def test_unknown_feature_is_not_found(client):
    assert client.get("/monitoring/features/nothing", headers=HTML).status_code == 404


@pytest.mark.parametrize(("scope", "status"), [("score", 403), ("review", 200)])
def test_scope_review_is_required(make_app, app_settings, tmp_path, scope, status):
    url = f"sqlite:///{tmp_path}/keys.db"
    app = make_app(dataclasses.replace(app_settings, database_url=url, keys="on"))
    key, text = new_key("test", [scope])
    KeyStore(app.extensions[DATABASE]).add(key)
    headers = {**HTML, "Authorization": f"Bearer {text}"}
    assert app.test_client().get("/monitoring", headers=headers).status_code == status


def test_idiomorph_is_the_published_one():
    digest = sha256((VENDOR / "idiomorph.min.js").read_bytes()).hexdigest()
    assert digest == "4cbd535caf7663a51eda9bce6595371c384fc430d54b8d414e29a61167f19f96"
    assert digest in (VENDOR / "README.md").read_text()
    assert "Zero-Clause BSD" in (VENDOR / "LICENSE").read_text()


def test_a_dozen_decisions_are_too_few_to_tell(make_app, app_settings, tmp_path):
    app, digest = app_with(make_app, app_settings, tmp_path)
    one_bin = dict.fromkeys(NAMES, (0, 0, 1, 0, 0, 0))
    days = draw_days(np.random.default_rng(0), 1, 12, TODAY, names=NAMES, shares=one_bin)
    store_days(app.extensions[DATABASE], digest, days)
    text = words(read(app.test_client()))
    assert "Decisions so far: 12. That is too few to tell" in text
    assert not re.search("have moved:|has moved|That is a large drift", text)
    assert text.count("too few to tell") == len(NAMES) + 1
