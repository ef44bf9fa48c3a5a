"""Logs a run to an MLflow server or database, and reads it back.

Logging is idempotent: a run is found again by its identity, so a second attempt completes the
first. Parameters, metrics (same step and time) and files do not change when logged again.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credit_scoring.tracking.client import without_password
from credit_scoring.tracking.tracked_run import TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Run

IDENTITY_TAG = "credit_scoring.identity"
KIND_TAG = "credit_scoring.kind"
FINISHED = "FINISHED"
BATCH_SIZE = 100  # parameters or metrics per request: MLflow's limit for parameters
MAX_PARAM_LENGTH = 500  # characters
MAX_REASON_LENGTH = 200  # characters
FINGERPRINT_DIGITS = 12


def log_run(client: "MlflowClient", experiment_id: str, run: TrackedRun) -> str:
    """Log a run, unless it was logged before; its identifier in MLflow."""
    same_identity = f"tags.`{IDENTITY_TAG}` = '{run.identity}'"
    earlier = client.search_runs([experiment_id], same_identity, max_results=1)
    if earlier and earlier[0].info.status == FINISHED:
        return str(earlier[0].info.run_id)
    run_id = str(earlier[0].info.run_id) if earlier else _create(client, experiment_id, run)
    _log_values(client, run_id, run)
    _log_files(client, run_id, run.files)
    client.set_terminated(run_id, FINISHED, round(1000 * run.ended))
    return run_id


def _create(client: "MlflowClient", experiment_id: str, run: TrackedRun) -> str:
    """Create the run together with its identity, in one request."""
    tags = {
        IDENTITY_TAG: run.identity,
        KIND_TAG: run.kind,
        "mlflow.source.name": f"model.py {run.kind}",
        **run.tags,
    }
    created = client.create_run(experiment_id, round(1000 * run.began), tags, run.name)
    return str(created.info.run_id)


def _log_values(client: "MlflowClient", run_id: str, run: TrackedRun) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    end_time = round(1000 * run.ended)
    params: list[Param] = [Param(name, _as_text(value)) for name, value in run.params.items()]
    metrics: list[Metric] = [
        Metric(name, value, end_time, 0) for name, value in run.metrics.items()
    ]
    for start in range(0, max(len(params), len(metrics)), BATCH_SIZE):
        batch = slice(start, start + BATCH_SIZE)
        client.log_batch(run_id, metrics=metrics[batch], params=params[batch])
    if "data.fingerprint" in run.params:
        client.log_inputs(run_id, [_dataset(run.params)])


def _log_files(client: "MlflowClient", run_id: str, files: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        client.log_artifacts(run_id, folder)


def _dataset(params: Mapping[str, Any]) -> "DatasetInput":
    """The data set as MLflow lists it: its file name and the first digits of its fingerprint."""
    from mlflow.entities import Dataset, DatasetInput  # noqa: PLC0415

    source = str(params["data.source"])
    fingerprint = params["data.fingerprint"][:FINGERPRINT_DIGITS]
    return DatasetInput(Dataset(Path(source).name, fingerprint, "local", source))


def _as_text(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= MAX_PARAM_LENGTH else f"{text[: MAX_PARAM_LENGTH - 1]}…"


def read_run(client: "MlflowClient", logged: "Run") -> TrackedRun:
    """The run that `log_run` logged; logged elsewhere, it has the same content and identity."""
    tags = dict(logged.data.tags)
    with tempfile.TemporaryDirectory() as folder:
        client.download_artifacts(logged.info.run_id, "", folder)
        paths = [path for path in Path(folder).rglob("*") if path.is_file()]
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return TrackedRun(
        tags[KIND_TAG], params=dict(logged.data.params), metrics=dict(logged.data.metrics),
        tags=tags, files=files, identity=tags[IDENTITY_TAG],
        began=logged.info.start_time / 1000, ended=logged.info.end_time / 1000,
    )  # fmt: skip


def reason_of(error: BaseException) -> str:
    """The first line of an error, without passwords, short enough to show in a message."""
    text = str(error).strip() or type(error).__name__
    return without_password(text.splitlines()[0])[:MAX_REASON_LENGTH]
