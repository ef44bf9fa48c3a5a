"""A local MLflow store for runs that the tracking server did not accept, uploaded later."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from credit_scoring.files import folder_lock
from credit_scoring.tracking.client import SQLITE, connect, get_or_create_experiment
from credit_scoring.tracking.log_run import (
    FINISHED,
    IDENTITY_TAG,
    KIND_TAG,
    log_run,
    read_run,
    reason_of,
)
from credit_scoring.tracking.tracked_run import TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


@dataclass(frozen=True)
class Upload:
    """The outcome of uploading one run: its identifier on the server, or None and the error."""

    label: str
    run_id: str | None
    error: str = ""


class LocalStore:
    """An SQLite database and a folder of files, both in `folder`; created by the first `add`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database = folder / "mlflow.db"
        self._uri = f"{SQLITE}{self._database.absolute()}"

    def add(self, run: TrackedRun) -> None:
        """Store a run until it is uploaded."""
        self.folder.mkdir(parents=True, exist_ok=True)
        client = connect(self._uri)
        log_run(client, get_or_create_experiment(client, self._uri), run)

    def waiting(self) -> list["Run"]:
        """The runs that are not uploaded yet, newest first."""
        if not self._database.exists():
            return []
        return self._finished(connect(self._uri))

    def _finished(self, client: "MlflowClient") -> list["Run"]:
        experiment_id = get_or_create_experiment(client, self._uri)
        finished = f"attributes.status = '{FINISHED}'"
        return list(client.search_runs([experiment_id], finished, order_by=["start_time DESC"]))

    def upload(self, uri: str) -> Iterator[Upload]:
        """Upload every waiting run, newest first; a run that fails does not stop the others.

        Holds a lock, so that two processes do not create the same run. A killed upload is
        completed by the next one.
        """
        with folder_lock(self.folder):
            runs = self.waiting()
            try:
                server = connect(uri)
                experiment_id = get_or_create_experiment(server, uri)
            except Exception as error:  # noqa: BLE001 - whatever it is, the runs keep waiting
                yield from (Upload(label_of(run), None, reason_of(error)) for run in runs)
                return
            for run in runs:
                yield self._upload(run, server, experiment_id)

    def _upload(self, run: "Run", server: "MlflowClient", experiment_id: str) -> Upload:
        store = connect(self._uri)
        try:
            run_id = log_run(server, experiment_id, read_run(store, run))
            store.delete_run(run.info.run_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run keeps waiting
            return Upload(label_of(run), None, reason_of(error))
        shutil.rmtree(url2pathname(urlsplit(run.info.artifact_uri).path), ignore_errors=True)
        return Upload(label_of(run), run_id)


def label_of(run: "Run") -> str:
    """A short name for messages: start time, command and the first digits of the identity."""
    began = datetime.fromtimestamp(run.info.start_time / 1000, UTC)
    tags = run.data.tags
    return f"{began:%Y%m%dT%H%M%S}-{tags[KIND_TAG]}-{tags[IDENTITY_TAG][:8]}"
