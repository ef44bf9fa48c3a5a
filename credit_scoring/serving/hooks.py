"""What every answer carries, whatever the route: a request id, headers for browsers, a line in the log."""

import logging
import re
import time
import uuid
from urllib.parse import quote

from flask import Flask, Response, g, request

REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Run the hooks around every request of `app`."""
    app.before_request(begin)
    app.after_request(finish)


def begin() -> None:
    """Take the client's X-Request-ID if it is harmless in a log and a header, else make one."""
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.began = time.perf_counter()


def finish(answer: Response) -> Response:
    """Add the headers; log method, path, status and time, never what was sent or answered."""
    answer.headers["X-Request-ID"] = g.request_id
    answer.headers.update(HEADERS)
    if "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    milliseconds = (time.perf_counter() - g.began) * 1000
    path = quote(request.path[:100])
    log.info("%s %s %s %d %.1f ms", g.request_id, request.method, path, answer.status_code, milliseconds)
    return answer
