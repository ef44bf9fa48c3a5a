"""MLflow's client, told to fail soon, to say little and to report nothing about us to its makers."""

import importlib.util
import logging
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "credit-scoring"
SQLITE = "sqlite:///"
PORTS = {"http": 80, "https": 443}
KNOCKING = 3  # seconds that a server has to take a connection
# Each may be set otherwise in the environment. By default MLflow repeats a request for minutes; a request that was
# answered too late and is repeated would make a second run.
MANNERS = {
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
    """A client of the tracking server or database at `uri`; ConnectionError where no server listens there."""
    _knock(uri)
    for name, value in MANNERS.items():
        os.environ.setdefault(name, value)
    import mlflow.store.db.utils as database  # noqa: PLC0415 - seconds, and only where it is used
    from mlflow import MlflowClient  # noqa: PLC0415

    logging.getLogger(database.__name__).setLevel(
        logging.ERROR
    )  # it tells of every table that it makes
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _knock(uri: str) -> None:
    """Find a server that is down at once: MLflow would first take seconds to load. A proxy knows by itself."""
    url = urlsplit(uri)
    if (
        url.scheme not in PORTS
        or not url.hostname
        or (url.scheme in getproxies() and not proxy_bypass(url.hostname))
    ):
        return
    place = (url.hostname, url.port or PORTS[url.scheme])
    try:
        socket.create_connection(place, KNOCKING).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConnectionError(f"nothing listens at {place[0]}:{place[1]}: {reason}") from error


def experiment(client: "MlflowClient", uri: str) -> str:
    """The identifier of our experiment, made where there is none."""
    found = client.get_experiment_by_name(EXPERIMENT)
    return (
        client.create_experiment(EXPERIMENT, _artifacts(uri))
        if found is None
        else str(found.experiment_id)
    )


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
