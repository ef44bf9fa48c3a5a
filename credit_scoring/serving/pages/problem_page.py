"""Errors as pages for people: what happened, what to do now, and the detail of the API."""

from collections.abc import Sequence

from flask import Response
from werkzeug.exceptions import HTTPException

from credit_scoring.errors import FieldError
from credit_scoring.serving.flask_objects import current_request, request_state
from credit_scoring.serving.middleware.csrf import FORM_TYPES
from credit_scoring.serving.middleware.visitor import tolerate_unknown_visitor
from credit_scoring.serving.pages.language import page_language, page_texts
from credit_scoring.serving.pages.page import first_page, render_page

PAGE = "problem"
LONG_TEXT = "reason"  # the field of the forms that somebody may not like to write again


def problem_page(slug: str, status: int, detail: str, errors: Sequence[FieldError]) -> Response:
    """The page about a problem; `slug` is the last part of the problem's type."""
    tolerate_unknown_visitor()
    texts = page_texts(PAGE, page_language())
    kind = next(kind for kind in (slug, str(status), "other") if kind in texts["headings"])
    response = render_page(
        "problem.html", PAGE,
        heading=texts["headings"][kind], advice=texts["advice"][kind], start=first_page(),
        slug=slug, status=status, detail=detail, errors=errors,
        request_id=request_state().get("request_id", ""), kept=kept_text(),
    )  # fmt: skip
    response.status_code = status
    return response


def kept_text() -> str:
    """The reason in the form that could not be saved, to copy it; "" without one."""
    request = current_request()
    if request.mimetype not in FORM_TYPES:
        return ""
    try:
        return request.form.get(LONG_TEXT, "").replace("\r\n", "\n").strip()
    except HTTPException:  # a body that is too large or malformed
        return ""
