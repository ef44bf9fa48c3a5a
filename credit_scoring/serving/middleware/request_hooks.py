"""Per-request hooks: request id, API key, rate limit, access log, metrics."""

import re
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, g, request

from credit_scoring.decisions.records import LogEntry
from credit_scoring.errors import RequestError
from credit_scoring.serving.middleware import authentication, metrics, rate_limit
from credit_scoring.serving.middleware.structured_logging import AccessLog

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPTIONAL_FIELDS = ("key_id", "problem", "decision_id", "decisions")  # of the access log
REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def register(app: Flask, log: AccessLog) -> None:
    """Run the hooks around every request of `app`; `log` receives one line per request."""

    def finish_request(response: Response) -> Response:
        # The object behind the proxy, whose every access is slow.
        state = vars(g._get_current_object())  # noqa: SLF001 - documented by Werkzeug
        seconds = time.perf_counter() - state["start_time"]
        response.headers.add("X-Request-ID", state["request_id"])
        rate_limit.add_headers(response.headers, state.get("rate_limit_status"))
        fields = access_log_fields(state, response.status_code, seconds)
        metrics.observe(fields, seconds)
        log.info("request", **fields)
        return response

    app.before_request(start_request)
    app.after_request(finish_request)


def start_request() -> None:
    """Set the request id, authenticate, count the request for the rate limit, authorise.

    A client's X-Request-ID is used if it is safe in a log and a header.
    RequestError 400, 401, 403 and 429; StorageError if the keys cannot be read.
    """
    g.start_time = time.perf_counter()
    client_id = request.headers.get("X-Request-ID", "")
    g.request_id = client_id if REQUEST_ID.fullmatch(client_id) else uuid.uuid4().hex
    require_host()
    scope = authentication.required_scope()
    key = authentication.authenticate(scope)
    if scope != authentication.PUBLIC or request.endpoint is None:
        rate_limit.count()
    authentication.authorize(scope, key)


def require_host() -> None:
    """RequestError 400 unless a request of HTTP/1.1 has one Host (RFC 9112, 3.2)."""
    host = request.environ.get("HTTP_HOST", ",")
    if "," in host and request.environ["SERVER_PROTOCOL"] == "HTTP/1.1":
        raise RequestError("the request has no Host header or several: send one")


def access_log_fields(state: Mapping[str, Any], status: int, seconds: float) -> dict[str, Any]:
    """The fields of the access log, given what `flask.g` holds: no body, path, query or address.

    A path may contain an applicant's number, so the route's pattern is logged instead; None if no
    route matches.
    """
    method = request.method
    rule = request.url_rule
    fields = {
        "method": method if method in METHODS else "other",
        "route": None if rule is None else rule.rule,
        "status": status,
        "ms": round(seconds * 1000, 2),
        "request_id": state["request_id"],
    }
    return fields | {name: state[name] for name in OPTIONAL_FIELDS if state.get(name)}


def note_decisions(entries: Sequence[LogEntry]) -> None:
    """Record stored decisions for the access log and the metrics of the current request."""
    metrics.count_decisions(entries)
    if len(entries) == 1:
        g.decision_id = entries[0].decision_id
    else:
        g.decisions = len(entries)
