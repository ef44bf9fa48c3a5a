"""Scores decisions by the challenger after they were answered, in one thread per worker.

The thread takes a small share of the processor and never holds the interpreter for long, so that
answers are not slower. What it cannot do in that time is dropped and counted.
"""

import logging
import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from threading import Event, Thread

from flask import current_app
from sqlalchemy import Engine

from credit_scoring.decisions.records import LogEntry
from credit_scoring.decisions.shadow_scores import ShadowScore, ShadowScoreWriter
from credit_scoring.errors import CreditScoringError, StorageError
from credit_scoring.serving.answers import ChallengerStatus
from credit_scoring.serving.middleware import metrics
from credit_scoring.serving.shadow.challenger import Challenger, load_challenger
from credit_scoring.serving.shadow.pending_scores import PendingScore, PendingScores
from credit_scoring.settings import Settings

SHADOW = "credit_scoring.shadow"  # name of the ShadowScoring in app.extensions
SLICE = 20  # decisions scored at once: about a millisecond
SHARE = 0.05  # of one processor that the thread may take
IDLE_PAUSE = 0.05  # seconds between two looks at an empty queue
MAX_UNSTORED = 100  # scores: one transaction
STORE_AFTER = 1.0  # seconds that a score waits for others at most
RETRY_AFTER = 60  # seconds until a challenger that could not be loaded is tried again
DRAIN_TIME = 5  # seconds for the queue when the worker stops; gunicorn's graceful time is longer
log = logging.getLogger(__name__)


class ShadowScoring:
    """The challenger and its queue; created before the fork, started in each worker."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._requested: dict[str, AbstractSet[str]] = {}  # by the champion's digest
        self._pending = PendingScores()
        self._writer = ShadowScoreWriter(engine)
        self._unstored: list[ShadowScore] = []
        self._stored_at = 0.0
        self._challenger: Challenger | None = None
        self._retry_at = 0.0
        self._is_same_model_logged = False
        self._stopping = Event()
        self._thread: Thread | None = None
        self.load()

    @property
    def version(self) -> str | None:
        """The challenger's version; None while it could not be loaded."""
        return self._challenger.version if self._challenger else None

    @property
    def digest(self) -> str:
        """The challenger's digest; "" while it could not be loaded."""
        return self._challenger.digest if self._challenger else ""

    def status(self, champion_digest: str) -> ChallengerStatus:
        """What the challenger does while the model with this digest is served."""
        if self._challenger is None:
            return "unavailable"
        return "same model" if self._challenger.digest == champion_digest else "scoring"

    def load(self) -> None:
        """Load the challenger; if it cannot be, log why and try again later."""
        try:
            self._challenger = load_challenger(self._settings, self._requested)
        except CreditScoringError as error:
            self._retry_at = time.monotonic() + RETRY_AFTER
            log.error("the challenger cannot be loaded: %s", error)  # noqa: TRY400 - says it all
        else:
            log.info("challenger loaded", extra={"challenger_version": self.version})

    def start(self) -> None:
        """Start the thread; once per worker, after the fork."""
        metrics.show_challenger(loaded=self._challenger is not None)
        self._thread = Thread(target=self._run, name="shadow-scoring", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Score and store what is in the queue, for at most `DRAIN_TIME`, and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(DRAIN_TIME)
            self._thread = None
        metrics.count_unscored("stopped", len(self._pending))

    def offer(self, entries: Sequence[LogEntry], names: Sequence[str]) -> None:
        """Queue decisions that are in the log and answered; `names` are the champion's features."""
        if self._thread is None or not entries:
            return
        digest = entries[0].model_digest
        status = self.status(digest)
        if status != "scoring":
            self._note_status(status, len(entries))
            return
        if digest not in self._requested:
            self._requested[digest] = frozenset(names)
        dropped = self._pending.put([PendingScore.of(entry) for entry in entries])
        metrics.count_unscored("queue full", dropped)

    def _note_status(self, status: ChallengerStatus, decisions: int) -> None:
        metrics.count_unscored(status, decisions)
        if status == "same model" and not self._is_same_model_logged:
            self._is_same_model_logged = True
            log.warning("the challenger is the served model: it does not score")

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.perf_counter()
            self._work_safely()
            busy = time.perf_counter() - began
            self._stopping.wait(busy * (1 / SHARE - 1) if self._pending else IDLE_PAUSE)
        while self._pending or self._unstored:
            self._work_safely()

    def _work_safely(self) -> None:
        """Score a slice; an unexpected error is logged and ends nothing."""
        try:
            self._work()
        except Exception:
            log.exception("decisions were not scored by the challenger")
            metrics.count_unscored("error", 1)

    def _work(self) -> None:
        challenger = self._challenger
        if challenger is None:
            self._retry()
        elif pending := self._pending.take(SLICE):
            self._score(challenger, pending)
        if self._unstored and self._is_time_to_store():
            self._store()

    def _is_time_to_store(self) -> bool:
        is_last = self._stopping.is_set() and not self._pending
        is_due = time.monotonic() - self._stored_at >= STORE_AFTER
        return is_last or is_due or len(self._unstored) >= MAX_UNSTORED

    def _retry(self) -> None:
        if time.monotonic() >= self._retry_at:
            self.load()
            metrics.show_challenger(loaded=self._challenger is not None)

    def _score(self, challenger: Challenger, pending: Sequence[PendingScore]) -> None:
        for one, result in zip(pending, challenger.score(pending), strict=True):
            if isinstance(result, str):
                metrics.count_unscored(result, 1)
            else:
                self._unstored.append(result)
                metrics.count_shadow_score(challenger.version, agrees=result.score == one.score)

    def _store(self) -> None:
        scores, self._unstored = self._unstored, []
        self._stored_at = time.monotonic()
        try:
            self._writer.append(scores)
        except StorageError:  # logged where it arises
            metrics.count_unscored("not stored", len(scores))


def shadow_scoring() -> ShadowScoring | None:
    """The shadow scoring of the current app; None if no challenger is configured."""
    scoring: ShadowScoring | None = current_app.extensions[SHADOW]
    return scoring
