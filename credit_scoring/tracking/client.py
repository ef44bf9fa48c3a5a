"""MLflow's client, told to fail soon, to say little and to report nothing about us to its makers."""

import importlib.util
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "credit-scoring"
SQLITE = "sqlite:///"
# Each may be set otherwise in the environment. By default MLflow repeats a request for minutes; a request that was
# answered too late and is repeated would make a second run.
MANNERS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
}


def is_installed() -> bool:
    """Whether MLflow can be imported; requirements-lab.txt has it."""
    return importlib.util.find_spec("mlflow") is not None


def connect(uri: str) -> "MlflowClient":
    """A client of the tracking server or database at `uri`."""
    for name, value in MANNERS.items():
        os.environ.setdefault(name, value)
    import mlflow.store.db.utils as database  # noqa: PLC0415 - seconds, and only where it is used
    from mlflow import MlflowClient  # noqa: PLC0415

    logging.getLogger(database.__name__).setLevel(logging.ERROR)  # it tells of every table that it makes
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def experiment(client: "MlflowClient", uri: str) -> str:
    """The identifier of our experiment, made where there is none."""
    found = client.get_experiment_by_name(EXPERIMENT)
    return client.create_experiment(EXPERIMENT, _artifacts(uri)) if found is None else str(found.experiment_id)


def _artifacts(uri: str) -> str | None:
    """Where files go: beside an SQLite database; elsewhere the server knows."""
    if not uri.startswith(SQLITE):
        return None
    return (Path(uri.removeprefix(SQLITE)).resolve().parent / "mlruns" / EXPERIMENT).as_uri()


def without_password(uri: str) -> str:
    """The address as it may be shown.

    >>> without_password("postgresql://ada:secret@db/mlflow")
    'postgresql://db/mlflow'
    """
    scheme, separator, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
