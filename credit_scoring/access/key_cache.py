"""The keys as a web process knows them: read from the database at most once a second, not once a request."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Lock

from credit_scoring.access.api_key import SCOPES, Key, digest_of, id_of

FRESH = 1.0  # seconds after which the keys are read again, by one thread while the others go on
STALE = (
    2.0  # seconds after which nothing is decided by them: a revoked key works no longer than that
)
GIVEN = "environment"  # the id of the key that an environment variable gives


class KnownKeys:
    """The keys that `read` returns, and the one in the environment (`given`, "" for none), which has every scope."""

    def __init__(self, read: Callable[[], Iterable[Key]], given: str = "") -> None:
        self._read = read
        self._given = _of_the_environment(given) if given else None
        self._lock = Lock()
        self._keys: dict[str, Key] = {}
        self._read_at = -STALE  # by time.monotonic(); long ago

    def on(self) -> bool:
        """Whether a key is asked for: as soon as one was ever made. Revoking the last one opens nothing."""
        return self._given is not None or bool(self._current())

    def find(self, text: str) -> Key | None:
        """The active key whose text this is; StorageError where they have to be read and cannot be."""
        digest = digest_of(text)
        if self._given is not None and self._given.proved_by(digest):
            return self._given
        key = self._current().get(id_of(text) or "")
        if key is None or not key.proved_by(digest) or key.state(datetime.now(UTC)) != "active":
            return None
        return key

    def _current(self) -> dict[str, Key]:
        age = time.monotonic() - self._read_at
        if age < FRESH or not self._lock.acquire(blocking=age >= STALE):
            return self._keys
        try:
            began = time.monotonic()
            if began - self._read_at >= FRESH:
                self._keys = {key.key_id: key for key in self._read()}
                self._read_at = began
            return self._keys
        finally:
            self._lock.release()


def _of_the_environment(text: str) -> Key:
    return Key(
        key_id=GIVEN, name=GIVEN, scopes=tuple(SCOPES), digest=digest_of(text), created_at=datetime.now(UTC)
    )  # fmt: skip
