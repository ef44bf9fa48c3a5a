"""The page at `/`: a form generated from the model's features, in the language of the browser."""

import json
from functools import partial

from flask import Blueprint, jsonify, redirect, request
from werkzeug.wrappers import Response

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import contracts
from credit_scoring.scoring.translations import (
    format_number,
    format_value,
    meanings,
    texts_by_language,
)
from credit_scoring.serving.answers import Links
from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.middleware.visitor import require_scope, visitor
from credit_scoring.serving.pages.language import no_break, page_language, page_texts
from credit_scoring.serving.pages.page import first_page, render_page, root, wants_html
from credit_scoring.serving.service import Service, service

decide_page = Blueprint("decide_page", __name__)
LINKS = {
    "health": "/health",
    "live": "/health/live",
    "ready": "/health/ready",
    "model": "/model/info",
    "features": "/model/features",
    "predict": "/predict",
    "batch": "/predict/batch",
    "explain": "/predict/explain",
    "decisions": "/decisions",
    "openapi": "/openapi.json",
    "docs": "/docs",
}
OPEN_FIELDS = 12  # the most important fields; the others are folded, table by table


@decide_page.get("/")
@public
def index() -> Response:
    """The HTML page for a browser; name, version and links as JSON for other clients."""
    if wants_html():
        if visitor().key is not None and (page := first_page()) != root():
            return redirect(page)  # for a key without the scope score
        require_scope("score")
        return _html(service())
    response = jsonify(_links(service()))
    response.headers["Vary"] = "Accept"
    return response


def _links(current: Service) -> Links:
    links = {name: request.root_path + path for name, path in LINKS.items()}
    return {"name": "credit-scoring", "model_version": current.scorer.version, "links": links}


def _html(current: Service) -> Response:
    opened, folded = group_features(current)
    language = page_language()
    return render_page(
        "decide/decide.html", "decide",
        opened=opened, folded=folded, manifest=current.bundle.manifest,
        example=json.dumps(current.example(), ensure_ascii=False),
        hint=partial(range_hint, language), meaning=partial(meaning, language),
        format_value=partial(format_value, language=language),
    )  # fmt: skip


def group_features(current: Service) -> tuple[list[ModelFeature], dict[str, list[ModelFeature]]]:
    """The `OPEN_FIELDS` most important features, and the rest by source table."""
    features = current.scorer.requested_features
    importance = total_importance(current.bundle.manifest.features)
    ranked = sorted(features, key=lambda feature: -importance[feature.name])
    folded: dict[str, list[ModelFeature]] = {feature.feature.table: [] for feature in features}
    for feature in ranked[OPEN_FIELDS:]:
        folded[feature.feature.table].append(feature)
    return ranked[:OPEN_FIELDS], {table: group for table, group in folded.items() if group}


def total_importance(features: tuple[ModelFeature, ...]) -> dict[str, float]:
    """The importance of each feature plus its share of that of the ratios computed from it."""
    importance = {feature.name: feature.importance for feature in features}
    for ratio in (feature for feature in features if not feature.is_requested):
        for name in ratio.feature.inputs:
            importance[name] += ratio.importance / len(ratio.feature.inputs)
    return importance


def meaning(language: str, feature: ModelFeature) -> tuple[str, str]:
    """A feature's meaning and its language; the language is "" if a lender's schema wrote it."""
    translated = meanings(feature.feature)[language]
    if translated != feature.feature.meaning:
        return no_break(translated) if language == "fr" else translated, language
    return translated, "en" if feature.feature.table in contracts() else ""


def range_hint(language: str, feature: ModelFeature) -> str:
    """The range of a number with its unit: "0 … 1", "≥ 0 days", "> 0, ≤ 9 days"."""
    low, high = feature.feature.minimum, feature.feature.maximum
    words = texts_by_language()[language]
    if feature.feature.exclusive_minimum and low is not None:
        most = "" if high is None else f", ≤ {format_number(high, words)}"
        bounds = f"> {format_number(low, words)}{most}"
    elif low is not None and high is not None:
        bounds = f"{format_number(low, words)} … {format_number(high, words)}"
    elif low is not None:
        bounds = f"≥ {format_number(low, words)}"
    else:
        bounds = "" if high is None else f"≤ {format_number(high, words)}"
    units = page_texts("decide", language)["units"]
    return f"{bounds} {units.get(feature.feature.unit, '')}".strip()
