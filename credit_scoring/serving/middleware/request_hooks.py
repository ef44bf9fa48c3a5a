"""Per-request hooks: request id, API key, rate limit, access log, metrics."""

import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Request, Response

from credit_scoring.decisions.records import LogEntry
from credit_scoring.errors import RequestError
from credit_scoring.serving.flask_objects import current_request, request_state
from credit_scoring.serving.middleware import authentication, csrf, metrics, rate_limit
from credit_scoring.serving.middleware.structured_logging import AccessLog
from credit_scoring.serving.monitoring.refused_requests import count_if_refused

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPTIONAL_FIELDS = ("key_id", "problem", "decision_id", "decisions")  # of the access log
REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def register(app: Flask, log: AccessLog) -> None:
    """Run the hooks around every request of `app`; `log` receives one line per request."""

    def finish_request(response: Response) -> Response:
        """Add the request id and the rate limit to the response; log and count the request."""
        state = request_state()
        seconds = time.perf_counter() - state["start_time"]
        response.headers.add("X-Request-ID", state["request_id"])
        rate_limit.add_headers(response.headers, state.get("rate_limit_status"))
        fields = access_log_fields(current_request(), state, response.status_code, seconds)
        metrics.observe(fields, seconds)
        if "problem" in fields:
            count_if_refused(current_request(), state, response.status_code)
        log.info("request", **fields)
        return response

    app.before_request(start_request)
    app.after_request(finish_request)


def start_request() -> None:
    """Set the request id, authenticate, count the request for the rate limit, authorise.

    A client's X-Request-ID is used if it is safe in a log and a header.
    RequestError 400, 401, 403 and 429; StorageError if the keys cannot be read.
    """
    request = current_request()
    state = request_state()
    state["start_time"] = time.perf_counter()
    client_id = request.environ.get("HTTP_X_REQUEST_ID", "")
    state["request_id"] = client_id if REQUEST_ID.fullmatch(client_id) else os.urandom(16).hex()
    require_host(request.environ)
    scope = authentication.required_scope(request)
    key = authentication.authenticate(request, scope)
    state["api_key"] = key
    state["key_id"] = key_id = "" if key is None else key.key_id
    if scope != authentication.PUBLIC or request.endpoint is None:
        state["rate_limit_status"] = status = rate_limit.count(request, key_id)
        rate_limit.require_allowed(status)
    authentication.authorize(request, scope, key)
    by_cookie = state.get("has_session", False)
    csrf.require_token(request, by_bearer=key is not None and not by_cookie, by_cookie=by_cookie)


def require_host(environ: Mapping[str, Any]) -> None:
    """RequestError 400 unless a request of HTTP/1.1 has one Host (RFC 9112, 3.2)."""
    host = environ.get("HTTP_HOST", ",")
    if "," in host and environ["SERVER_PROTOCOL"] == "HTTP/1.1":
        raise RequestError("the request has no Host header or several: send one")


def access_log_fields(
    request: Request, state: Mapping[str, Any], status: int, seconds: float
) -> dict[str, Any]:
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
        request_state()["decision_id"] = entries[0].decision_id
    else:
        request_state()["decisions"] = len(entries)
