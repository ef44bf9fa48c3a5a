"""Rows 5 to 7 of docs/reliability.md: the model is swapped while the service decides."""

import shutil
import signal
import threading

import psutil
import requests

from credit_scoring.bundle.read_bundle import read_manifest
from tests.reliability.load_clients import LoadClients, wait_until
from tests.reliability.model_swaps import (
    REASON,
    newest_deployment,
    probabilities,
    replace_folder,
    run_command,
    swap,
    versions_served,
    wait_for_version,
)
from tests.server_process import DEPLOYED, PATIENCE, run_server
from tests.serving.small_bundle import EXAMPLE

SWAPS = 50


class TestSwapUnderLoad:
    def test_row_5_swaps_under_load_cause_no_error(self, swapping, configured, bundles):
        """An answer's version is the one that scored it."""
        first, second = (read_manifest(bundle).version for bundle in bundles)
        replace_folder(configured, bundles[1])
        with LoadClients(swapping, EXAMPLE, 8) as report:
            assert swap(swapping, source=str(configured)).json()["to"] == second
            for number in range(1, SWAPS):
                answer = swap(swapping, version=(first, second)[number % 2 == 0])
                assert answer.status_code == 200, answer.text
        assert not report.incomplete
        assert not report.unanswered
        assert report.statuses == {200}
        answered = {
            (body["model_version"], body["probability"]) for body in report.decisions.values()
        }
        assert answered == set(probabilities(bundles).items())

    def test_row_5_whole_batch_has_one_version(self, swapping, configured, bundles):
        first, second = (read_manifest(bundle).version for bundle in bundles)
        replace_folder(configured, bundles[1])
        swap(swapping, source=str(configured))
        stop = threading.Event()
        batches = []

        def send_batches():
            body = {"applicants": [EXAMPLE] * 200}
            while not stop.is_set():
                url = f"{swapping.url}/predict/batch"
                batches.append(requests.post(url, json=body, timeout=PATIENCE).json())

        threads = [threading.Thread(target=send_batches) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for number in range(10):
                assert swap(swapping, version=(first, second)[number % 2]).status_code == 200
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert batches
        expected = probabilities(bundles)
        for batch in batches:
            answered = {(row["model_version"], row["probability"]) for row in batch["predictions"]}
            assert len(answered) == 1
            assert answered <= set(expected.items())


class TestRace:
    def test_row_6_of_two_swaps_at_once_one_wins(self, swapping, configured, bundles):
        """The workers, and a command, compete: each round has one deployment per success."""
        replace_folder(configured, bundles[1])
        before = newest_deployment(swapping)
        statuses = []
        threads = [
            threading.Thread(
                target=lambda: statuses.append(swap(swapping, source=str(configured)).status_code)
            )
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) <= {200, 409}
        deployments = swapping.get("/admin/models").json()["deployments"]
        assert deployments[0]["number"] == before + statuses.count(200)
        assert [row["number"] for row in deployments] == [*range(len(deployments), 0, -1)]


class TestAllWorkers:
    def test_row_7_workers_follow_within_two_seconds_and_after_a_restart(
        self, own_folder, bundles, variables, tmp_path
    ):
        first, second = (read_manifest(bundle).version for bundle in bundles)
        elsewhere = shutil.copytree(bundles[1], tmp_path / "elsewhere")
        with run_server(DEPLOYED, own_folder, tmp_path / "log", **variables) as server:
            words = ("deploy", "--source", str(elsewhere), "--reason", REASON)
            assert run_command(server, variables, *words)[0] == 0
            wait_for_version(server, second)
            assert server.get("/health/ready").json()["model"] == "ok"
            assert b"credit_scoring_deployment 2.0" in server.get("/metrics").content
        shutil.rmtree(elsewhere)
        with run_server(DEPLOYED, own_folder, tmp_path / "log", **variables) as server:
            assert versions_served(server) == {second}
            code, output = run_command(server, variables, "rollback", "--reason", REASON)
            assert code == 0, output
            assert f"Deployment 3: {second} → {first}." in output
            wait_for_version(server, first)
        with run_server(DEPLOYED, own_folder, tmp_path / "log", **variables) as server:
            assert versions_served(server) == {first}
            assert server.get("/health/ready").json()["model"] == "ok"

    def test_row_7_new_workers_serve_the_deployed_version(self, swapping, configured, bundles):
        """After a crash and after a reload: the master still has the model of the start."""
        version = read_manifest(bundles[1]).version
        replace_folder(configured, bundles[1])
        swap(swapping, source=str(configured))
        wait_for_version(swapping, version)
        master = psutil.Process(swapping.process.pid)
        for interrupt in (kill_worker, reload_master):
            with LoadClients(swapping, EXAMPLE, 4, kept_alive=False) as report:
                replace_workers(master, interrupt)
                before = len(report.responses)
                wait_until(lambda: len(report.responses) > before + 100, seconds=PATIENCE)  # noqa: B023
            assert {body["model_version"] for body in report.decisions.values()} == {version}


def replace_workers(master, interrupt):
    """Wait until there are two workers again, at least one of them new."""
    old = {child.pid for child in master.children()}
    interrupt(master)

    def are_replaced():
        present = {child.pid for child in master.children()}
        return len(present) == 2 and present != old

    wait_until(are_replaced, seconds=PATIENCE)


def kill_worker(master):
    master.children()[0].kill()


def reload_master(master):
    master.send_signal(signal.SIGHUP)
