"""GET /openapi.json and /docs: the API's contract for programs and for people."""

import json
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, request

from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.middleware.session_cookie import SESSION, full_name
from credit_scoring.serving.openapi.document import document
from credit_scoring.serving.pages.page import render_page
from credit_scoring.serving.pages.route_list import RouteGroup, route_groups
from credit_scoring.serving.service import Service, service

openapi = Blueprint("openapi", __name__)
CACHE = "credit_scoring.openapi"  # in app.extensions


@dataclass(frozen=True)
class Contract:
    """The document of a service, under a path and with the name of a cookie, and its routes."""

    made_for: tuple[Service, str, str]
    text: str
    groups: list[RouteGroup]


@openapi.get("/openapi.json")
@public
def openapi_json() -> Response:
    """The OpenAPI 3.1 document, made from the loaded model at the first request."""
    return Response(contract().text, content_type="application/json")


@openapi.get("/docs")
@public
def docs() -> Response:
    """The routes as a page; Swagger UI, from files of the app, is loaded to try one."""
    return render_page("docs/docs.html", "docs", groups=contract().groups)


def contract() -> Contract:
    """The contract of the loaded model.

    Its server is the path under which the proxy or SCRIPT_NAME places the app. A URL that ends in a
    slash would not do: clients append paths to it as text.
    """
    made_for = service(), request.script_root, full_name(request, SESSION)
    cached: Contract | None = current_app.extensions.get(CACHE)
    if cached is None or cached.made_for != made_for:
        cached = current_app.extensions[CACHE] = _make(made_for)
    return cached


def _make(made_for: tuple[Service, str, str]) -> Contract:
    current, prefix, cookie = made_for
    content = document(current_app, current, cookie) | {"servers": [{"url": prefix or "/"}]}
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    return Contract(made_for, text, route_groups(content))
