"""Numbers for Prometheus: one count for all workers, of few labels, without an applicant's data.

Under gunicorn each worker writes its numbers to a file that it maps into its memory (prometheus_client's
multiprocess mode, in the folder that gunicorn.conf.py makes); whichever worker is asked adds up the files of all.
"""

import os
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from credit_scoring.decisions.records import Entry
from credit_scoring.serving.middleware.authentication import PUBLIC, asks
from credit_scoring.serving.service import Service, service

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
disable_created_metrics()  # type: ignore[no-untyped-call] # when each count began: as many numbers again
OWN = CollectorRegistry()
REQUESTS = Counter(
    "credit_scoring_requests",
    "Requests, by route, method and status.",
    ["route", "method", "status"],
    registry=OWN,
)
SECONDS = Histogram(
    "credit_scoring_request_seconds",
    "Time until an answer was ready.",
    ["route"],
    buckets=BOUNDS,
    registry=OWN,
)
PROBLEMS = Counter(
    "credit_scoring_problems",
    "Requests refused or failed, by the kind of problem.",
    ["problem"],
    registry=OWN,
)
DECISIONS = Counter(
    "credit_scoring_decisions",
    "Decisions committed, by outcome and model.",
    ["decision", "model_version"],
    registry=OWN,
)
LOG_FAILURES = Counter(
    "credit_scoring_decision_log_failures",
    "Requests the database could not be used for.",
    registry=OWN,
)


class ModelInfo:
    """Which model the worker that is asked has loaded."""

    def __init__(self, current: Service) -> None:
        self._manifest = current.bundle.manifest

    def collect(self) -> Iterator[InfoMetricFamily]:
        """One number, 1, whose labels say it."""
        about = {"version": self._manifest.version, "algorithm": self._manifest.algorithm}
        yield InfoMetricFamily("credit_scoring_model", "The model that is served.", value=about)


def register(app: Flask, access: str) -> None:
    """Give `app` the route /metrics for admin keys or for everybody ("public"), unless it is "off"."""
    if access != "off":
        app.add_url_rule(
            "/metrics", view_func=asks(PUBLIC if access == "public" else "admin")(metrics)
        )


def metrics() -> Response:
    """The numbers of all workers, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(ModelInfo(service()))
    if FOLDER in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(OWN)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def observe(about: Mapping[str, Any], seconds: float) -> None:
    """Count a request by what the log says `about` it."""
    requests, times = _counted(about["route"] or "none", about["method"], about["status"])
    requests.inc()
    times.observe(seconds)
    if "problem" in about:
        PROBLEMS.labels(about["problem"]).inc()
        if about["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
            LOG_FAILURES.inc()


def decided(entries: Iterable[Entry]) -> None:
    """Count decisions that stand in the log."""
    found = Tally((entry.decision.decision, entry.decision.model_version) for entry in entries)
    for labels, number in found.items():
        DECISIONS.labels(*labels).inc(number)


@cache  # few: of routes, methods and statuses no client makes more
def _counted(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, method, status), SECONDS.labels(route)
