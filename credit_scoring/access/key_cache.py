"""The keys as a web process knows them: read from the database at most once a second, not once a request."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Lock

from credit_scoring.access.api_key import SCOPES, ApiKey, key_digest, parse_key_id

REFRESH_AFTER = (
    1.0  # seconds after which the keys are read again, by one thread while the others go on
)
MAX_AGE = (
    2.0  # seconds after which nothing is decided by them: a revoked key works no longer than that
)
ENVIRONMENT_KEY_ID = "environment"  # the id of the key that an environment variable gives


class KeyCache:
    """The keys that `read` returns, and the one in the environment (`given`, "" for none), which has every scope."""

    def __init__(self, read: Callable[[], Iterable[ApiKey]], given: str = "") -> None:
        self._read = read
        self._given = _of_the_environment(given) if given else None
        self._lock = Lock()
        self._keys: dict[str, ApiKey] = {}
        self._read_at = -MAX_AGE  # by time.monotonic(); long ago

    def authentication_required(self) -> bool:
        """Whether a key is asked for: as soon as one was ever made. Revoking the last one opens nothing."""
        return self._given is not None or bool(self._current())

    def find(self, text: str) -> ApiKey | None:
        """The active key whose text this is; StorageError where they have to be read and cannot be."""
        digest = key_digest(text)
        if self._given is not None and self._given.matches(digest):
            return self._given
        key = self._current().get(parse_key_id(text) or "")
        if key is None or not key.matches(digest) or key.state(datetime.now(UTC)) != "active":
            return None
        return key

    def _current(self) -> dict[str, ApiKey]:
        age = time.monotonic() - self._read_at
        if age < REFRESH_AFTER or not self._lock.acquire(blocking=age >= MAX_AGE):
            return self._keys
        try:
            began = time.monotonic()
            if began - self._read_at >= REFRESH_AFTER:
                self._keys = {key.key_id: key for key in self._read()}
                self._read_at = began
            return self._keys
        finally:
            self._lock.release()


def _of_the_environment(text: str) -> ApiKey:
    return ApiKey(
        key_id=ENVIRONMENT_KEY_ID, name=ENVIRONMENT_KEY_ID, scopes=tuple(SCOPES), digest=key_digest(text), created_at=datetime.now(UTC)
    )  # fmt: skip
