"""A worker's threads next to its requests: started after the fork, stopped at its end."""

from collections.abc import Iterator
from typing import Protocol

from flask import Flask

from credit_scoring.serving.model_switch import SWITCH
from credit_scoring.serving.monitoring.monitoring_thread import MONITORING
from credit_scoring.serving.shadow.shadow_scoring import SHADOW

NAMES = (SWITCH, SHADOW, MONITORING)  # in app.extensions, in the order of start and stop


class _Background(Protocol):
    def start(self) -> None:
        """Start its threads."""

    def stop(self) -> None:
        """End its threads."""


def start_in_worker(app: Flask) -> None:
    """Start what `app` has: benchmarks serve other apps, and an app may have no challenger."""
    for background in _of(app):
        background.start()


def stop_in_worker(app: Flask) -> None:
    """Stop what `app` has."""
    for background in _of(app):
        background.stop()


def _of(app: Flask) -> Iterator[_Background]:
    backgrounds = (app.extensions.get(name) for name in NAMES)
    return (background for background in backgrounds if background is not None)
