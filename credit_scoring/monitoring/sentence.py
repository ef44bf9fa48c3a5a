"""Sentences of monitoring in English and French: a template of `texts/` and its values.

Templates have Python's format specifications. Numbers get the notation of the language; the
specification "day" writes a date as "18 October", "date" as "18 October 2026", and "month" a text
such as 2026-10 as "October 2026".
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from credit_scoring.scoring.translations import localise

Language = Literal["en", "fr"]
JOINTS = {"en": "; ", "fr": " ; "}  # between sentences
TEXTS = Path(__file__).with_name("texts")


@cache
def texts(language: str) -> dict[str, Any]:
    """The templates of a language, by section and key."""
    return tomllib.loads((TEXTS / f"{language}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Sentence:
    """A template, by its key such as "measures.volume", and its values.

    A value may be a sentence, or several of them.

    >>> Sentence("measures.missing_feature", {"name": "AGE", "share": 0.3, "training": 0}).text()
    'AGE 30.0% (0.0% in training)'
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: Language = "en") -> str:
        """The sentence in a language."""
        section, _, name = self.key.partition(".")
        return _Formatter(language).vformat(texts(language)[section][name], (), self.values)

    def __str__(self) -> str:
        return self.text()

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"type": "string"}  # in JSON it is a text


class _Formatter(Formatter):
    """Python's formatting, with the notation and the months of a language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return the text of a value."""
        if isinstance(value, Sentence):
            return value.text(self._language)
        if isinstance(value, list | tuple):
            joint, spec = (", ", format_spec) if format_spec == "month" else (format_spec, "")
            return (joint or JOINTS[self._language]).join(
                self.format_field(item, spec) for item in value
            )
        if isinstance(value, int | float):
            return localise(format(value, format_spec), self._language)
        if format_spec in {"day", "date"}:
            year = f" {value.year}" if format_spec == "date" else ""
            return day_and_month(value, self._language) + year
        if format_spec == "month":
            year, _, month = value.partition("-")
            return f"{texts(self._language)['calendar']['months'][int(month) - 1]} {year}"
        return format(value, format_spec)


def day_and_month(value: date, language: str) -> str:
    """A day without its year.

    >>> day_and_month(date(2026, 10, 1), "en"), day_and_month(date(2026, 10, 1), "fr")
    ('1 October', '1er octobre')
    """
    month = texts(language)["calendar"]["months"][value.month - 1]
    first = language == "fr" and value.day == 1
    return f"{value.day}{'er' if first else ''} {month}"
