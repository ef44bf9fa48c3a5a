"""Errors as pages for people: what happened, what to do now, and the detail of the API."""

from collections.abc import Sequence

from flask import Response

from credit_scoring.errors import FieldError
from credit_scoring.serving.flask_objects import request_state
from credit_scoring.serving.middleware.visitor import tolerate_unknown_visitor
from credit_scoring.serving.pages.language import page_language, page_texts
from credit_scoring.serving.pages.page import first_page, render_page

PAGE = "problem"


def problem_page(slug: str, status: int, detail: str, errors: Sequence[FieldError]) -> Response:
    """The page about a problem; `slug` is the last part of the problem's type."""
    tolerate_unknown_visitor()
    texts = page_texts(PAGE, page_language())
    kind = next(kind for kind in (slug, str(status), "other") if kind in texts["headings"])
    response = render_page(
        "problem.html", PAGE,
        heading=texts["headings"][kind], advice=texts["advice"][kind], start=first_page(),
        slug=slug, status=status, detail=detail, errors=errors,
        request_id=request_state().get("request_id", ""),
    )  # fmt: skip
    response.status_code = status
    return response
