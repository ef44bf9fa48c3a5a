"""GET /openapi.json and /docs: the API's contract for programs and, with Swagger UI, for people."""

import json

from flask import Blueprint, Response, current_app, request

from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.openapi.document import document
from credit_scoring.serving.pages.page import render_page
from credit_scoring.serving.service import service

openapi = Blueprint("openapi", __name__)
CACHE = "credit_scoring.openapi"  # in app.extensions: service, path prefix, text of the document


@openapi.get("/openapi.json")
@public
def openapi_json() -> Response:
    """The OpenAPI 3.1 document, made from the loaded model at the first request.

    Its server is the path under which the proxy or SCRIPT_NAME places the app. A URL that ends in a
    slash would not do: clients append paths to it as text.
    """
    current = service()
    prefix = request.script_root
    cached_for, cached_prefix, text = current_app.extensions.get(CACHE, (None, "", ""))
    if cached_for is not current or cached_prefix != prefix:
        content = document(current_app, current) | {"servers": [{"url": prefix or "/"}]}
        text = json.dumps(content, ensure_ascii=False, allow_nan=False)
        current_app.extensions[CACHE] = current, prefix, text
    return Response(text, content_type="application/json")


@openapi.get("/docs")
@public
def docs() -> Response:
    """Swagger UI, from files that the app serves itself."""
    return render_page("docs/docs.html", "docs")
