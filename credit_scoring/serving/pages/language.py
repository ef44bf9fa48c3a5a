"""The language of a page, and its texts."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from flask import request

TEXTS = Path(__file__).with_name("texts")
LANGUAGES = ("en", "fr")
LANGUAGE_COOKIE = "lang"
LANGUAGE_PARAMETER = "lang"
COMMON = "common"
FRENCH_SPACES = re.compile(" (?=[:;?!»%€])|(?<=«) ")

Texts = dict[str, Any]


def page_language() -> str:
    """The language of ?lang=, else of the cookie, else the browser's preference, else English."""
    for chosen in (request.args.get(LANGUAGE_PARAMETER), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return request.accept_languages.best_match(LANGUAGES, "en")


@cache
def page_texts(page: str, language: str) -> Texts:
    """The texts of a page and those that all pages share, from `texts/<language>/*.toml`."""
    common = _read(language, COMMON)
    return common if page == COMMON else {**common, **_read(language, page)}


@cache
def _read(language: str, page: str) -> Texts:
    texts = tomllib.loads((TEXTS / language / f"{page}.toml").read_text(encoding="utf-8"))
    return no_breaks(texts) if language == "fr" else texts


def no_breaks(value: Any) -> Any:
    """The French texts of a table, a list or a string with no-break spaces (see `no_break`)."""
    if isinstance(value, dict):
        return {name: no_breaks(item) for name, item in value.items()}
    if isinstance(value, list):
        return [no_breaks(item) for item in value]
    return no_break(value) if isinstance(value, str) else value


def no_break(french: str) -> str:
    """The text with no-break spaces before ":" and "»" and after "«": no line begins with them.

    static/texts.js does the same with the texts that a script composes.
    """
    return FRENCH_SPACES.sub("\u00a0", french)
