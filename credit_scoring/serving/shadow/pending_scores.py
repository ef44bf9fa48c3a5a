"""A bounded queue of decisions that wait for the challenger."""

from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from credit_scoring.decisions.records import LogEntry

QUEUE_SIZE = 2000  # decisions per worker: a few megabytes


class PendingScore(NamedTuple):
    """A decision to score: its id, its model, its score (1 is a refusal) and its stored inputs."""

    decision_id: str
    model_digest: str
    score: int
    inputs: str
    names: tuple[str, ...] | None

    @classmethod
    def of(cls, entry: LogEntry) -> "PendingScore":
        """What the challenger needs of an entry of the log."""
        names = entry.names.names if entry.names else None
        decision = entry.decision
        return cls(entry.decision_id, entry.model_digest, decision.score, entry.inputs, names)


class PendingScores:
    """The queue: many threads put, one takes, and no call waits."""

    def __init__(self, size: int = QUEUE_SIZE) -> None:
        self._size = size
        self._pending: deque[PendingScore] = deque()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, scores: Sequence[PendingScore]) -> int:
        """Add as many as there is room for, and return how many were dropped."""
        with self._lock:
            added = scores[: max(self._size - len(self._pending), 0)]
            self._pending.extend(added)
        return len(scores) - len(added)

    def take(self, most: int) -> list[PendingScore]:
        """Remove and return the oldest ones, at most `most`."""
        with self._lock:
            return [self._pending.popleft() for _ in range(min(most, len(self._pending)))]
