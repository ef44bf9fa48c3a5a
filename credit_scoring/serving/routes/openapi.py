"""The contract for programs (/openapi.json) and for people (/docs), both from the app itself."""

import json

from flask import Blueprint, Response, current_app, render_template

from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.openapi.document import document
from credit_scoring.serving.service import service

docs = Blueprint("docs", __name__)
MADE = "credit_scoring.openapi"  # where the app keeps the document, and the service it was made for


@docs.get("/openapi.json")
@public
def openapi() -> Response:
    """OpenAPI 3.1, made from the loaded model once."""
    current = service()
    made_for, text = current_app.extensions.get(MADE, (None, ""))
    if made_for is not current:
        text = json.dumps(document(current_app, current), ensure_ascii=False, allow_nan=False)
        current_app.extensions[MADE] = current, text
    return Response(text, content_type="application/json")


@docs.get("/docs")
@public
def pages() -> str:
    """Swagger UI, from files that the app serves."""
    return render_template("docs.html")
