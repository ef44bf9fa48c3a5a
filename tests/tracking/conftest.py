"""Tracking databases copied from one empty database, since creating one takes seconds."""

import dataclasses
import shutil
import time
from pathlib import Path

import pytest

from credit_scoring.settings import load_settings
from credit_scoring.tracking import record_run
from credit_scoring.tracking.client import connect, get_or_create_experiment
from credit_scoring.tracking.local_store import LocalStore
from credit_scoring.tracking.tracked_run import TrackedRun
from tests.server_process import PATIENCE

RUN_FILES = {"figures/curve.json": b"{}"}


@pytest.fixture(autouse=True)
def _patient_logging(monkeypatch):
    monkeypatch.setattr(record_run, "LOGGING_TIMEOUT", PATIENCE)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    connect(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def uri(empty_database, tmp_path) -> str:
    return f"sqlite:///{shutil.copy(empty_database, tmp_path / 'mlflow.db')}"


@pytest.fixture
def settings(uri, tmp_path):
    environ = {"MLFLOW_TRACKING_URI": uri, "CREDIT_SCORING_SPOOL_PATH": str(tmp_path / "spool")}
    return dataclasses.replace(load_settings(environ), tracking=True)


@pytest.fixture
def store(empty_database, settings) -> LocalStore:
    """A local store whose database exists already."""
    settings.spool_path.mkdir()
    shutil.copy(empty_database, settings.spool_path / "mlflow.db")
    return LocalStore(settings.spool_path)


@pytest.fixture
def runs(uri):
    """Returns the runs on the tracking server."""
    client = connect(uri)
    return lambda: list(client.search_runs([get_or_create_experiment(client, uri)]))


@pytest.fixture
def make_run():
    """Makes a run with a parameter, a metric and a file, overridden by keyword arguments."""

    def make(kind="train", **overrides):
        content = {
            "params": {"seed": 0},
            "metrics": {"held_out/roc_auc": 0.75},
            "files": dict(RUN_FILES),
            "ended": time.time(),
        }
        return TrackedRun(kind, **{**content, **overrides})

    return make
