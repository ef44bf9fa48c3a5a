"""The background of monitoring in each worker: counting, alarms, refused requests, the webhook.

One thread counts new decisions in small slices and evaluates the alarms; it takes a small share of
the processor, so that answers are not slower. Another one sends what the webhook has to carry, so
that a slow receiver does not hold up the first. Several workers and machines may do the same: each
record is counted once, and each change of an alarm is stored once.
"""

import logging
import time
from collections.abc import Callable
from functools import cached_property
from threading import Event, Thread
from typing import TYPE_CHECKING

from flask import Flask, current_app
from sqlalchemy import Engine

from credit_scoring.bundle.model_store import ModelStore
from credit_scoring.deployments.known_manifests import KnownManifests, KnownModel
from credit_scoring.errors import StorageError
from credit_scoring.monitoring.aggregate import Aggregator
from credit_scoring.monitoring.alarms.alarm_log import AlarmLog
from credit_scoring.monitoring.alarms.delivery import deliver_due
from credit_scoring.monitoring.alarms.rules import load_rules
from credit_scoring.monitoring.alarms.webhook import Webhook
from credit_scoring.serving.model_switch import SWITCH, ModelSwitch
from credit_scoring.serving.monitoring import monitoring_metrics
from credit_scoring.serving.monitoring.refused_requests import REFUSED, RefusedRequests
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import Settings

if TYPE_CHECKING:
    from credit_scoring.monitoring.summary import SummarySource

MONITORING = "credit_scoring.monitoring"  # name of the Monitoring in app.extensions
SLICE = 200  # records counted at once: some ten milliseconds
SHARE = 0.05  # of one processor that counting may take
TICK = 10.0  # seconds between two flushes of refused requests, and between two looks for deliveries
LONGEST_PAUSE = 60.0  # seconds between two attempts while the database is not available
STOP_TIME = 5.0  # seconds for each thread when the worker stops
log = logging.getLogger(__name__)


class Monitoring:
    """The threads of a worker; created before the fork, started in each worker."""

    def __init__(self, app: Flask, settings: Settings, engine: Engine) -> None:
        """SettingError if the alarm rules or the webhook are not usable."""

        def served() -> KnownModel:
            return KnownModel.of(app.extensions[EXTENSION].bundle)

        self._served = served
        self._switch: ModelSwitch = app.extensions[SWITCH]
        self._period = settings.monitoring_seconds
        self._refused: RefusedRequests = app.extensions[REFUSED]
        self._engine = engine
        self._manifests = KnownManifests(ModelStore(settings.model_store), lambda: [served()])
        self.rules = load_rules(settings.alarm_rules)
        self._aggregator = Aggregator(engine, self._manifests.find_model)
        self._webhook = Webhook.of(settings)
        self._alarm_log = AlarmLog(engine)
        self._stopping = Event()
        self._next_round = 0.0  # time.monotonic()
        self._threads: list[Thread] = []

    @cached_property
    def source(self) -> "SummarySource":
        """Where summaries come from; the statistics are imported when they are first needed."""
        from credit_scoring.monitoring.summary import SummarySource  # noqa: PLC0415

        return SummarySource(self._engine, self._manifests.find, self.rules)

    def start(self) -> None:
        """Start the threads; once per worker, after the fork. Nothing is done here."""
        self._start("monitoring", self._work)
        if self._webhook is not None and self._period:
            self._start("alarm-webhook", self._deliver)

    def stop(self) -> None:
        """End the threads, and store the refused requests."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(STOP_TIME)
        self._threads = []
        try:
            self._refused.flush()
        except StorageError:  # logged where it arises
            log.warning("the last refused requests are not counted")

    def _start(self, name: str, work: Callable[[], None]) -> None:
        thread = Thread(target=self._repeat, args=(work,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _repeat(self, work: Callable[[], None]) -> None:
        """Call `work` again and again, with longer pauses while it fails."""
        usual = min(TICK, self._period or TICK)
        pause = usual
        while not self._stopping.wait(pause):
            try:
                work()
                pause = usual
            except StorageError:  # logged where it arises
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception:
                log.exception("monitoring has failed, and tries again later")
                pause = LONGEST_PAUSE

    def _work(self) -> None:
        self._refused.flush()
        if self._period and time.monotonic() >= self._next_round:
            self._next_round = time.monotonic() + self._period
            self._count()
            if not self._stopping.is_set():
                self._check()

    def _count(self) -> None:
        """Count what is in the queue, for one period at most."""
        while not self._stopping.is_set() and time.monotonic() < self._next_round:
            began = time.perf_counter()
            result = self._aggregator.run(limit=SLICE, chunk=SLICE)
            if not result.records:
                break
            busy = time.perf_counter() - began
            self._stopping.wait(busy * (1 / SHARE - 1))
        monitoring_metrics.show_count(self._engine)

    def _check(self) -> None:
        """Evaluate the alarms of the deployed model; nothing if this process serves another one.

        A check switches the alarms of all other models off.
        """
        if not self._switch.serves_deployed:
            return
        from credit_scoring.monitoring.check import check_alarms  # noqa: PLC0415 - see `source`

        checked = check_alarms(self.source, self._served().manifest)
        monitoring_metrics.show_alarms(checked)
        for change in checked.changes:
            log.warning("alarm %s is %s: %s", change.rule, change.state, change.message)

    def _deliver(self) -> None:
        if self._webhook is not None:
            rules = {rule.name: rule for rule in self.rules}
            deliver_due(self._alarm_log, self._webhook, rules)


def monitoring() -> Monitoring:
    """The monitoring of the current app."""
    current: Monitoring = current_app.extensions[MONITORING]
    return current
