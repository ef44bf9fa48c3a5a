"""Numbers of refused scoring requests, kept in memory until they are added to the database.

Only names of the model's features are kept, never a text of a client: the memory is bounded, and
holds nothing about an applicant.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from http import HTTPStatus
from threading import Lock
from typing import Any

from flask import Request, current_app
from sqlalchemy import Engine

from credit_scoring.errors import StorageError
from credit_scoring.monitoring.counts_store import add_refused
from credit_scoring.serving.service import service

REFUSED = "credit_scoring.refused_requests"  # name of the RefusedRequests in app.extensions
WHOLE_REQUEST = ""  # the field under which the request itself is counted
UNKNOWN = "(unknown)"  # a name that is not a feature of the model
DECIDING = ("predict", "batch", "explain", "applicants")  # blueprints whose POST routes decide
# Refusals that say nothing about the data that clients send:
OF_ACCESS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
MAX_NUMBERS = 20_000  # days, kinds and fields that are kept while the database is not available
Key = tuple[date, str, str]


class RefusedRequests:
    """Numbers by day, kind of problem and field, of one process; for use by several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._numbers: Counter[Key] = Counter()
        self._lock = Lock()

    def add(self, kind: str, fields: Iterable[str], features: Collection[str]) -> None:
        """Count a refused request and each of its wrong `fields` once.

        `kind` is the last part of the problem's type, `features` are the model's.
        """
        day = datetime.now(UTC).date()
        names = {field if field in features else UNKNOWN for field in fields}
        with self._lock:
            for name in (WHOLE_REQUEST, *names):
                key = (day, kind, name)
                if key in self._numbers or len(self._numbers) < MAX_NUMBERS:
                    self._numbers[key] += 1

    def flush(self) -> None:
        """Add the numbers to the database; they are kept if it is not available (StorageError)."""
        with self._lock:
            numbers, self._numbers = self._numbers, Counter()
        try:
            add_refused(self._engine, numbers)
        except StorageError:
            with self._lock:
                self._numbers.update(numbers)
            raise


def count_if_refused(request: Request, state: dict[str, Any], status: int) -> None:
    """Count `request` if it asked for a decision and its data were refused.

    `state` holds the attributes of `flask.g`: the problem and its fields.
    """
    is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    is_deciding = request.method == "POST" and request.blueprint in DECIDING
    if is_refusal and is_deciding and status not in OF_ACCESS and "problem" in state:
        count_refusal(state["problem"], state["problem_fields"])


def count_refusal(kind: str, fields: Iterable[str]) -> None:
    """Count a refused applicant of the current request."""
    refused: RefusedRequests = current_app.extensions[REFUSED]
    refused.add(kind, fields, service().schema.names)
