"""Rows 8, 9, 13 and 14 of docs/reliability.md: models and sources that are refused."""

import contextlib
import shutil
import socket
import subprocess
import threading

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from tests.reliability.load_clients import LoadClients, wait_until
from tests.reliability.model_swaps import newest_deployment, probabilities, replace_folder, swap
from tests.server_process import DEPLOYED, PATIENCE, ROOT, environment
from tests.serving.small_bundle import EXAMPLE


class TestBrokenModel:
    @pytest.mark.parametrize("damage", ["truncated", "flipped"])
    def test_row_8_broken_model_stops_the_start(self, own_folder, variables, tmp_path, damage):
        break_pickle(own_folder, damage)
        log = tmp_path / "log"
        database = f"sqlite:///{log}.db"
        process = subprocess.run(
            DEPLOYED, cwd=ROOT, capture_output=True, text=True, check=False,
            env=environment(own_folder, DATABASE_URL=database, **variables),
        )  # fmt: skip
        assert process.returncode != 0
        assert f"{own_folder}/model.pkl" in process.stderr
        assert "sha256" in process.stderr
        assert "Traceback" not in process.stderr

    @pytest.mark.parametrize("damage", ["truncated", "flipped"])
    def test_row_9_broken_model_is_422_and_the_old_one_stays(
        self, swapping, configured, bundles, damage
    ):
        version = read_manifest(configured).version
        replace_folder(configured, bundles[1])
        break_pickle(configured, damage)
        before = newest_deployment(swapping)
        with LoadClients(swapping, EXAMPLE, 4) as report:
            answer = swap(swapping, source=str(configured))
        assert answer.status_code == 422
        assert "model.pkl" in answer.json()["detail"]
        assert "sha256" in answer.json()["detail"]
        assert report.statuses == {200}
        assert {body["model_version"] for body in report.decisions.values()} == {version}
        assert newest_deployment(swapping) == before
        assert swapping.get("/health/ready").json()["model"] == "ok"


def break_pickle(folder, damage):
    pickle = folder / "model.pkl"
    data = bytearray(pickle.read_bytes())
    if damage == "truncated":
        del data[len(data) // 2 :]
    else:
        data[len(data) // 2] ^= 1
    pickle.write_bytes(data)


class TestReplacedFiles:
    def test_row_13_checked_bytes_are_used(self, swapping, configured, bundles):
        """The folder is replaced again and again while it is deployed."""
        stop = threading.Event()

        def replace_files():
            number = 0
            while not stop.is_set():
                number += 1
                for file in ("model.pkl", "model.json"):
                    temporary = configured / f".{file}"
                    shutil.copy(bundles[number % 2] / file, temporary)
                    temporary.rename(configured / file)

        thread = threading.Thread(target=replace_files)
        thread.start()
        try:
            answers = [swap(swapping, source=str(configured)) for _ in range(30)]
        finally:
            stop.set()
            thread.join()
        assert {answer.status_code for answer in answers} <= {200, 422}
        expected = probabilities(bundles)
        with LoadClients(swapping, EXAMPLE, 2) as report:
            wait_until(lambda: len(report.responses) > 20, seconds=PATIENCE)
        answered = {
            (body["model_version"], body["probability"]) for body in report.decisions.values()
        }
        assert answered <= set(expected.items())


class TestSourceOverHttp:
    @pytest.mark.parametrize(
        "source",
        [
            "{configured}/../other",
            "{configured}/../configured",
            "{other}",
            "{link}",
            "/etc",
            "file:///etc",
            "https://127.0.0.1:{port}/model",
            "https://localhost:{port}/model",
            "http://127.0.0.1:{port}/model",
            "hf://somebody/something",
            "models:/another",
        ],
    )
    def test_row_14_other_source_is_4xx_and_nothing_is_fetched(
        self, swapping, configured, bundles, tmp_path, source
    ):
        other = shutil.copytree(bundles[1], tmp_path / "other")
        link = tmp_path / "link"
        link.symlink_to(other)
        before = swapping.get("/admin/models").json()
        with listener() as (port, connections):
            names = {"configured": configured, "other": other, "link": link, "port": port}
            answer = swap(swapping, source=source.format(**names))
        assert 400 <= answer.status_code < 500, answer.text
        assert not connections
        assert swapping.get("/admin/models").json() == before


@contextlib.contextmanager
def listener():
    """A port of this machine, and the connections that were made to it."""
    connections = []

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connections.append(server.accept())

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1], connections
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
