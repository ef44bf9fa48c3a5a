"""Prometheus metrics of all workers together; no label contains an applicant's data.

Under gunicorn each worker writes its metrics to a memory-mapped file (prometheus_client's
multiprocess mode, in the folder that gunicorn.conf.py creates). The worker that answers /metrics
adds up the files of all workers.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.decisions.records import LogEntry
from credit_scoring.deployments.deployment_log import Deployment
from credit_scoring.scoring.decision import Decision
from credit_scoring.serving.middleware.authentication import PUBLIC, requires_scope
from credit_scoring.serving.service import service

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
# The creation time of each metric would double their number.
disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "credit_scoring_requests",
    "Requests, by route, method and status.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
DURATIONS = Histogram(
    "credit_scoring_request_seconds",
    "Time until an answer was ready.",
    ["route"],
    buckets=BUCKETS,
    registry=REGISTRY,
)
PROBLEMS = Counter(
    "credit_scoring_problems",
    "Requests refused or failed, by type of problem.",
    ["problem"],
    registry=REGISTRY,
)
DECISIONS = Counter(
    "credit_scoring_decisions",
    "Decisions committed, by outcome and model.",
    ["decision", "model_version"],
    registry=REGISTRY,
)
WHAT_IFS = Counter(
    "credit_scoring_what_ifs",
    "What-ifs answered by /what-if, which are not decisions, by outcome and model.",
    ["decision", "model_version"],
    registry=REGISTRY,
)
SHADOW_SCORES = Counter(
    "credit_scoring_shadow_scores",
    "Decisions that the challenger scored, by whether it decides alike.",
    ["challenger_version", "agrees"],
    registry=REGISTRY,
)
UNSCORED = Counter(
    "credit_scoring_shadow_unscored",
    "Decisions that the challenger did not score, by reason.",
    ["reason"],
    registry=REGISTRY,
)
CHALLENGER = Gauge(
    "credit_scoring_challenger_loaded",
    "Number of workers that have loaded the challenger.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
DEPLOYMENT = Gauge(
    "credit_scoring_deployment",
    "Number of the deployment whose model is served, the lowest of all workers.",
    registry=REGISTRY,
    multiprocess_mode="livemin",
)
LOG_FAILURES = Counter(
    "credit_scoring_decision_log_failures",
    "Requests that failed because the database could not be used.",
    registry=REGISTRY,
)


class ModelInfo:
    """Collector of the model that this worker has loaded."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    def collect(self) -> Iterator[InfoMetricFamily]:
        """A constant 1 whose labels name the model."""
        labels = {"version": self._manifest.version, "algorithm": self._manifest.algorithm}
        yield InfoMetricFamily("credit_scoring_model", "The model that is served.", value=labels)


def register(app: Flask, access: str) -> None:
    """Add the route /metrics: `access` is "admin", "public" or "off"."""
    if access != "off":
        scope = PUBLIC if access == "public" else "admin"
        app.add_url_rule("/metrics", view_func=requires_scope(scope)(metrics))


def metrics() -> Response:
    """Answer the metrics of all workers in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(ModelInfo(service().bundle.manifest))
    if FOLDER_VARIABLE in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def observe(fields: Mapping[str, Any], seconds: float) -> None:
    """Count a request and its duration, given its fields in the access log."""
    route = fields["route"] or "none"
    _request_counter(route, fields["method"], fields["status"]).inc()
    _duration_histogram(route).observe(seconds)
    if "problem" in fields:
        PROBLEMS.labels(fields["problem"]).inc()
        if fields["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
            LOG_FAILURES.inc()


def count_decisions(entries: Iterable[LogEntry]) -> None:
    """Count decisions that are committed to the log."""
    for entry in entries:
        _decision_counter(entry.decision.decision, entry.decision.model_version).inc()


def count_what_if(decision: Decision) -> None:
    """Count the answer to a what-if, apart from decisions."""
    WHAT_IFS.labels(decision.decision, decision.model_version).inc()


def count_shadow_score(challenger_version: str, *, agrees: bool) -> None:
    """Count a decision that the challenger scored."""
    SHADOW_SCORES.labels(challenger_version, "yes" if agrees else "no").inc()


def count_unscored(reason: str, number: int) -> None:
    """Count decisions that the challenger did not score."""
    if number:
        UNSCORED.labels(reason).inc(number)


def show_challenger(*, loaded: bool) -> None:
    """Show whether this worker has a challenger."""
    CHALLENGER.set(loaded)


def show_deployment(deployment: Deployment | None) -> None:
    """Show which deployment this worker serves; 0 if it serves another model."""
    DEPLOYMENT.set(deployment.number if deployment else 0)


@cache  # bounded: clients cannot add routes, methods or statuses
def _request_counter(route: str, method: str, status: int) -> Counter:
    return REQUESTS.labels(route, method, status)


@cache
def _decision_counter(decision: str, model_version: str) -> Counter:
    return DECISIONS.labels(decision, model_version)


@cache
def _duration_histogram(route: str) -> Histogram:
    return DURATIONS.labels(route)
