"""`render_page`: a template inside the layout, with the texts, links and notation of a page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, current_app, make_response, render_template, request, url_for

from credit_scoring.access.api_key import ApiKey
from credit_scoring.direction_controls import name_controls
from credit_scoring.serving.middleware.csrf import keep_page_secret
from credit_scoring.serving.middleware.session_cookie import cookie_attributes
from credit_scoring.serving.middleware.visitor import visitor, visitor_allows
from credit_scoring.serving.pages import notation
from credit_scoring.serving.pages.language import (
    COMMON,
    LANGUAGE_COOKIE,
    LANGUAGE_PARAMETER,
    LANGUAGES,
    page_language,
    page_texts,
)

YEAR = 365 * 24 * 3600  # seconds
View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True)
class NavigationEntry:
    """A page in the navigation; `name` is a key of the texts' [navigation]."""

    name: str
    endpoint: str
    scope: str


NAVIGATION = (
    NavigationEntry("decide", "decide_page.index", "score"),
    NavigationEntry("decisions", "decisions.decision_page", "review"),
    NavigationEntry("threshold", "threshold_page.threshold", "score"),
    NavigationEntry("model", "model_page.model", "score"),
    NavigationEntry("monitoring", "monitoring_page.monitoring", "review"),
)


def wants_html() -> bool:
    """Whether the client prefers HTML to JSON, as a browser that opens a page does."""
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return best == "text/html"


def for_people_only(view: View) -> View:
    """Mark a view that answers no JSON: the OpenAPI document leaves it out."""
    view.is_for_people_only = True  # type: ignore[attr-defined]
    return view


def is_for_people_only(view: Callable[..., object]) -> bool:
    """Whether `for_people_only` marks the view."""
    return getattr(view, "is_for_people_only", False)


def keeps_drafts(view: View) -> View:
    """Mark the view of a form whose page, at the same address, keeps what was typed (drafts.js)."""
    view.keeps_drafts = True  # type: ignore[attr-defined]
    return view


def does_keep_drafts() -> bool:
    """Whether `keeps_drafts` marks the view of the current request."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "keeps_drafts", False)


def render_page(template: str, page: str = COMMON, /, **context: Any) -> Response:
    """The page of a template, with the texts of `texts/<language>/<page>.toml`.

    The choice of a language in ?lang= is kept in a cookie.
    """
    language = page_language()
    html = render_template(template, **shared_context(page, language), **context)
    response = make_response(name_controls(html))
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    keep_page_secret(response)
    if request.args.get(LANGUAGE_PARAMETER) == language:
        attributes = cookie_attributes(request, "Lax")
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR, **attributes)
    return response


def shared_context(page: str, language: str) -> dict[str, Any]:
    """What every template has: texts `t`, links, navigation and the notation of the language."""
    return {
        "t": page_texts(page, language),
        "page": page,
        "language": language,
        "languages": {code: page_texts(COMMON, code)["language"] for code in LANGUAGES},
        "link": link,
        "in_language": in_language,
        "root": root(),
        "navigation": navigation(),
        "allows": visitor_allows,
        "visitor": visitor(),
        **notation_of(language),
    }


def notation_of(language: str) -> dict[str, Callable[..., str]]:
    """The formats of numbers and times in a language, by name."""
    formats = (notation.number, notation.percent, notation.day, notation.instant, notation.clock)
    return {function.__name__: partial(function, language=language) for function in formats}


def navigation() -> list[NavigationEntry]:
    """The pages that the visitor's key may open."""
    return [entry for entry in NAVIGATION if visitor_allows(entry.scope)]


def first_page(key: ApiKey | None = None) -> str:
    """A relative link to the first page that the visitor, or a new visitor with `key`, may open."""
    allows = visitor_allows if key is None else key.allows
    entry = next((entry for entry in NAVIGATION if allows(entry.scope)), None)
    return root() if entry is None else link(entry.endpoint)


def root() -> str:
    """The relative path from the current page to the root of the app.

    Relative links work even if a proxy serves the app under a path and does not say so.
    """
    return "../" * (request.path.count("/") - 1) or "./"


def link(endpoint: str, **values: Any) -> str:
    """A link to an endpoint of the app, relative to the current page."""
    path = url_for(endpoint, **values)[len(request.script_root) :]
    return root() + path.removeprefix("/")


def in_language(code: str) -> str:
    """A link to the current page, with its query, in another language."""
    values = {**request.args.to_dict(flat=False), LANGUAGE_PARAMETER: [code]}
    return "?" + urlencode(values, doseq=True)
