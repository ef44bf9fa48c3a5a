"""An answer is given once its decisions are committed, and once only under the same Idempotency-Key."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from flask import Response, g, request
from pydantic_core import to_json

from credit_scoring.decisions.records import Kept
from credit_scoring.errors import FieldError, RequestError
from credit_scoring.serving.middleware.request_hooks import decided
from credit_scoring.serving.requests.messages import shown
from credit_scoring.serving.service import Made, service

HEADER = "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,255}")


def committed(asked: Any, make: Callable[[], Made]) -> Response:
    """The answer that `make` makes of `asked`, the request's body, once its decisions are in the log.

    With an Idempotency-Key: where the same body was answered under it before, that answer again, and no decision;
    RequestError 422 where another body was. A request that is refused keeps nothing: it may be mended and repeated.
    """
    if HEADER in request.headers:
        return _once(_key(), _digest(asked), make)
    made = make()
    service().log.append(made.entries)
    decided(made.entries)
    return _json(to_json(made.answer))


def _once(key: str, digest: str, make: Callable[[], Made]) -> Response:
    log, key_id = service().log, g.get("key_id", "")
    earlier = log.kept(key_id, key)
    if earlier is None:
        made = make()
        text = to_json(made.answer).decode()
        kept = Kept(key_id=key_id, idempotency_key=key, body_digest=digest, answer=text)
        earlier = log.append(
            made.entries, kept=kept
        )  # another request under this key may have come first
        if earlier is None:
            decided(made.entries)
            return _json(text)
    if earlier.body_digest != digest:
        raise _refused(
            f"{HEADER} {shown(key)} was used for another request: send a new key with a new request"
        )
    answer = _json(earlier.answer)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _key() -> str:
    key = request.headers[HEADER]
    if not KEY.fullmatch(key):
        raise _refused(
            f"{HEADER} is {shown(key)}: expected 1 to 255 visible characters, such as a UUID"
        )
    return key


def _refused(message: str) -> RequestError:
    return RequestError(
        message, status=422, title="Idempotency key refused", errors=(FieldError(HEADER, message),)
    )


def _digest(asked: Any) -> str:
    """SHA-256 of the route and the body's content: spaces and the order of its keys do not matter."""
    text = f"{request.path}\n{json.dumps(asked, sort_keys=True)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _json(text: str | bytes) -> Response:
    return Response(text, content_type="application/json")
