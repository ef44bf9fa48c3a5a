"""What happens around every request, whatever the route: an id, the key, the count, a line in the log, the numbers."""

import re
import time
import uuid
from collections.abc import Sequence

from flask import Flask, Response, g, request
from structlog.typing import FilteringBoundLogger

from credit_scoring.decisions.entry import Entry
from credit_scoring.serving import keys, limits, metrics

REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def register(app: Flask, log: FilteringBoundLogger) -> None:
    """Run the hooks around every request of `app`; `log` gets a line of each."""

    def finish(answer: Response) -> Response:
        seconds = time.perf_counter() - g.began
        answer.headers["X-Request-ID"] = g.request_id
        limits.tell(answer.headers)
        metrics.observe(answer.status_code, seconds)
        log.info("request", **line(answer.status_code, seconds))
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
    scope = keys.wanted()
    key = keys.identify(scope)
    if scope != keys.PUBLIC or request.endpoint is None:
        limits.count()
    keys.require(scope, key)


def line(status: int, seconds: float) -> dict[str, object]:
    """What the log says of a request: never what was sent or answered, no path, no query, no address.

    A path may hold an applicant's number: the route's pattern stands for it, none where no route matches.
    """
    about: dict[str, object] = {
        "request_id": g.request_id,
        "method": request.method if request.method in metrics.METHODS else "other",
        "route": None if request.url_rule is None else request.url_rule.rule,
        "status": status,
        "ms": round(seconds * 1000, 2),
    }
    for name in ("key_id", "problem", "decision_id", "decisions"):
        if value := g.get(name):
            about[name] = value
    return about


def decided(entries: Sequence[Entry]) -> None:
    """Note decisions that stand in the log, for the request's line and the numbers."""
    metrics.decided(entries)
    if len(entries) == 1:
        g.decision_id = entries[0].decision_id
    else:
        g.decisions = len(entries)
