"""The page at `/`: a form of the model's features, in the language of the browser."""

from contextlib import suppress
from datetime import datetime

from flask import Blueprint, current_app, jsonify, redirect, request
from werkzeug.wrappers import Response

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.errors import StorageError
from credit_scoring.features.applicant_store import ApplicantStore
from credit_scoring.serving.answers import Links
from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.middleware.visitor import require_scope, visitor
from credit_scoring.serving.pages.applicant_form import form_layout
from credit_scoring.serving.pages.examples import examples
from credit_scoring.serving.pages.field_words import field_ids, field_words
from credit_scoring.serving.pages.language import page_language, page_texts
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


def _example_number(manifest: Manifest) -> str | None:
    """The number of a stored applicant of the generated sample; a real one is not shown."""
    path = current_app.config["APPLICANTS_PATH"]
    if path is None or not manifest.data.get("generated_sample"):
        return None
    with suppress(StorageError):
        return ApplicantStore(path).first_id()
    return None


def _html(current: Service) -> Response:
    manifest = current.bundle.manifest
    language = page_language()
    texts = page_texts("decide", language)
    requested = current.scorer.requested_features
    return render_page(
        "decide/decide.html", "decide",
        layout=form_layout(requested, manifest.features), manifest=manifest,
        created_at=datetime.fromisoformat(manifest.created_at), examples=examples(manifest),
        groups=page_texts("application", language)["groups"],
        script_texts={**texts, "history": page_texts("history", language)["history"]},
        has_applicants=current_app.config["APPLICANTS_PATH"] is not None,
        example_number=_example_number(manifest),
        generated=page_texts("model", language)["generated"],
        field_ids=field_ids(requested), **field_words(language),
    )  # fmt: skip
