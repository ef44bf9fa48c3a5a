"""Recording a command's run: the command ends well, whatever fails in tracking."""

import contextlib
import dataclasses
import http.server
import io
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading

import pytest

from credit_scoring.progress import Progress
from credit_scoring.tracking import record_run as module
from credit_scoring.tracking.client import connect
from credit_scoring.tracking.local_store import LocalStore
from credit_scoring.tracking.log_run import KIND_TAG
from credit_scoring.tracking.record_run import record_run
from credit_scoring.tracking.tracked_run import ROOT

FILES = {"figures/curve.json": b"{}"}
QUIET = Progress(io.StringIO())


class FailingHandler(http.server.BaseHTTPRequestHandler):
    """Answers every request with 500."""

    def do_GET(self):
        self.send_error(500)

    def do_POST(self):
        self.send_error(500)

    def log_message(self, *_arguments):
        pass


@contextlib.contextmanager
def closed_port(_settings):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def silent_server(_settings):
    """Accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def failing_server(_settings):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FailingHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def locked_database(settings):
    """A database in which another process holds a transaction open; MLflow retries for minutes."""
    path = settings.mlflow_tracking_uri.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield settings.mlflow_tracking_uri


def record_with_warning(settings, store, uri):
    """Record a run on a server that does not accept it; the warning. The run waits, complete."""
    lines = []
    unusable = dataclasses.replace(settings, mlflow_tracking_uri=uri)
    with record_run("train", unusable, lines.append, QUIET) as run:
        run.files |= FILES
    (waiting,) = store.waiting()
    (warning,) = lines
    assert warning.startswith(f"Warning: {uri} did not accept the run (")
    assert f"It waits in {store.folder}; later: python model.py track --send" in warning
    assert waiting.data.tags[KIND_TAG] == "train"
    assert len([path for path in store.folder.rglob("curve.json") if path.is_file()]) == 1
    return warning


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (closed_port, "failed with exception"),
        (silent_server, "timed out"),
        (failing_server, "500"),
        (locked_database, "no answer within 4 s"),
    ],
)
def test_unusable_server_leaves_the_run_in_the_local_store(
    settings, store, fault, reason, monkeypatch
):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setattr("credit_scoring.tracking.log_run.MAX_REASON_LENGTH", 1000)
    if fault is locked_database:
        monkeypatch.setattr(module, "LOGGING_TIMEOUT", 4)
    with fault(settings) as uri:
        assert reason in record_with_warning(settings, store, uri)


def test_run_of_a_bundle_is_recorded_completely(settings, runs, bundle_folder):
    lines = []
    with record_run("train", settings, lines.append, QUIET, bundle=bundle_folder) as run:
        run.params["extra"] = 1
    (logged,) = runs()
    params = logged.data.params
    assert lines == [f"Tracked as run {logged.info.run_id}. Look at it: make mlflow"]
    assert logged.data.tags[KIND_TAG] == "train"
    assert params["extra"] == "1"
    assert "held_out/roc_auc" in logged.data.metrics
    assert logged.info.run_name == f"train {params['model_version']}"
    (dataset_input,) = logged.inputs.dataset_inputs
    dataset = dataset_input.dataset
    assert dataset.digest == params["data.fingerprint"][:12]
    assert dataset.source == params["data.source"]


def test_deferred_files_are_made_only_for_tracked_runs(settings, runs):
    """Those that cannot be made are skipped."""
    lines = []
    untracked = dataclasses.replace(settings, tracking=False)
    with record_run("train", untracked, lines.append, QUIET) as run:
        run.deferred_files.append(pytest.fail)
    with record_run("train", settings, lines.append, QUIET) as run:
        run.deferred_files += [lambda: FILES, lambda: {"a": 1 / 0}]
    assert lines[0].startswith(
        "Warning: some of the run's plots could not be made (ZeroDivisionError"
    )
    (logged,) = runs()
    run_id = logged.info.run_id
    assert run_id in lines[-1]
    assert connect(settings.mlflow_tracking_uri).list_artifacts(run_id)[0].path == "figures"


def test_plots_and_upload_are_announced_before_they_begin(settings):
    """Both take seconds."""
    stream = io.StringIO()
    with record_run("train", settings, stream.write, Progress(stream)) as run:
        run.deferred_files.append(lambda: {"plot.png": stream.getvalue().encode()})
    plot = run.files["plot.png"].decode()
    assert plot.endswith("] Drawing the plots of the tracked run …\n")
    steps = re.findall(r"\] (.*) …$", stream.getvalue(), re.MULTILINE)
    assert steps[1:] == [f"Tracking the run in {settings.mlflow_tracking_uri}"]


def test_failed_command_is_not_recorded(settings, runs):
    with pytest.raises(ZeroDivisionError), record_run("train", settings, pytest.fail, QUIET):
        raise ZeroDivisionError
    assert runs() == []
    assert LocalStore(settings.spool_path).waiting() == []


def test_missing_mlflow_is_reported_in_one_line(settings, monkeypatch):
    monkeypatch.setattr(module, "is_installed", lambda: False)
    lines = []
    with record_run("train", settings, lines.append, QUIET):
        pass
    assert lines == ["Not tracked: MLflow is not installed (make lab installs it)."]
    assert not settings.spool_path.exists()


@pytest.mark.parametrize(("enabled", "setting"), [(False, True), (True, False)])
def test_disabled_tracking_records_nothing(settings, runs, enabled, setting):
    chosen = dataclasses.replace(settings, tracking=setting)
    with record_run("train", chosen, pytest.fail, QUIET, enabled=enabled):
        pass
    assert runs() == []
    assert not settings.spool_path.exists()


def test_unwritable_local_store_only_warns(settings, tmp_path):
    (tmp_path / "file").write_text("")
    unusable = dataclasses.replace(
        settings, spool_path=tmp_path / "file", mlflow_tracking_uri="http://127.0.0.1:9"
    )
    lines = []
    with record_run("train", unusable, lines.append, QUIET):
        pass
    assert lines[0].startswith("Warning: the run was not tracked (FileExistsError")


def test_interrupted_logging_leaves_the_run_waiting(settings, store, monkeypatch):
    def interrupted(_run, _uri):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_log_with_timeout", interrupted)
    lines = []
    with record_run("train", settings, lines.append, QUIET):
        pass
    assert "did not accept the run (KeyboardInterrupt)" in lines[0]
    assert len(store.waiting()) == 1


def test_recording_is_quiet_and_sends_no_telemetry(settings):
    """In a process of its own: MLflow writes nothing, and its telemetry is disabled."""
    code = (
        "import os\n"
        "from io import StringIO\n"
        "from credit_scoring.progress import Progress\n"
        "from credit_scoring.settings import load_settings\n"
        "from credit_scoring.tracking.record_run import record_run\n"
        "with record_run('train', load_settings(os.environ), str, Progress(StringIO())):\n"
        "    pass\n"
        "assert os.environ['MLFLOW_DISABLE_TELEMETRY'] == 'true'\n"
    )
    environ = {
        **os.environ,
        "MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri,
        "CREDIT_SCORING_SPOOL_PATH": str(settings.spool_path),
        "CREDIT_SCORING_TRACKING": "on",
    }
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert (process.stdout, process.stderr) == ("", "")
    assert not settings.spool_path.exists()
