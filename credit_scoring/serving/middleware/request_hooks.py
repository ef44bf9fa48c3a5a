"""Per-request hooks: request id, API key, rate limit, access log, metrics."""

import re
import time
import uuid
from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, g, request
from structlog.typing import FilteringBoundLogger

from credit_scoring.decisions.records import LogEntry
from credit_scoring.serving.middleware import authentication, metrics, rate_limit

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPTIONAL_FIELDS = ("key_id", "problem", "decision_id", "decisions")  # of the access log
REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def register(app: Flask, log: FilteringBoundLogger) -> None:
    """Run the hooks around every request of `app`; `log` receives one line per request."""

    def finish_request(response: Response) -> Response:
        seconds = time.perf_counter() - g.start_time
        response.headers["X-Request-ID"] = g.request_id
        rate_limit.add_headers(response.headers, g.get("rate_limit_status"))
        fields = access_log_fields(response.status_code, seconds)
        metrics.observe(fields, seconds)
        log.info("request", **fields)
        return response

    app.before_request(start_request)
    app.after_request(finish_request)


def start_request() -> None:
    """Set the request id, authenticate, count the request for the rate limit, authorise.

    A client's X-Request-ID is used if it is safe in a log and a header.
    RequestError 401, 403 and 429; StorageError if the keys cannot be read.
    """
    g.start_time = time.perf_counter()
    client_id = request.headers.get("X-Request-ID", "")
    g.request_id = client_id if REQUEST_ID.fullmatch(client_id) else uuid.uuid4().hex
    scope = authentication.required_scope()
    key = authentication.authenticate(scope)
    if scope != authentication.PUBLIC or request.endpoint is None:
        rate_limit.count()
    authentication.authorize(scope, key)


def access_log_fields(status: int, seconds: float) -> dict[str, Any]:
    """The fields of the access log: no body, path, query or address.

    A path may contain an applicant's number, so the route's pattern is logged instead; None if no
    route matches.
    """
    fields = {
        "method": request.method if request.method in METHODS else "other",
        "route": None if request.url_rule is None else request.url_rule.rule,
        "status": status,
        "ms": round(seconds * 1000, 2),
        "request_id": g.request_id,
    }
    optional = {name: g.get(name) for name in OPTIONAL_FIELDS}
    return fields | {name: value for name, value in optional.items() if value}


def note_decisions(entries: Sequence[LogEntry]) -> None:
    """Record stored decisions for the access log and the metrics of the current request."""
    metrics.count_decisions(entries)
    if len(entries) == 1:
        g.decision_id = entries[0].decision_id
    else:
        g.decisions = len(entries)
