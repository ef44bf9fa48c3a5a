"""The page at /threshold, as the server renders it: it works without JavaScript."""

import dataclasses
import re
from html import unescape

import pytest

from credit_scoring.serving.pages.language import page_texts
from credit_scoring.serving.pages.threshold.outcomes import Terms, changes, nearest, outcomes
from credit_scoring.settings import load_settings
from tests.server_process import ROOT, scratch_settings


@pytest.fixture(scope="module")
def latest_app(make_app, tmp_path_factory):
    """The app with the model of the repository."""
    settings = load_settings(scratch_settings(tmp_path_factory.mktemp("latest")))
    return make_app(dataclasses.replace(settings, model_path=ROOT / "models/latest"))


@pytest.fixture
def latest(latest_app):
    return latest_app.test_client()


@pytest.fixture
def curve(latest_app):
    manifest = latest_app.extensions["credit_scoring"].bundle.manifest
    return manifest.reference.threshold_curve


def read(client, query="", language="en"):
    answer = client.get(f"/threshold{query}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return unescape(answer.text)


def cells(html, name):
    """The texts of a figure's cells: chosen, difference, model's own."""
    row = re.search(rf'data-figure="{name}">(.*?)</tr>', html, re.DOTALL)[1]
    texts = re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<.*?>", "", text)).strip() for text in texts]


def test_models_own_threshold_is_chosen_first(latest):
    html = read(latest)
    assert "The model’s own threshold follows from the costs alone" in html
    assert "This is the model’s own threshold." in html
    chosen, difference, own = cells(html, "cost")
    assert chosen == own
    assert difference == "–"
    assert 'value="0.09091"' in html


def test_theoretical_threshold_that_is_the_models_own_is_not_shown_again(latest):
    html = read(latest)
    assert re.search(r'data-preset="own" [^>]*>The model’s own and theoretical, 9.09%<', html)
    assert re.search(r'data-preset="theoretical" hidden', html)
    assert 'data-name="theoretical" visibility="hidden"' in html
    other = read(latest, "?ratio=4")
    assert re.search(r'data-preset="own" [^>]*>The model’s own, 9.09%<', other)
    assert re.search(r'data-preset="theoretical" href', other)
    assert 'data-name="theoretical" visibility="hidden"' not in other


def test_folds_that_chose_their_threshold_are_named(latest, latest_app, monkeypatch):
    """A bundle whose threshold is the cheapest cut."""
    threshold = latest_app.extensions["credit_scoring"].bundle.manifest.threshold
    monkeypatch.setitem(threshold, "rule", "empirical")
    assert "On the page Model, each fold chose its own threshold" in read(latest)


def test_figures_are_those_of_the_query(latest, curve):
    html = read(latest, "?threshold=0.2&ratio=5&margin=0.2&lgd=0.5")
    terms = Terms(5.0, 1.0, 0.2, 0.5)
    index, own = nearest(curve, 0.2), nearest(curve, 1 / 11)
    here, change = outcomes(curve, index, terms), changes(curve, index, own, terms)
    assert cells(html, "cost")[0].startswith(f"{here['cost'].value:.3f} ")
    assert cells(html, "cost")[1].startswith(f"{change['cost'].value:+.3f}".replace("-", "−"))
    assert cells(html, "profit")[0].startswith(f"{here['profit'].value:,.0f} ")
    assert cells(html, "missed_share")[0].startswith(f"{100 * here['missed_share'].value:.1f}% ")
    assert f"accepts {curve.missed[index]} of 1,114 defaulters" in html
    assert "theoretical 16.67%" in html


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?threshold=0.5", "Dearer on these applicants, beyond chance"),
        ("?threshold=0.3&ratio=2", "Cheaper on these applicants"),
        ("?threshold=0.1", "Neither clearly better nor worse"),
        ("?threshold=30 %&ratio=2", "Cheaper on these applicants, beyond chance"),
    ],
)
def test_verdict_says_what_the_interval_shows(latest, query, words):
    assert words in re.search(r'id="verdict".*?</p>', read(latest, query), re.DOTALL)[0]


def test_wrong_value_is_named_next_to_its_field(latest):
    html = read(latest, "?threshold=20&ratio=1,000")
    assert 'value="20"' in html
    assert html.count('aria-invalid="true"') == 2
    assert "“20” is not a share from 0 to 1: write 0.2 or 20%" in html
    assert "“1,000” may be read as thousands or as a decimal" in html
    assert 'href="#ratio"' in html
    assert "This is the model’s own threshold." in html


def test_text_of_a_query_is_escaped(latest):
    answer = latest.get('/threshold?threshold="><b>x</b>')
    assert "<b>x" not in answer.text


def test_french_notation(latest, curve):
    html = read(latest, "?threshold=0,2", "fr")
    assert 'value="0,2"' in html
    share = f"{100 * curve.thresholds[nearest(curve, 0.2)]:.2f}".replace(".", ",")
    assert f"choisi {share}\u00a0%" in html
    assert re.search(r"<text [^>]*>40\u202f000</text>", html)


def test_page_says_that_it_changes_nothing_and_what_would(latest):
    html = read(latest, "?ratio=4")
    assert "This page changes nothing." in html
    assert "python model.py threshold --bundle models/latest --data data/sample" in html
    assert "--false-negative-cost 4 --false-positive-cost 1 --out models/new" in html


@pytest.mark.parametrize("query", ["?threshold=0.03", "?threshold=0.1", "?threshold=0.4"])
def test_labels_go_down_from_left_to_right(latest, query):
    pattern = r'<g class="mark [^>]*><path d="M([\d.]+),(\d+)V'
    html = read(latest, f"{query}&ratio=4")
    marks = [(float(x), int(y)) for x, y in re.findall(pattern, html)[:3]]
    assert [y for _, y in sorted(marks)] == [8, 26, 44]


def test_presets_are_links_with_the_chosen_terms(latest, curve):
    html = read(latest, "?ratio=4")
    theoretical = curve.thresholds[nearest(curve, 0.2)]
    assert f'href="?threshold={theoretical}&ratio=4.0&margin=0.1&lgd=0.75"' in html


def test_bundle_without_a_curve_says_how_to_get_one(client):
    html = read(client)
    assert "This model has no threshold curve:" in html
    assert "python model.py train" in html
    assert "<svg" not in html


def test_every_text_of_the_scripts_exists():
    from credit_scoring.serving.pages import page

    folder = page.__file__.rpartition("/")[0]
    texts = page_texts("threshold", "en")
    for path in sorted((ROOT / folder / "static/threshold").glob("*.js")):
        for section, key in re.findall(r"texts\.(\w+)(?:\.(\w+))?", path.read_text("utf-8")):
            assert section in texts, path
            assert not key or key in texts[section], path
