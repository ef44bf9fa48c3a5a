"""MLflow's client, configured to fail fast, log little and send no telemetry."""

import importlib.util
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "credit-scoring"
SQLITE = "sqlite:///"
# The environment overrides each of these. By default MLflow repeats a request for minutes.
CLIENT_DEFAULTS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


def is_installed() -> bool:
    """Whether MLflow can be imported; requirements-lab.txt has it."""
    return importlib.util.find_spec("mlflow") is not None


def connect(uri: str) -> "MlflowClient":
    """A client of the tracking server or database at `uri`, which also holds the registry."""
    for name, value in CLIENT_DEFAULTS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient  # noqa: PLC0415 - takes seconds

    # This module sets its own level and logs the creation of every table.
    logging.getLogger("mlflow.store.db.utils").disabled = True
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def get_or_create_experiment(client: "MlflowClient", uri: str) -> str:
    """The identifier of the experiment that holds every run."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        return client.create_experiment(EXPERIMENT, _artifact_location(uri))
    return str(experiment.experiment_id)


def _artifact_location(uri: str) -> str | None:
    """A folder next to an SQLite database; None lets the server choose."""
    if not uri.startswith(SQLITE):
        return None
    database = Path(uri.removeprefix(SQLITE)).resolve()
    return (database.parent / "mlruns" / EXPERIMENT).as_uri()


def without_password(text: str) -> str:
    """The text with user and password removed from every address in it.

    >>> without_password("postgresql://ada:secret@db/mlflow")
    'postgresql://db/mlflow'
    """
    return re.sub(r"(?<=://)[^/\s]*@", "", text)
