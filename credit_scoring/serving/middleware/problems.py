"""Error responses: every error as RFC 9457 problem details."""

import json
import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from credit_scoring.errors import CreditScoringError, FieldError, RequestError
from credit_scoring.serving.middleware.csrf import is_form_of_page
from credit_scoring.serving.middleware.structured_logging import traceback_without_messages
from credit_scoring.serving.pages.next_page import redirect_to_sign_in
from credit_scoring.serving.pages.page import wants_html
from credit_scoring.serving.pages.problem_page import problem_page
from credit_scoring.serving.pages.sign_in_form import answer_form_without_session

PAGE_METHODS = ("GET", "HEAD")
MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Register the error handlers of `app`."""
    app.register_error_handler(HTTPException, handle_http_error)
    app.register_error_handler(CreditScoringError, handle_own_error)
    app.register_error_handler(Exception, handle_unexpected_error)


def handle_http_error(error: HTTPException) -> Response | HTTPException:
    """Keep the headers of an HTTP error (404, 405 with Allow, 413) and replace its body.

    Redirects pass unchanged.
    """
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    response = _problem(error.code, HTTPStatus(error.code).phrase, _detail(error))
    response.headers.update(
        {name: value for name, value in error.get_headers() if name != "Content-Type"}
    )
    return response


def handle_own_error(error: CreditScoringError) -> BaseResponse:
    """Answer an error that was raised on purpose; its message is meant for the client.

    A browser that opens a page or sends its form without a key is led to the sign-in.
    """
    if error.status == HTTPStatus.UNAUTHORIZED and wants_html():
        if request.method in PAGE_METHODS:
            return redirect_to_sign_in()
        if is_form_of_page(request):
            return answer_form_without_session()
    errors = error.errors if isinstance(error, RequestError) else ()
    response = _problem(error.status, error.title, str(error), errors)
    response.headers.update(getattr(error, "headers", {}))
    if (seconds := getattr(error, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def handle_unexpected_error(error: Exception) -> Response:
    """Answer 500; the log gets the place of the error, not its message, which may be personal."""
    fields = {"request_id": g.request_id, "method": request.method, "route": str(request.url_rule)}
    log.error("unexpected error", extra={**fields, "exception": traceback_without_messages(error)})
    detail = f"The server failed, not the request. Quote the request id {g.request_id} in a report."
    return _problem(500, "Internal Server Error", detail)


def errors_as_json(errors: Iterable[FieldError]) -> list[dict[str, Any]]:
    """The offending fields as the response lists them; members without a value are left out."""
    return [{k: v for k, v in vars(error).items() if v is not None} for error in errors]


def problem_type(status: int, title: str) -> str:
    """The problem's `type`: about:blank if the title is the status phrase (RFC 9457, 4.2.1)."""
    return (
        "about:blank"
        if title == HTTPStatus(status).phrase
        else f"urn:credit-scoring:{problem_slug(title)}"
    )


def _problem(status: int, title: str, detail: str, errors: tuple[FieldError, ...] = ()) -> Response:
    """Problem details, or a page for people if the client prefers HTML."""
    slug = problem_slug(title)
    g.problem = slug
    g.problem_fields = [error.field for error in errors]
    if wants_html():
        try:
            return problem_page(slug, status, detail, errors)
        except Exception as error:  # noqa: BLE001 - a page that fails must not hide the problem
            fields = {"exception": traceback_without_messages(error)}
            log.error("the page about an error failed", extra=fields)  # noqa: TRY400
    return Response(problem_body(status, title, detail, errors), status, content_type=MEDIA_TYPE)


def problem_body(
    status: int, title: str, detail: str, errors: tuple[FieldError, ...] = ()
) -> bytes:
    """The JSON body of a problem, UTF-8."""
    body: dict[str, Any] = {
        "type": problem_type(status, title),
        "title": title,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors_as_json(errors)
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def problem_slug(title: str) -> str:
    """The last part of a problem's `type`: "features-refused"."""
    return re.sub(r"[^a-z]+", "-", title.lower())


def _detail(error: HTTPException) -> str:
    if isinstance(error, RequestEntityTooLarge):
        return f"the body is larger than the limit of {request.max_content_length} bytes"
    return error.description or ""
