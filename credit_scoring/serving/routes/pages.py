"""The page at `/`: a form made from the model's features, in the reader's language."""

import json
import tomllib
from functools import cache, partial
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import contracts
from credit_scoring.scoring.translations import in_words, meanings, number, wording
from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.routes.predict import LINKS
from credit_scoring.serving.service import Service, service

page = Blueprint("page", __name__)
PAGES = Path(__file__).parents[1] / "pages"
OPEN = 12  # fields that stand open, the most important ones; the others are folded, table by table


@page.get("/")
@public
def index() -> ResponseReturnValue:
    """The page for a browser; name, version and links for a program."""
    asks_for_page = (
        request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    )
    answer = _page(service()) if asks_for_page else _links(service())
    return answer, {"Vary": "Accept, Accept-Language"}


def _links(current: Service) -> dict[str, Any]:
    return {"name": "credit-scoring", "model_version": current.scorer.version, "links": LINKS}


def _page(current: Service) -> str:
    language = _language()
    text = texts()[language]
    opened, folded = grouped(current)
    return render_template(
        "index.html", t=text, language=language, languages=texts(), opened=opened, folded=folded,
        manifest=current.bundle.manifest, example=json.dumps(current.example(), ensure_ascii=False),
        percent=partial(percent, text), hint=partial(hint, language), meaning=partial(meaning, language),
        in_words=partial(in_words, language=language),
    )  # fmt: skip


def _language() -> str:
    """The one asked for by ?lang=, else the browser's choice, else English."""
    asked = request.args.get("lang", "")
    return asked if asked in texts() else request.accept_languages.best_match(list(texts()), "en")


@cache
def texts() -> dict[str, dict[str, Any]]:
    """The page's texts, by language: one file of texts/ each."""
    files = sorted((PAGES / "texts").glob("*.toml"))
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in files}


def grouped(current: Service) -> tuple[list[ModelFeature], dict[str, list[ModelFeature]]]:
    """The `OPEN` most important asked features, and the rest by source table, most important first."""
    weight = weights(current.bundle.manifest.features)
    ranked = sorted(current.scorer.asked, key=lambda feature: -weight[feature.name])
    rest = ranked[OPEN:]
    tables = dict.fromkeys(feature.feature.table for feature in current.scorer.asked)
    groups = {
        table: [feature for feature in rest if feature.feature.table == table] for table in tables
    }
    return ranked[:OPEN], {table: features for table, features in groups.items() if features}


def weights(features: tuple[ModelFeature, ...]) -> dict[str, float]:
    """How much each asked feature matters: its own importance and its part of that of each ratio made from it."""
    weight = {feature.name: feature.importance for feature in features}
    for ratio in (feature for feature in features if not feature.asked):
        for name in ratio.feature.inputs:
            weight[name] += ratio.importance / len(ratio.feature.inputs)
    return weight


def meaning(language: str, asked: ModelFeature) -> tuple[str, str]:
    """What a feature means and the language that is in: "" where only its schema's own words are there."""
    translated, original = meanings(asked.feature)[language], asked.feature.meaning
    written = "en" if asked.feature.table in contracts() else ""
    return translated, written if translated == original else language


def percent(text: dict[str, Any], share: float) -> str:
    """A share as per cent with one decimal, as the language writes it."""
    return str(text["percent"] % f"{share:.1%}".rstrip("%").replace(".", text["decimal"]))


def hint(language: str, asked: ModelFeature) -> str:
    """What a number may be, in few words: "0 … 1", "≥ 0 days"."""
    feature, words = asked.feature, wording()[language]
    low, high = (
        None if bound is None else number(bound, words)
        for bound in (feature.minimum, feature.maximum)
    )
    bounds = (
        f"{low} … {high}" if low and high else f"≥ {low}" if low else f"≤ {high}" if high else ""
    )
    return f"{bounds} {texts()[language]['units'].get(feature.unit, '')}".strip()
