"""The page: one field per feature, in both languages, loading own files only."""

import re
from html import unescape
from pathlib import Path

import pytest

from credit_scoring.scoring.translations import texts_by_language
from credit_scoring.serving.pages import page
from credit_scoring.serving.pages.language import LANGUAGES, TEXTS, no_break, page_texts
from credit_scoring.serving.pages.notation import percent
from tests.serving.small_bundle import EXAMPLE

STATIC = Path(page.__file__).with_name("static")
OWN = sorted(
    path
    for path in STATIC.rglob("*.*")
    if path.suffix in {".js", ".css", ".svg"} and not {"swagger-ui", "vendor"} & set(path.parts)
)
PAGES = sorted(path.stem for path in (TEXTS / "en").glob("*.toml"))


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


def test_every_feature_has_one_labelled_field(client):
    html = read(client)
    assert sorted(re.findall(r' name="(\w+)"', html)) == sorted([*EXAMPLE, "viewport"])
    assert sorted(re.findall(r'<label for="f-(\w+)"', html)) == sorted(EXAMPLE)


def test_labels_are_in_the_page_language(client):
    english, french = read(client), read(client, "/?lang=fr")
    assert '<span lang="en">Loan amount</span>' in english
    assert '<span lang="fr">Montant du crédit</span>' in french
    assert not re.findall(r'<label[^>]*><span lang="en">', french)
    debt = "somme sur les crédits en cours chez d’autres prêteurs\u00a0: dette restante"
    assert f'<span lang="fr">{debt}</span>' in french


def test_reasons_exist_in_every_page_language():
    assert list(texts_by_language()) == list(LANGUAGES)


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
def test_the_language_follows_query_or_browser(client, path, accept, language):
    assert f'<html lang="{language}">' in read(client, path, accept)


@pytest.mark.parametrize("name", PAGES)
def test_languages_have_the_same_texts(name):
    english, french = page_texts(name, "en"), page_texts(name, "fr")
    assert list(paths(french)) == list(paths(english))
    for key in english:
        if isinstance(english[key], str) and english[key]:
            places = re.compile(r"\{\w+\}|%\(\w+\)s|%s")
            assert sorted(places.findall(french[key])) == sorted(places.findall(english[key])), key


def test_french_label_has_no_break_before_a_colon_or_inside_quotes():
    text = "part des demandes (suite donnée : « refusée »)"
    assert no_break(text) == "part des demandes (suite donnée\u00a0: «\u00a0refusée\u00a0»)"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_load_own_files_only(client, language):
    html = read(client, f"/?lang={language}")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert all(
        tag.endswith(("></script>",)) for tag in re.findall(r"<script.*?</script>", html, re.DOTALL)
    )
    for text in (html, *(path.read_text(encoding="utf-8") for path in OWN)):
        assert "//" not in re.sub(
            r'"http://www.w3.org/2000/svg"|^ *// .*$|; // .*$', "", text, flags=re.MULTILINE
        )


def test_every_text_of_the_script_exists():
    scripts = sorted((STATIC / "decide").glob("*.js"))
    script = "".join(path.read_text(encoding="utf-8") for path in scripts).replace("texts.js", "")
    texts = page_texts("decide", "en")
    explanation = page_texts("explanation", "en")["what_if"]
    known = {*texts, "history", *texts["explaining"], *explanation}
    assert set(re.findall(r"\btexts\.(\w+)", script)) <= known


def test_static_files_are_served(client):
    for path in OWN:
        with client.get(f"/static/{path.relative_to(STATIC).as_posix()}") as answer:
            assert answer.status_code == 200


def test_percentages_follow_the_language():
    assert percent(0.0909, "en") == "9.1%"
    assert percent(0.0909, "fr") == "9,1\u00a0%"
    assert percent(0.0049, "en") == "0.49%"
