"""A web process's cache of the API keys: reads the database once per second, not per request."""

import math
import time
from collections.abc import Callable, Iterable
from copy import copy
from datetime import UTC, datetime
from threading import Lock

from credit_scoring.access.api_key import (
    ENVIRONMENT_KEY_ID,
    SCOPES,
    ApiKey,
    key_digest,
    parse_key_id,
)
from credit_scoring.database import time_limit
from credit_scoring.errors import StorageError

REFRESH_AFTER = 1.0  # seconds; then one thread reads the keys again, others use the cached copy
MAX_AGE = 2.0  # seconds; an older copy is never used: a revoked key works for at most this long


class KeyCache:
    """The keys that `read` returns, and `environment_key`, which has every scope.

    If `environment_key` is empty, it does not exist.
    """

    def __init__(self, read: Callable[[], Iterable[ApiKey]], environment_key: str = "") -> None:
        self._read = read
        self._environment_key = _environment_key(environment_key) if environment_key else None
        self._lock = Lock()
        self._keys: dict[str, ApiKey] = {}
        self._read_at = -math.inf  # time.monotonic() of the last read
        self._failures = 0
        self._last_failure: StorageError | None = None

    def authentication_required(self) -> bool:
        """Return whether authentication is on: if any key exists, even if all are revoked."""
        return self._environment_key is not None or bool(self._current_keys())

    def find(self, text: str) -> ApiKey | None:
        """Return the active key with this text; StorageError if the keys cannot be read."""
        digest = key_digest(text)
        if self._environment_key is not None and self._environment_key.matches(digest):
            return self._environment_key
        key = self.active_key(parse_key_id(text) or "")
        return key if key is not None and key.matches(digest) else None

    def active_key(self, key_id: str) -> ApiKey | None:
        """Return the active key with this id; StorageError if the keys cannot be read."""
        key = self.known_key(key_id)
        if key is None or key.is_environment:
            return key
        return key if key.state(datetime.now(UTC)) == "active" else None

    def known_key(self, key_id: str) -> ApiKey | None:
        """Return the key with this id, also if it is revoked or has expired."""
        if key_id == ENVIRONMENT_KEY_ID:
            return self._environment_key
        return self._current_keys().get(key_id)

    def _current_keys(self) -> dict[str, ApiKey]:
        age = time.monotonic() - self._read_at
        if age < REFRESH_AFTER:
            return self._keys
        failures = self._failures
        with time_limit.operation():
            if not self._lock.acquire(blocking=age >= MAX_AGE):
                return self._keys
            try:
                return self._refresh(failures)
            finally:
                self._lock.release()

    def _refresh(self, failures: int) -> dict[str, ApiKey]:
        """Read the keys again unless another thread did; `failures` is from before the wait for it.

        If the read of that thread failed, this one fails, too: a frozen database would otherwise
        cost each waiting thread another time limit.
        """
        if self._last_failure is not None and self._failures > failures:
            raise copy(self._last_failure)
        started_at = time.monotonic()
        if started_at - self._read_at >= REFRESH_AFTER:
            try:
                self._keys = {key.key_id: key for key in self._read()}
            except StorageError as error:
                self._failures += 1
                self._last_failure = error
                raise
            self._read_at = started_at
        return self._keys


def _environment_key(text: str) -> ApiKey:
    return ApiKey(
        key_id=ENVIRONMENT_KEY_ID,
        name=ENVIRONMENT_KEY_ID,
        scopes=tuple(SCOPES),
        digest=key_digest(text),
        created_at=datetime.now(UTC),
    )
