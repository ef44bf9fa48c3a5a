"""The local store: a waiting run is uploaded once and completely, whatever fails or is killed."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.tracking.client import connect
from credit_scoring.tracking.local_store import LocalStore, label_of
from credit_scoring.tracking.tracked_run import ROOT
from tests.server_process import PATIENCE

UNREACHABLE = "http://127.0.0.1:9"


def test_upload_moves_the_run_to_the_server(store, uri, runs, make_run):
    run = make_run()
    store.add(run)
    (upload,) = store.upload(uri)
    (logged,) = runs()
    assert upload.run_id == logged.info.run_id
    assert logged.data.tags["credit_scoring.identity"] == run.identity
    assert connect(uri).list_artifacts(upload.run_id)[0].path == "figures"
    assert store.waiting() == []
    assert not [path for path in store.folder.rglob("curve.json") if path.is_file()]


def test_newest_run_is_listed_first(store, make_run):
    for began in (1e9, 2e9):
        store.add(make_run(began=began))
    assert [label_of(run)[:8] for run in store.waiting()] == ["20330518", "20010909"]


def test_store_without_runs_has_none_waiting(tmp_path):
    assert LocalStore(tmp_path / "missing").waiting() == []


def test_run_killed_before_its_removal_is_not_uploaded_twice(
    store, uri, runs, make_run, monkeypatch
):
    store.add(make_run())
    with monkeypatch.context() as patched:
        patched.setattr("mlflow.MlflowClient.delete_run", lambda *_arguments: None)
        list(store.upload(uri))
    list(store.upload(uri))
    assert len(runs()) == 1
    assert store.waiting() == []


def test_damaged_run_does_not_stop_the_others(store, uri, runs, make_run):
    store.add(make_run(began=2e9))
    store.add(make_run(began=1e9))
    (damaged, _) = store.waiting()
    with contextlib.closing(sqlite3.connect(store.folder / "mlflow.db")) as connection:
        unreadable = "UPDATE runs SET artifact_uri = 'unknown://place' WHERE run_uuid = ?"
        connection.execute(unreadable, [damaged.info.run_id])
        connection.commit()
    uploads = list(store.upload(uri))
    assert [bool(upload.run_id) for upload in uploads] == [False, True]
    assert [run.info.run_id for run in store.waiting()] == [damaged.info.run_id]
    assert len(runs()) == 1


def test_killed_upload_loses_and_duplicates_nothing(store, settings, uri, runs, make_run):
    """SIGKILL as soon as the first run is created on the server; then a complete upload."""
    files = {f"{i}.txt": b"x" * 1000 for i in range(200)}
    for began in range(2):
        store.add(make_run(began=1e9 + began, files=files))
    environ = {
        **os.environ,
        "MLFLOW_TRACKING_URI": uri,
        "CREDIT_SCORING_SPOOL_PATH": str(settings.spool_path),
    }
    command = [sys.executable, "model.py", "track", "--send"]
    with subprocess.Popen(command, cwd=ROOT, env=environ) as process:
        deadline = time.monotonic() + PATIENCE
        while not count_runs(uri) and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert len(store.waiting()) >= 1
    assert all(upload.run_id for upload in store.upload(uri))
    assert store.waiting() == []
    assert len(runs()) == 2
    for run in runs():
        assert run.info.status == "FINISHED"
        assert len(connect(uri).list_artifacts(run.info.run_id)) == 200


def count_runs(uri):
    """The number of runs, read from the database itself because MLflow is too slow."""
    with contextlib.closing(sqlite3.connect(uri.removeprefix("sqlite:///"))) as connection:
        return connection.execute("SELECT count(*) FROM runs").fetchone()[0]


class TestTrackCommand:
    @pytest.fixture
    def track(self, settings, monkeypatch):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", settings.mlflow_tracking_uri)
        monkeypatch.setenv("CREDIT_SCORING_SPOOL_PATH", str(settings.spool_path))

        def run(*arguments):
            result = CliRunner().invoke(model.cli, ["track", *arguments])
            return result.exit_code, result.stdout

        return run

    def test_track_lists_and_uploads_waiting_runs(self, track, store, settings, runs, make_run):
        store.add(make_run())
        label = label_of(store.waiting()[0])
        first_line = (
            f"Runs are tracked in {settings.mlflow_tracking_uri}; 1 wait in {store.folder}."
        )
        assert track() == (0, f"{first_line}\n  {label}\n")
        exit_code, output = track("--send")
        (logged,) = runs()
        assert exit_code == 0
        assert f"{label}: run {logged.info.run_id}" in output
        assert track("--send")[0] == 0

    def test_failed_upload_gives_exit_code_1(self, track, store, make_run, monkeypatch):
        store.add(make_run())
        label = label_of(store.waiting()[0])
        monkeypatch.setenv("MLFLOW_TRACKING_URI", UNREACHABLE)
        exit_code, output = track("--send")
        assert exit_code == 1
        assert f"{label}: still waits (" in output
