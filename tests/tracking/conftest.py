"""A tracking database of one's own for every test, copied from one that is made once: making it takes seconds."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from credit_scoring.settings import load_settings
from credit_scoring.tracking import record, sync
from credit_scoring.tracking.client import connect, experiment
from credit_scoring.tracking.spool import Spool


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
    given = load_settings(
        {"MLFLOW_TRACKING_URI": uri, "CREDIT_SCORING_SPOOL_PATH": str(tmp_path / "spool")}
    )
    return dataclasses.replace(given, tracking=True)


@pytest.fixture
def in_one_process(monkeypatch):
    """Sending without a process of its own, which would load MLflow again: seconds in every test."""

    def sent(settings, **_patience):
        return list(sync.send_waiting(settings.mlflow_tracking_uri, Spool(settings.spool_path)))

    for module in (record, sync):
        monkeypatch.setattr(module, "send_apart", sent)


@pytest.fixture
def runs(uri):
    """Every run that MLflow has."""
    client = connect(uri)
    return lambda: list(client.search_runs([experiment(client, uri)]))
