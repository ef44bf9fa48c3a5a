"""The words of sentences by language, from `english.toml` and `french.toml`; filling them in."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from credit_scoring.features.translations import translation_parts

FILES = {"en": "english.toml", "fr": "french.toml"}
VALUE = "value"  # the placeholder that is filled in last, per applicant
PLACEHOLDER = re.compile(r"\{(\w+)\}")
Vocabulary = dict[str, Any]
Words = Mapping[str, Any]


@cache
def vocabularies() -> dict[str, Vocabulary]:
    """The content of the TOML files by language; the French levels are those of the catalogue."""
    folder = files("credit_scoring.scoring.sentences")
    content = {
        language: tomllib.loads((folder / name).read_text(encoding="utf-8"))
        for language, name in FILES.items()
    }
    content["fr"]["levels"] = translation_parts()["levels"]
    return content


def fill(template: str, words: Words) -> str:
    """`template` with the words, which may contain placeholders themselves; {value} stays.

    KeyError if a word is missing.
    """
    return PLACEHOLDER.sub(
        lambda found: found[0] if found[1] == VALUE else fill(words[found[1]], words), template
    )


def capitalise(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
