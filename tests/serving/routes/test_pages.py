"""The page: a field for every asked feature, in both languages, with nothing inline and nothing from elsewhere."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from credit_scoring.scoring.translations import wording
from credit_scoring.serving.routes import pages
from credit_scoring.serving.routes.pages import hint, meaning, percent, texts, weights
from tests.serving.small_bundle import EXAMPLE

STATIC = Path(pages.__file__).parents[1] / "pages/static"
OWN = [STATIC / name for name in ("page.js", "page.css", "icon.svg")]


def read(client, path="/", language="en"):
    answer = client.get(
        path, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": language}
    )
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/html")
    return unescape(answer.text)


def paths(table, above=()):
    for key, value in table.items():
        yield from paths(value, (*above, key)) if isinstance(value, dict) else [(*above, key)]


def test_the_page_has_one_labelled_field_for_each_asked_feature(client):
    html = read(client)
    assert sorted(re.findall(r' name="(\w+)"', html)) == sorted([*EXAMPLE, "viewport"])
    assert sorted(re.findall(r'<label for="f-(\w+)"', html)) == sorted(EXAMPLE)


def test_labels_say_what_a_feature_means_in_the_page_s_language(client):
    english, french = read(client), read(client, "/?lang=fr")
    assert '<span lang="en">amount of the loan</span>' in english
    assert '<span lang="fr">montant du crédit demandé</span>' in french
    assert not re.findall(r'<label[^>]*><span lang="en">', french)
    debt = "somme sur les crédits en cours chez d’autres prêteurs : dette restante"
    assert f'<span lang="fr">{debt}</span>' in french


def test_a_lender_s_own_column_keeps_the_words_of_its_schema(app):
    asked = app.extensions["credit_scoring"].scorer.asked[0]
    own = replace(
        asked, feature=replace(asked.feature, name="dti", table="loans", meaning="debts per income")
    )
    assert meaning("fr", own) == meaning("en", own) == ("debts per income", "")
    assert meaning("en", asked) == (asked.feature.meaning, "en")


def test_reasons_are_worded_in_every_language_of_the_page():
    assert wording().keys() == texts().keys()


def test_the_example_of_the_page_is_the_first_golden_row(client):
    assert '"bureau_active_debt_sum": 12000.5' in read(client)


@pytest.mark.parametrize(
    ("path", "accept", "language"),
    [
        ("/", "en", "en"),
        ("/", "fr-CA,fr;q=0.9,en;q=0.5", "fr"),
        ("/", "de", "en"),
        ("/?lang=fr", "en", "fr"),
        ("/?lang=xx", "fr", "fr"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_browsers(client, path, accept, language):
    assert f'<html lang="{language}">' in read(client, path, accept)


def test_every_language_has_every_text_with_the_same_places_to_fill():
    english = texts()["en"]
    for translated in texts().values():
        assert list(paths(translated)) == list(paths(english))
        for key in english:
            if isinstance(english[key], str) and english[key]:
                places = re.compile(r"\{\w+\}|%\(\w+\)s|%s")
                assert sorted(places.findall(translated[key])) == sorted(
                    places.findall(english[key])
                ), key


@pytest.mark.parametrize("language", ["en", "fr"])
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(client, language):
    html = read(client, f"/?lang={language}")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert all(
        tag.endswith(("></script>",)) for tag in re.findall(r"<script.*?</script>", html, re.DOTALL)
    )
    for text in (html, *(path.read_text(encoding="utf-8") for path in OWN)):
        assert "//" not in re.sub(
            r'"http://www.w3.org/2000/svg"|^ *// .*$|; // .*$', "", text, flags=re.MULTILINE
        )


def test_every_text_that_the_script_uses_exists():
    script = (STATIC / "page.js").read_text(encoding="utf-8")
    assert set(re.findall(r"texts\.(\w+)", script)) <= set(texts()["en"])


def test_the_files_of_the_page_are_served(client):
    for path in OWN:
        with client.get(f"/static/{path.name}") as answer:
            assert answer.status_code == 200


def test_a_ratios_importance_goes_to_what_it_is_made_from(app):
    weight = weights(app.extensions["credit_scoring"].bundle.manifest.features)
    assert weight["AMT_INCOME_TOTAL"] == pytest.approx(0.1)
    assert weight["AMT_CREDIT"] == pytest.approx(0.2)


def test_shares_are_written_as_the_language_does():
    assert percent(texts()["en"], 0.0909) == "9.1%"
    assert percent(texts()["fr"], 0.0909) == "9,1 %"


def test_hints_need_few_words(app):
    asked = {feature.name: feature for feature in app.extensions["credit_scoring"].scorer.asked}
    assert hint("en", asked["EXT_SOURCE_2"]) == "0 … 1"
    assert hint("en", asked["AMT_CREDIT"]) == "0 … 1,000,000,000 currency units"
    assert hint("fr", asked["DAYS_EMPLOYED"]) == "-25\u202f000 … 0 jours"
    assert hint("en", asked["bureau_active_debt_sum"]) == "≥ 0 currency units"
