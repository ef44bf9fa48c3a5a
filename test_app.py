"""Black-box tests: the app runs as a process, started as documented, and is used over HTTP."""

import contextlib
import itertools
import json
import re
import shutil
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests

from tests.server_process import DEPLOYED, LOCAL, PATIENCE, ROOT, environment, free_port, run_server


def run_to_exit(command, model, **variables):
    """Run `command` until it exits: its exit code and its output."""
    env = environment(model, **{"PORT": str(free_port()), **variables})
    process = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return process.returncode, process.stdout + process.stderr


@pytest.fixture(scope="module")
def model():
    return ROOT / "models/latest"


@pytest.fixture(scope="module")
def manifest(model):
    return json.loads((model / "model.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def server(model, tmp_path_factory):
    with run_server(DEPLOYED, model, tmp_path_factory.mktemp("server") / "log") as running:
        yield running


@pytest.fixture
def example(manifest):
    return dict(manifest["golden_rows"][0]["features"])


def test_health_names_the_model(server, manifest):
    answer = server.get("/health")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "model_version": manifest["version"]},
    )


def test_golden_rows_get_their_probabilities(server, manifest):
    for row in manifest["golden_rows"]:
        answer = server.post(row["features"])
        assert answer.status_code == 200, answer.text
        assert answer.json()["probability"] == pytest.approx(row["probability"], abs=1e-12)


def test_decision_follows_from_probability_and_threshold(server, manifest, example):
    answer = server.post(example).json()
    assert answer["threshold"] == manifest["threshold"]["value"]
    assert answer["score"] == int(answer["probability"] >= answer["threshold"])
    assert answer["decision"] == ("REFUSED" if answer["score"] else "ACCEPTED")
    assert answer["model_version"] == manifest["version"]


def test_root_answers_page_or_links(server):
    page = server.get("/", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    for address in re.findall(r'(?:src|href)="(/[^"]*)"', page.text):
        assert server.get(address).status_code == 200
    assert server.get("/").json()["links"]["predict"] == "/predict"


def test_all_offending_fields_are_named(server, example):
    answer = server.post({**example, "EXT_SOURCE_2": 57, "EXT_SOURCE_3": True, "GENDR": "F"})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [
        "EXT_SOURCE_2",
        "EXT_SOURCE_3",
        "GENDR",
    ]
    assert (
        answer.json()["errors"][0]["message"] == "EXT_SOURCE_2 is 57: expected a number from 0 to 1"
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status"),
    [
        ("POST", "/predict", b"{", "application/json", 400),
        ("POST", "/predict", b"[" * 100_000, "application/json", 400),
        ("POST", "/predict", b'{"a": 1, "a": 2}', "application/json", 400),
        ("POST", "/predict", b"null", "application/json", 422),
        ("POST", "/predict", b'{"a": NaN}', "application/json", 422),
        ("POST", "/predict", b"{}", "text/plain", 415),
        ("GET", "/predict", b"", None, 405),
        ("GET", "/nowhere", b"", None, 404),
    ],
)
def test_every_error_is_a_problem(server, method, path, body, content_type, status):
    headers = {"X-Request-ID": "test-1"} | ({"Content-Type": content_type} if content_type else {})
    url = server.url + path
    answer = requests.request(method, url, data=body, headers=headers, timeout=PATIENCE)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-ID"] == "test-1"


@pytest.mark.parametrize("chunked", [False, True])
def test_large_body_is_refused_without_buffering(server, chunked):
    workers = psutil.Process(server.process.pid).children()
    memory_before = [worker.memory_info().rss for worker in workers]
    body = itertools.repeat(b"x" * (1 << 20), 50) if chunked else b"x" * (50 << 20)
    headers = {"Content-Type": "application/json"}
    with contextlib.suppress(
        requests.ConnectionError
    ):  # the server may close while the client sends
        assert (
            requests.post(
                f"{server.url}/predict", data=body, headers=headers, timeout=PATIENCE
            ).status_code
            == 413
        )
    for worker, rss in zip(workers, memory_before, strict=True):
        assert worker.memory_info().rss < rss + (10 << 20)
    assert server.get("/health").status_code == 200


def test_forked_workers_share_the_loaded_model(server, example):
    """Without OMP_NUM_THREADS=1 a forked worker can hang: see tests/serving/test_fork.py."""
    assert len(psutil.Process(server.process.pid).children()) == 2
    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda _: server.post(example), range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["probability"] for answer in answers}) == 1
    assert len({answer.json()["decision_id"] for answer in answers}) == 100
    busy = [sum(worker.cpu_times()[:2]) for worker in psutil.Process(server.process.pid).children()]
    assert min(busy) > 0


def test_local_run_prints_its_address_and_stops(model, tmp_path):
    with run_server(LOCAL, model, tmp_path / "log") as server:
        assert f"{server.url} (Ctrl-C stops it)" in server.log.read_text()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(PATIENCE) == 0
    assert "Traceback" not in server.log.read_text()


def test_local_run_works_from_any_folder(model, tmp_path):
    command = (LOCAL[0], str(ROOT / LOCAL[1]))
    with run_server(command, model, tmp_path / "log", cwd=tmp_path) as server:
        assert server.get("/health").status_code == 200


@pytest.mark.parametrize("command", [LOCAL, DEPLOYED])
def test_damaged_model_stops_the_start(command, model, tmp_path):
    damaged = shutil.copytree(model, tmp_path / "damaged")
    data = (damaged / "model.pkl").read_bytes()
    (damaged / "model.pkl").write_bytes(data[:-100])
    code, text = run_to_exit(command, damaged)
    assert code != 0
    assert f"{damaged}/model.pkl" in text
    assert re.search(r"sha256 [0-9a-f]{64}", text)
    assert "Traceback" not in text


@pytest.mark.parametrize("command", [LOCAL, DEPLOYED])
def test_wrong_setting_stops_the_start(command, model):
    code, text = run_to_exit(command, model, PORT="eight")
    assert code != 0
    assert 'PORT is "eight": expected a whole number from 1 to 65535' in text
    assert "Traceback" not in text


def test_missing_model_stops_the_start(tmp_path):
    code, text = run_to_exit(LOCAL, tmp_path / "none")
    assert code != 0
    assert "python model.py train" in text


def test_taken_port_stops_the_start(model):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, text = run_to_exit(LOCAL, model, PORT=str(port))
    assert code != 0
    assert f"PORT {port} cannot be listened on" in text
    assert "PORT=" in text
