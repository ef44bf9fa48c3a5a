"""The commands of the README, run as a newcomer would run them."""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
import requests

from tests.server_process import PATIENCE, ROOT, free_port

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [
    line.split("  #")[0].strip()
    for kind, text in BLOCKS
    if kind == "sh"
    for line in text.splitlines()
    if line
]


def bash(command: str) -> str:
    environ = os.environ | {"PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"}
    shell = ["/bin/bash", "-euc", command]
    run = subprocess.run(
        shell, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"
    return run.stdout


@contextlib.contextmanager
def running(command: str, log: Path):
    """The port of the server that a command of make starts, once it answers."""
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(
            shlex.split(command), cwd=ROOT, env=os.environ | {"PORT": str(port)},
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, log)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=PATIENCE)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The port of a server started by `make run`."""
    command = next(line for line in COMMANDS if line == "make run")
    with running(command, tmp_path_factory.mktemp("make-run") / "log") as port:
        yield port


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE * 3  # it trains a model
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=PATIENCE).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    pytest.fail(f"make did not serve:\n{log.read_text()}")


def test_the_curl_returns_the_fields_shown(served):
    command = next(line for line in COMMANDS if line.startswith("curl"))
    answer = json.loads(bash(command.replace(":8000", f":{served}")))
    shown = json.loads(next(text for kind, text in BLOCKS if kind == "json"))
    assert answer.keys() == shown.keys()
    assert answer["decision"] == (
        "REFUSED" if answer["probability"] >= answer["threshold"] else "ACCEPTED"
    )


def test_the_client_explains_the_decision(served):
    command = next(line for line in COMMANDS if "examples/client.py" in line)
    output = bash(f"SCORING_URL=http://127.0.0.1:{served} {command}")
    assert re.match("(ACCEPTED|REFUSED): probability of default", output)
    assert "What would change it:\n" in output
    assert len(output.splitlines()) < 40  # in JSON it was 984


@pytest.mark.usefixtures("served")
def test_make_run_trains_a_near_optimal_model():
    """Held-out AUC within 0.02 and cost within 5 % of the sample's true probabilities."""
    held_out = json.loads((ROOT / "models/local/model.json").read_text())["metrics"]["held_out"]
    value = {name: figure["value"] for name, figure in held_out.items()}
    assert value["roc_auc"] >= value["true_roc_auc"] - 0.02
    assert value["cost_per_applicant"] <= 1.05 * value["true_cost_per_applicant"]


@pytest.mark.usefixtures("served")
def test_a_second_make_run_only_serves():
    planned = bash("make --dry-run run")
    assert "app.py" in planned
    assert "model.py" not in planned


@pytest.mark.usefixtures("served")
def test_make_demo_serves_what_it_simulated(tmp_path):
    """In small, in another file. The printed command gets the summary."""
    file, log = tmp_path / "demo.db", tmp_path / "log"
    drift = "--weeks 2 --per-day 30 --shift EXT_SOURCE_2:-0.5 --from-week 2 --outcomes-after 1"
    with running(f"make demo DEMO={file} DRIFT='{drift}'", log):
        printed = log.read_text()
        assert f"sqlite:///{file} holds 420 simulated decisions" in printed
        assert "/monitoring in a browser" in printed
        summary = json.loads(bash(re.findall(r"^  (curl .*)$", printed, re.MULTILINE)[-1]))
    assert summary["volume"]["decisions"] == 420


def test_the_commands_for_own_data_run(tmp_path):
    """As written, with fewer applicants and other folders."""
    first = next(i for i, line in enumerate(COMMANDS) if line.startswith("python model.py sample"))
    for line in COMMANDS[first : first + 3]:
        smaller = line.replace("20000", "3000").replace("data/sample", f"{tmp_path}/sample")
        output = bash(smaller.replace("models/mine", f"{tmp_path}/mine"))
    assert json.loads(output)["features"]
    assert COMMANDS[first + 3] == "CREDIT_SCORING_MODEL_PATH=models/mine python app.py"


def test_make_targets_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)
    assert {"run", "test", "lab"} <= set(targets)
    for target in targets:
        assert f"\n{target}:" in makefile


def test_linked_files_of_the_readme_exist():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert link.startswith("http") or (ROOT / link).exists(), link
