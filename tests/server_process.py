"""Runs the app as documented, on a free port, for the duration of a test."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import requests

from credit_scoring.settings.platforms import PLATFORMS

ROOT = Path(__file__).parent.parent
LOCAL = (sys.executable, "app.py")
DEPLOYED = (sys.executable, "-m", "gunicorn", "app:app")
SCRATCH = tempfile.TemporaryDirectory(prefix="credit-scoring-tests-")  # removed at exit
PATIENCE = 600  # seconds that a test waits: only a hang takes longer, on any machine


def wait_until(condition):
    """The first true value of `condition()`; the test fails if none comes."""
    for _ in range(PATIENCE * 20):
        if value := condition():
            return value
        time.sleep(0.05)
    return pytest.fail(f"still not true after {PATIENCE} s")


class Server:
    """A running app: its process, port, URL and log file."""

    def __init__(self, process, port, log):
        self.process = process
        self.port = port
        self.log = log
        self.url = f"http://127.0.0.1:{port}"

    def post(self, features, **arguments):
        body = {"features": features}
        return requests.post(f"{self.url}/predict", json=body, timeout=PATIENCE, **arguments)

    def get(self, path, **arguments):
        return requests.get(f"{self.url}{path}", timeout=PATIENCE, **arguments)

    def wait(self):
        """Wait until /health answers."""
        for _ in range(PATIENCE * 20):
            if self.process.poll() is not None:
                pytest.fail(f"the server ended: {self.log.read_text()}")
            with contextlib.suppress(requests.ConnectionError):
                return self.get("/health")
            time.sleep(0.05)
        return pytest.fail(f"no response in {PATIENCE} s: {self.log.read_text()}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def environment(model, **variables):
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CREDIT_SCORING_") and name not in PLATFORMS
    }
    database = f"sqlite:///{SCRATCH.name}/decisions.db"
    defaults = {
        "HOST": "127.0.0.1",
        "DATABASE_URL": database,
        "CREDIT_SCORING_MODEL_STORE": f"{SCRATCH.name}/models",
    }
    return {**inherited, **defaults, "CREDIT_SCORING_MODEL_PATH": str(model), **variables}


def run_model(*arguments):
    """Run a command of model.py."""
    command = [sys.executable, "model.py", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def scratch_settings(folder):
    """The variables of a service whose files are in `folder`."""
    return {
        "DATABASE_URL": f"sqlite:///{folder}/decisions.db",
        "CREDIT_SCORING_MODEL_STORE": f"{folder}/models",
    }


@contextlib.contextmanager
def run_server(command, model, log, cwd=ROOT, **variables):
    """Start `command`, wait until it answers, and stop it by SIGTERM at the end.

    `{port}` in `command` and `variables` is replaced by the port.
    Its database is next to its log unless `variables` say otherwise.
    """
    port = free_port()
    variables.setdefault("DATABASE_URL", f"sqlite:///{log}.db")
    variables = {name: value.replace("{port}", str(port)) for name, value in variables.items()}
    variables["PORT"] = str(port)
    command = [str(part).replace("{port}", str(port)) for part in command]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment(model, **variables), stdout=output, stderr=output
        )
    server = Server(process, port, log)
    try:
        server.wait()
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)
