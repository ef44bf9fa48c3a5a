"""Sending records to MLflow, in a process of its own that may hang, crash or be killed: a record is sent once.

A record's run is found again by its identity, so a second attempt completes what the first began: parameters,
metrics (same step and time) and files that are there already are the same after they are logged again.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credit_scoring.settings import Settings, load_settings
from credit_scoring.tracking.client import connect, experiment
from credit_scoring.tracking.spool import FILES, Spool, read, remove
from credit_scoring.tracking.tracked_run import ROOT, Run

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

IDENTITY, KIND = "credit_scoring.identity", "credit_scoring.kind"
PATIENCE = 60  # seconds a command that has done its work waits for the sending of its run
MOST_AT_ONCE = 100  # parameters or metrics in a request
LONGEST, LONGEST_REASON = 500, 200  # characters of a parameter, and of why a record waits on
DIGITS = 12  # of a fingerprint, where people read it
FINISHED = "FINISHED"


@dataclass(frozen=True)
class Sent:
    """What became of a record: its name, and the run that it is now, or why it waits on."""

    record: str
    run_id: str | None
    error: str = ""


def send_apart(settings: Settings, patience: float | None = PATIENCE) -> list[Sent]:
    """Send what waits from a process of its own; what became of each record, as far as `patience` seconds suffice."""
    environ = {
        **os.environ, "MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri, "PYTHONPATH": str(ROOT),
        "CREDIT_SCORING_SPOOL_PATH": str(settings.spool_path),
    }  # fmt: skip
    command = [sys.executable, "-W", "ignore", "-m", __name__]
    try:
        done = subprocess.run(  # noqa: S603
            command, env=environ, capture_output=True, text=True, timeout=patience, check=False
        )
        output, failure = (
            done.stdout,
            (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1],
        )
    except subprocess.TimeoutExpired as error:
        output, failure = (error.stdout or b"").decode(), f"no answer within {patience:.0f} s"
    sent = [Sent(**json.loads(line)) for line in output.splitlines() if line.startswith("{")]
    told = {one.record for one in sent}
    return sent + [Sent(record.name, None, failure) for record in Spool(settings.spool_path).records()
                   if record.name not in told]  # fmt: skip


def send_waiting(uri: str, spool: Spool) -> Iterator[Sent]:
    """Send every record, the newest first. One that is refused does not hold up the others."""
    with spool.alone():
        records = spool.records()
        try:
            client = connect(uri)
            place = experiment(client, uri)
        except Exception as error:  # noqa: BLE001 - whatever it is, the records wait on
            yield from (Sent(record.name, None, reason_of(error)) for record in records)
            return
        for record in records:
            try:
                run_id = send(client, place, read(record), record / FILES)
                remove(record)
            except Exception as error:  # noqa: BLE001
                yield Sent(record.name, None, reason_of(error))
            else:
                yield Sent(record.name, run_id)


def send(client: "MlflowClient", place: str, run: Run, files: Path) -> str:
    """Log a run into the experiment `place` with what stands in `files`; its identifier at MLflow."""
    found = client.search_runs([place], f"tags.`{IDENTITY}` = '{run.identity}'", max_results=1)
    if found and found[0].info.status == FINISHED:
        return str(found[0].info.run_id)
    run_id = str(found[0].info.run_id) if found else _begin(client, place, run)
    _log(client, run_id, run)
    if files.is_dir():
        client.log_artifacts(run_id, str(files))
    client.set_terminated(run_id, FINISHED, round(1000 * run.ended))
    return run_id


def _begin(client: "MlflowClient", place: str, run: Run) -> str:
    """Make the run, its identity with it in one step."""
    tags = {
        IDENTITY: run.identity,
        KIND: run.kind,
        "mlflow.source.name": f"model.py {run.kind}",
        **run.tags,
    }
    begun = client.create_run(place, round(1000 * run.began), tags, run.name)
    return str(begun.info.run_id)


def _log(client: "MlflowClient", run_id: str, run: Run) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    when = round(1000 * run.ended)
    params: list[Any] = [Param(name, _short(value)) for name, value in run.params.items()]
    metrics: list[Any] = [Metric(name, value, when, 0) for name, value in run.metrics.items()]
    for start in range(0, max(len(params), len(metrics)), MOST_AT_ONCE):
        part = slice(start, start + MOST_AT_ONCE)
        client.log_batch(run_id, metrics=metrics[part], params=params[part])
    if "data.fingerprint" in run.params:
        client.log_inputs(run_id, [_dataset(run.params)])


def _dataset(params: Mapping[str, Any]) -> "DatasetInput":
    """The data as MLflow's lists show them, by the name of the place and the first digits of the fingerprint."""
    from mlflow.entities import Dataset, DatasetInput  # noqa: PLC0415

    source = str(params["data.source"])
    return DatasetInput(
        Dataset(Path(source).name, params["data.fingerprint"][:DIGITS], "local", source)
    )


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def reason_of(error: Exception) -> str:
    """The first line of an error, short enough for a person."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:LONGEST_REASON]


if __name__ == "__main__":
    given = load_settings(os.environ)
    for outcome in send_waiting(given.mlflow_tracking_uri, Spool(given.spool_path)):
        print(json.dumps(asdict(outcome)), flush=True)  # noqa: T201
