"""Switches a worker to the model that was deployed last, while it serves.

Each worker polls the log of deployments in a thread of its own and loads a new model outside the
path of requests; then one reference is replaced. Requests in progress end with the old model.
"""

import gc
import logging
import time
from threading import Event, Lock, Thread

from flask import Flask, current_app

from credit_scoring.deployments.deployer import Deployer
from credit_scoring.deployments.deployment_log import Deployment
from credit_scoring.deployments.model_at_start import ModelAtStart
from credit_scoring.errors import BundleError, SourceError, StorageError
from credit_scoring.serving.answers import ModelState
from credit_scoring.serving.middleware import metrics
from credit_scoring.serving.service import EXTENSION, Service

SWITCH = "credit_scoring.model_switch"  # name of the ModelSwitch in app.extensions
POLL_PERIOD = 0.5  # seconds
LONGEST_PAUSE = 5  # seconds between two polls while the database is not available
RETRY_AFTER = 30  # seconds until a deployed model that could not be loaded is tried again
log = logging.getLogger(__name__)


class ModelSwitch:
    """The model that this process serves; for use by several threads, inherited by forks."""

    def __init__(self, app: Flask, deployer: Deployer, start: ModelAtStart) -> None:
        self.deployer = deployer
        self._app = app
        self._lock = Lock()
        self._stopped = Event()
        self._served = start.deployment
        self._failed: Deployment | None = None  # the one that could not be loaded
        self._retry_at = 0.0  # time.monotonic()
        self._source_reached = start.source_reached

    @property
    def serves_deployed(self) -> bool:
        """Whether this process serves the deployed model, as far as it knows."""
        return self._failed is None and self._served is not None

    @property
    def served(self) -> Deployment | None:
        """The deployment that this process serves; None if it serves another bundle."""
        return self._served

    @property
    def state(self) -> ModelState:
        """Whether this process serves the deployed model, and whether its source was reached."""
        if not self.serves_deployed:
            return "deployed version not loaded"
        return "ok" if self._source_reached else "source unreachable"

    def start(self) -> None:
        """Serve the deployed model, then follow the log in a thread; once per worker, forked."""
        try:
            self.follow(may_fetch=False)
        except StorageError as error:
            log.warning("the deployed model is not known yet: %s", error)
        metrics.show_deployment(self._served)
        Thread(target=self._watch, name="model-switch", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def follow(self, *, may_fetch: bool = True) -> None:
        """Switch to the newest deployment, unless it is served; StorageError if it is not known.

        If its model cannot be loaded, the present one stays.
        """
        with self._lock:  # from the reading on: an older reading must not win
            newest = self.deployer.log.newest()
            if newest is None or not self._is_due(newest):
                return
            try:
                self._switch(newest, may_fetch=may_fetch)
            except (BundleError, SourceError) as error:
                self._note_failure(newest, error, is_final=may_fetch)
                return
        # The old model consists of reference cycles, about 1 MB: without a collection (20 ms) it
        # would stay until the next one of the oldest generation.
        gc.collect()

    def _is_due(self, newest: Deployment) -> bool:
        """Whether to load it. Its number may be lower: the database may be an older copy."""
        if newest == self._served:
            self._failed = None
            return False
        return newest != self._failed or time.monotonic() >= self._retry_at

    def _switch(self, deployment: Deployment, *, may_fetch: bool) -> None:
        old: Service = self._app.extensions[EXTENSION]
        if self._served is None or self._served.digest != deployment.digest:
            bundle = self.deployer.library.load(deployment, may_fetch=may_fetch)
            self._app.extensions[EXTENSION] = Service.of(bundle, old.log)
        self._served = deployment
        self._failed = None
        self._source_reached = True
        metrics.show_deployment(deployment)
        log.info(
            "model switched", extra={
                "deployment": deployment.number, "from": old.scorer.version,
                "to": deployment.version, "who": deployment.who,
            },
        )  # fmt: skip

    def _note_failure(self, deployment: Deployment, error: Exception, *, is_final: bool) -> None:
        if is_final:
            self._retry_at = time.monotonic() + RETRY_AFTER
        if self._failed != deployment:
            self._failed = deployment
            log.error(
                "version %s of deployment %d cannot be loaded, the present model stays: %s",
                deployment.version, deployment.number, error,
            )  # fmt: skip

    def _watch(self) -> None:
        pause = POLL_PERIOD
        while not self._stopped.wait(pause):
            try:
                self.follow()
                pause = POLL_PERIOD
            except StorageError:  # logged where it arises
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception:
                log.exception("the log of deployments cannot be followed")
                pause = LONGEST_PAUSE


def model_switch() -> ModelSwitch:
    """The switch of the current app."""
    switch: ModelSwitch = current_app.extensions[SWITCH]
    return switch
