"""Sending: once and whole, whatever fails or is killed; and a command that did its work ends well all the same."""

import contextlib
import dataclasses
import http.server
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from functools import partial

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.tracking import record
from credit_scoring.tracking import sync as module
from credit_scoring.tracking.client import connect, experiment
from credit_scoring.tracking.record import tracked
from credit_scoring.tracking.spool import FILES, Spool
from credit_scoring.tracking.sync import send_apart, send_waiting
from credit_scoring.tracking.tracked_run import ROOT, Run

FILE = {"figures/curve.json": b"{}"}


def some_run(kind="train", **more):
    facts = {
        "params": {"seed": 0},
        "metrics": {"held_out/roc_auc": 0.75},
        "files": FILE,
        "ended": time.time(),
    }
    return Run(kind, **{**facts, **more})


class TestSending:
    def test_logs_all_that_the_run_tells_and_empties_the_spool(self, uri, tmp_path, runs):
        run = some_run(
            params={f"p{i}": i for i in range(150)},
            tags={"git_dirty": "true"},
            began=1e9,
            ended=1e9 + 60,
        )
        spool = Spool(tmp_path / "spool")
        spool.write(run)
        (outcome,) = send_waiting(uri, spool)
        (found,) = runs()
        assert outcome.run_id == found.info.run_id
        assert found.data.params == {f"p{i}": str(i) for i in range(150)}
        assert found.data.metrics == {"held_out/roc_auc": 0.75}
        assert found.data.tags["git_dirty"] == "true"
        assert (found.info.start_time, found.info.end_time, found.info.status) == (
            10**12,
            10**12 + 60_000,
            "FINISHED",
        )
        assert found.info.run_name == "train"
        assert (
            connect(uri)
            .download_artifacts(found.info.run_id, "figures/curve.json")
            .endswith("curve.json")
        )
        assert spool.records() == []

    @pytest.mark.parametrize("step", ["create_run", "log_batch", "log_artifacts", "set_terminated"])
    @pytest.mark.parametrize("done", [False, True])
    def test_that_breaks_off_anywhere_is_completed_later_and_doubles_nothing(
        self, uri, tmp_path, runs, monkeypatch, step, done
    ):
        """Before the server did the step, or after it did it and before we knew."""
        spool, client = Spool(tmp_path / "spool"), connect(uri)
        spool.write(some_run())
        does = getattr(client, step)

        def broken(*arguments, **named):
            if done:
                does(*arguments, **named)
            raise ConnectionError("gone")

        with monkeypatch.context() as patched:
            patched.setattr(client, step, broken)
            patched.setattr(module, "connect", lambda _uri: client)
            (outcome,) = send_waiting(uri, spool)
        assert (outcome.run_id, outcome.error) == (None, "gone")
        assert len(spool.records()) == 1
        (outcome,) = send_waiting(uri, spool)
        (found,) = runs()
        assert outcome.run_id == found.info.run_id
        assert found.info.status == "FINISHED"
        assert len(client.get_metric_history(found.info.run_id, "held_out/roc_auc")) == 1
        assert [item.path for item in client.list_artifacts(found.info.run_id)] == ["figures"]
        assert spool.records() == []

    def test_killed_before_the_record_was_removed_it_is_not_sent_again(
        self, uri, tmp_path, runs, monkeypatch
    ):
        spool = Spool(tmp_path / "spool")
        spool.write(some_run())
        with monkeypatch.context() as patched:
            patched.setattr(module, "remove", lambda _record: None)
            list(send_waiting(uri, spool))
        list(send_waiting(uri, spool))
        assert len(runs()) == 1
        assert spool.records() == []

    def test_one_damaged_record_does_not_hold_up_the_others(self, uri, tmp_path, runs):
        spool = Spool(tmp_path / "spool")
        damaged, _ = spool.write(some_run(began=2e9)), spool.write(some_run(began=1e9))
        (damaged / "run.json").write_text("{")
        outcomes = list(send_waiting(uri, spool))
        assert [bool(one.run_id) for one in outcomes] == [False, True]
        assert spool.records() == [damaged]
        assert len(runs()) == 1

    def test_a_killed_process_loses_nothing_and_doubles_nothing(self, settings, runs):
        """SIGKILL as soon as the first run is begun; then to the end."""
        spool = Spool(settings.spool_path)
        many = {f"{i}.txt": b"x" * 1000 for i in range(200)}
        for began in range(2):
            spool.write(some_run(began=1e9 + began, files=many))
        environ = {**os.environ, "MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri,
                   "CREDIT_SCORING_SPOOL_PATH": str(settings.spool_path)}  # fmt: skip
        with subprocess.Popen(
            [sys.executable, "-m", module.__name__], cwd=ROOT, env=environ
        ) as process:
            deadline = time.monotonic() + 60
            while not begun(settings.mlflow_tracking_uri) and time.monotonic() < deadline:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
        assert len(spool.records()) >= 1
        outcomes = list(send_waiting(settings.mlflow_tracking_uri, spool))
        assert all(one.run_id for one in outcomes)
        assert spool.records() == []
        found = runs()
        assert len(found) == 2
        for run in found:
            assert run.info.status == "FINISHED"
            assert len(connect(settings.mlflow_tracking_uri).list_artifacts(run.info.run_id)) == 200


def begun(uri):
    """How many runs there are; asked of the database itself, for MLflow takes its time."""
    with contextlib.closing(sqlite3.connect(uri.removeprefix("sqlite:///"))) as connection:
        return connection.execute("SELECT count(*) FROM runs").fetchone()[0]


class Broken(http.server.BaseHTTPRequestHandler):
    """Answers everything with 500."""

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
def black_hole(_settings):
    """It takes a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def always_500(_settings):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def locked_database(settings):
    """Another process writes and does not end: MLflow would wait for minutes."""
    with contextlib.closing(
        sqlite3.connect(settings.mlflow_tracking_uri.removeprefix("sqlite:///"))
    ) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield settings.mlflow_tracking_uri


class TestACommand:
    def warned(self, settings, uri):
        """The warning where the server at `uri` is of no use; the run waits, whole."""
        said = []
        with tracked(
            "train", dataclasses.replace(settings, mlflow_tracking_uri=uri), said.append
        ) as run:
            run.files |= FILE
        (record,) = Spool(settings.spool_path).records()
        first, line = said
        assert first == f"Tracking the run in {uri} …"
        assert line.startswith(f"Warning: {uri} did not take the run (")
        assert f"It waits in {record}; later: python model.py track --send" in line
        assert (record / FILES / "figures/curve.json").is_file()
        return line

    @pytest.mark.usefixtures("in_one_process")
    @pytest.mark.parametrize(("fault", "reason"), [(closed_port, "nothing listens at 127.0.0.1:"),
                                                   (black_hole, "timed out"), (always_500, "500")])  # fmt: skip
    def test_ends_well_with_a_warning_where_the_server_is_of_no_use(
        self, settings, fault, reason, monkeypatch
    ):
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
        monkeypatch.setattr(module, "LONGEST_REASON", 1000)
        with fault(settings) as uri:
            assert reason in self.warned(settings, uri)

    def test_ends_well_where_sending_would_not_end_by_itself(self, settings, monkeypatch):
        monkeypatch.setattr(record, "send_apart", partial(send_apart, patience=4))
        with locked_database(settings) as uri:
            assert "(no answer within 4 s)" in self.warned(settings, uri)

    @pytest.mark.usefixtures("in_one_process")
    def test_has_its_run_remembered_with_those_that_waited(self, settings, runs, bundle_folder):
        Spool(settings.spool_path).write(some_run("tune"))
        said = []
        with tracked("train", settings, said.append, bundle=bundle_folder) as run:
            run.params["extra"] = 1
        found = {one.data.tags[module.KIND]: one for one in runs()}
        assert said[1:] == [f"Tracked as run {found['train'].info.run_id}. Look at it: make mlflow"]
        assert found.keys() == {"train", "tune"}
        assert found["train"].data.params["extra"] == "1"
        assert "held_out/roc_auc" in found["train"].data.metrics
        params = found["train"].data.params
        assert found["train"].info.run_name == f"train {params['model_version']}"
        (used,) = found["train"].inputs.dataset_inputs
        assert (used.dataset.digest, used.dataset.source) == (
            params["data.fingerprint"][:12],
            params["data.source"],
        )

    @pytest.mark.usefixtures("in_one_process")
    def test_makes_pictures_only_for_a_run_that_is_kept_and_misses_those_that_fail(
        self, settings, runs
    ):
        said, off = [], dataclasses.replace(settings, tracking=False)
        with tracked("train", off, said.append) as run:
            run.later.append(pytest.fail)
        with tracked("train", settings, said.append) as run:
            run.later += [lambda: FILE, lambda: {"a": 1 / 0}]
        assert said[0].startswith(
            "Warning: some of the run's pictures could not be made (ZeroDivisionError"
        )
        (found,) = runs()
        assert found.info.run_id in said[-1]
        assert (
            connect(settings.mlflow_tracking_uri).list_artifacts(found.info.run_id)[0].path
            == "figures"
        )

    def test_that_fails_is_not_remembered(self, settings):
        with pytest.raises(ZeroDivisionError), tracked("train", settings, pytest.fail):
            raise ZeroDivisionError
        assert Spool(settings.spool_path).records() == []

    def test_without_mlflow_says_so_in_a_line(self, settings, monkeypatch):
        monkeypatch.setattr(record, "is_installed", lambda: False)
        said = []
        with tracked("train", settings, said.append):
            pass
        assert said == ["Not tracked: MLflow is not installed (make lab installs it)."]
        assert not settings.spool_path.exists()

    @pytest.mark.parametrize("off", [{"wanted": False}, {"setting": False}])
    def test_is_not_tracked_where_nobody_wants_it(self, settings, off):
        chosen = dataclasses.replace(settings, tracking=off.get("setting", True))
        with tracked("train", chosen, pytest.fail, wanted=off.get("wanted", True)):
            pass
        assert not settings.spool_path.exists()

    def test_survives_a_spool_that_cannot_be_written(self, settings, tmp_path):
        (tmp_path / "file").write_text("")
        said = []
        with tracked(
            "train", dataclasses.replace(settings, spool_path=tmp_path / "file"), said.append
        ):
            pass
        assert said[0].startswith("Warning: the run was not tracked (FileExistsError")

    def test_interrupted_while_sending_keeps_the_record(self, settings, monkeypatch):
        def interrupted(_settings):
            raise KeyboardInterrupt

        monkeypatch.setattr(record, "send_apart", interrupted)
        said = []
        with tracked("train", settings, said.append):
            pass
        assert "did not take the run (interrupted)" in said[1]
        assert len(Spool(settings.spool_path).records()) == 1


@pytest.mark.usefixtures("in_one_process")
class TestTrack:
    @pytest.fixture
    def say(self, settings, monkeypatch):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", settings.mlflow_tracking_uri)
        monkeypatch.setenv("CREDIT_SCORING_SPOOL_PATH", str(settings.spool_path))

        def run(*arguments):
            result = CliRunner().invoke(model.cli, ["track", *arguments])
            return result.exit_code, result.output

        return run

    def test_tells_what_waits_and_sends_it(self, say, settings, runs):
        record = Spool(settings.spool_path).write(some_run())
        where = (
            f"Runs are tracked in {settings.mlflow_tracking_uri}; 1 wait in {settings.spool_path}."
        )
        assert say() == (0, f"{where}\n  {record.name}\n")
        code, text = say("--send")
        (found,) = runs()
        assert code == 0
        assert f"{record.name}: run {found.info.run_id}" in text
        assert say("--send")[0] == 0

    def test_says_with_exit_code_1_what_could_not_be_sent(self, say, settings, monkeypatch):
        record = Spool(settings.spool_path).write(some_run())
        with closed_port(settings) as uri:
            monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
            code, text = say("--send")
        assert code == 1
        assert f"{record.name}: waits on (" in text


def test_the_experiment_s_files_stand_beside_the_database(uri, tmp_path):
    client = connect(uri)
    place = client.get_experiment(experiment(client, uri))
    assert place.artifact_location == (tmp_path / "mlruns/credit-scoring").as_uri()
