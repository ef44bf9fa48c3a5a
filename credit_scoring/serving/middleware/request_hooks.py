"""What happens around every request, whatever the route: an id, the key, the count, a line in the log, the numbers."""

import re
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, g, request
from flask.globals import app_ctx, request_ctx
from structlog.typing import FilteringBoundLogger

from credit_scoring.decisions.records import Entry
from credit_scoring.serving.middleware import authentication, metrics, rate_limit

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPTIONAL = ("key_id", "problem", "decision_id", "decisions")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def register(app: Flask, log: FilteringBoundLogger) -> None:
    """Run the hooks around every request of `app`; `log` gets a line of each."""

    def finish(answer: Response) -> Response:
        noted = vars(app_ctx.g)  # once: a proxy costs at every look
        seconds = time.perf_counter() - noted["began"]
        answer.headers.add("X-Request-ID", noted["request_id"])
        rate_limit.tell(answer.headers, noted.get("standing"))
        about = line(noted, answer.status_code, seconds)
        metrics.observe(about, seconds)
        log.info("request", **about)
        return answer

    app.before_request(begin)
    app.after_request(finish)


def begin() -> None:
    """Take the client's X-Request-ID if it is harmless in a log and a header, else make one; see who asks, and count.

    RequestError 401, 403 and 429; StorageError where the keys cannot be read.
    """
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    scope = authentication.wanted()
    key = authentication.identify(scope)
    if scope != authentication.PUBLIC or request.endpoint is None:
        rate_limit.count()
    authentication.require(scope, key)


def line(noted: Mapping[str, Any], status: int, seconds: float) -> dict[str, Any]:
    """What the log says of a request: never what was sent or answered, no path, no query, no address.

    A path may hold an applicant's number: the route's pattern stands for it, none where no route matches.
    """
    asked = request_ctx.request
    about = {
        "method": asked.method if asked.method in METHODS else "other",
        "route": None if asked.url_rule is None else asked.url_rule.rule,
        "status": status,
        "ms": round(seconds * 1000, 2),
        "request_id": noted["request_id"],
    }
    about.update((name, noted[name]) for name in OPTIONAL if noted.get(name))
    return about


def decided(entries: Sequence[Entry]) -> None:
    """Note decisions that stand in the log, for the request's line and the numbers."""
    metrics.decided(entries)
    if len(entries) == 1:
        g.decision_id = entries[0].decision_id
    else:
        g.decisions = len(entries)
