"""Every error as RFC 9457 problem details, in this one shape."""

import json
import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from credit_scoring.errors import CreditScoringError, FieldError, RequestError
from credit_scoring.serving.middleware.structured_logging import where

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Let `app` answer every error as a problem."""
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(CreditScoringError, from_ours)
    app.register_error_handler(Exception, from_unexpected)


def from_http(error: HTTPException) -> Response | HTTPException:
    """An error of HTTP (404, 405 with Allow, 413): its own headers, our body. A redirect stays as it is."""
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    answer = _problem(error.code, HTTPStatus(error.code).phrase, _detail(error))
    answer.headers.update(
        {name: value for name, value in error.get_headers() if name != "Content-Type"}
    )
    return answer


def from_ours(error: CreditScoringError) -> Response:
    """An error raised on purpose: its text is for the client."""
    errors = error.errors if isinstance(error, RequestError) else ()
    answer = _problem(error.status, error.title, str(error), errors)
    answer.headers.update(getattr(error, "headers", {}))
    if (seconds := getattr(error, "retry_after", None)) is not None:
        answer.headers["Retry-After"] = str(seconds)
    return answer


def from_unexpected(error: Exception) -> Response:
    """A mistake of ours: where it happened is logged, never its text, which may hold an applicant's data."""
    about = {"request_id": g.request_id, "method": request.method, "route": str(request.url_rule)}
    log.error("unexpected error", extra={**about, "exception": where(error)})
    detail = f"The fault is here, not in the request. Quote the request id {g.request_id} when you report it."
    return _problem(500, "Internal Server Error", detail)


def listed(errors: Iterable[FieldError]) -> list[dict[str, Any]]:
    """Offending fields as an answer lists them."""
    return [{k: v for k, v in vars(error).items() if v is not None} for error in errors]


def kind_of(status: int, title: str) -> str:
    """The `type` of a problem."""
    return (
        "about:blank"
        if title == HTTPStatus(status).phrase
        else f"urn:credit-scoring:{_slug(title)}"
    )


def _problem(status: int, title: str, detail: str, errors: tuple[FieldError, ...] = ()) -> Response:
    g.problem = _slug(title)
    return Response(problem(status, title, detail, errors), status, content_type=MEDIA_TYPE)


def problem(status: int, title: str, detail: str, errors: tuple[FieldError, ...] = ()) -> bytes:
    """The body of an answer with this status."""
    body: dict[str, Any] = {
        "type": kind_of(status, title),
        "title": title,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = listed(errors)
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def _slug(title: str) -> str:
    return re.sub(r"[^a-z]+", "-", title.lower())


def _detail(error: HTTPException) -> str:
    if isinstance(error, RequestEntityTooLarge):
        return f"the body is larger than {request.max_content_length} bytes, the most that is read"
    return error.description or ""
