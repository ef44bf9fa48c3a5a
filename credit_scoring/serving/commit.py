"""200 means committed: a request is answered only after its decisions are in the decision log.

A request with an Idempotency-Key is decided once: its repetitions get the stored answer.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, g, request
from pydantic_core import to_json

from credit_scoring.decisions.records import IdempotencyRecord, LogEntry
from credit_scoring.errors import FieldError, RequestError
from credit_scoring.scoring.validation.messages import quote
from credit_scoring.serving.durations import measured
from credit_scoring.serving.middleware.request_hooks import note_decisions
from credit_scoring.serving.service import PendingDecisions, service
from credit_scoring.serving.shadow.shadow_scoring import shadow_scoring

HEADER = "Idempotency-Key"
# Visible characters except the comma: WSGI joins the values of a repeated header by commas.
KEY_PATTERN = re.compile(r"[!-+\--~]{1,255}")


def commit_and_answer(body: Any, decide: Callable[[], PendingDecisions]) -> Response:
    """Call `decide`, commit its decisions to the log, then return its answer as JSON.

    `body` is the request's body. If the request has an Idempotency-Key and the same body was
    answered under it before, the stored answer is returned and nothing is decided; if another body
    was, RequestError 422. A request without a decision, because it or every applicant of its batch
    was refused, stores nothing: the client may correct it and send it again under the same key.
    """
    if HEADER in request.headers:
        return _answer_once(_idempotency_key(), _body_digest(body), decide)
    pending = decide()
    service().log.append(pending.entries, durations=measured(len(pending.entries)))
    return _committed_response(to_json(pending.answer), pending.entries)


def _answer_once(key: str, digest: str, decide: Callable[[], PendingDecisions]) -> Response:
    key_id = g.get("key_id", "")
    stored = service().log.find_idempotency_record(key_id, key)
    if stored is None:
        pending = decide()
        answer = to_json(pending.answer).decode()
        record = IdempotencyRecord(
            key_id=key_id, idempotency_key=key, body_digest=digest, answer=answer
        )
        # A concurrent request may have stored an answer under this key since the look-up above.
        durations = measured(len(pending.entries))
        stored = service().log.append(
            pending.entries, idempotency_record=record, durations=durations
        )
        if stored is None:
            return _committed_response(record.answer, pending.entries)
    return _replayed(stored, digest)


def _committed_response(text: str | bytes, entries: Sequence[LogEntry]) -> Response:
    """The response for new decisions; once it is sent, the challenger, if any, gets them."""
    note_decisions(entries)
    response = _json_response(text)
    shadow = shadow_scoring()
    if shadow is not None:
        names = service().names.names
        response.call_on_close(lambda: shadow.offer(entries, names))
    return response


def _replayed(stored: IdempotencyRecord, digest: str) -> Response:
    """The stored answer; RequestError 422 if it answered another body."""
    if stored.body_digest != digest:
        raise _refusal(
            f"{HEADER} {quote(stored.idempotency_key)} was used for another request: "
            "send a new key with a new request",
            status=422,
        )
    response = _json_response(stored.answer)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _idempotency_key() -> str:
    """The request's key; RequestError 400 if there are several, 422 if it is not a key."""
    key = request.headers[HEADER]
    if "," in key:
        raise _refusal(
            f"{HEADER} is {quote(key)}: send the header once, with a key without a comma",
            status=400,
        )
    if not KEY_PATTERN.fullmatch(key):
        raise _refusal(
            f"{HEADER} is {quote(key)}: expected 1 to 255 visible characters, such as a UUID",
            status=422,
        )
    return key


def _refusal(message: str, *, status: int) -> RequestError:
    error = FieldError(HEADER, message)
    return RequestError(message, status=status, title="Idempotency key refused", errors=(error,))


def _body_digest(body: Any) -> str:
    """SHA-256 of the route and the body.

    White space, the order of keys and the notation of a number (3, 3.0, 3e0) do not matter.
    """
    text = f"{request.path}\n{json.dumps(_canonical(body), sort_keys=True)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """A JSON value with equal numbers alike: whole floats become integers."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _canonical(member) for name, member in value.items()}
        case list():
            return [_canonical(item) for item in value]
    return value


def _json_response(text: str | bytes) -> Response:
    return Response(text, content_type="application/json")
