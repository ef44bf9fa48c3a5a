"""A running app for the tests: started as documented, on a free port, stopped in the end."""

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

ROOT = Path(__file__).parent.parent
LOCAL = (sys.executable, "app.py")
DEPLOYED = (sys.executable, "-m", "gunicorn", "app:app")
SCRATCH = tempfile.TemporaryDirectory(
    prefix="credit-scoring-tests-"
)  # goes with the tests' process
START = 30  # seconds; a loaded machine is slow, a start that takes longer hangs


class Server:
    """A running app: where it is, its process, what it wrote."""

    def __init__(self, process, port, log):
        self.process, self.port, self.log = process, port, log
        self.url = f"http://127.0.0.1:{port}"

    def post(self, features, **arguments):
        return requests.post(
            f"{self.url}/predict", json={"features": features}, timeout=10, **arguments
        )

    def get(self, path, **arguments):
        return requests.get(f"{self.url}{path}", timeout=10, **arguments)

    def wait(self):
        """Until /health answers."""
        for _ in range(START * 20):
            if self.process.poll() is not None:
                pytest.fail(f"the server ended: {self.log.read_text()}")
            with contextlib.suppress(requests.ConnectionError):
                return self.get("/health")
            time.sleep(0.05)
        return pytest.fail(f"no answer in {START} s: {self.log.read_text()}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def environment(model, **variables):
    ours = {
        name: text for name, text in os.environ.items() if not name.startswith("CREDIT_SCORING_")
    }
    fixed = {"HOST": "127.0.0.1", "DATABASE_URL": f"sqlite:///{SCRATCH.name}/decisions.db"}
    return {**ours, **fixed, "CREDIT_SCORING_MODEL_PATH": str(model), **variables}


@contextlib.contextmanager
def served(command, model, log, **variables):
    """Start `command`, wait until it answers, and stop it by SIGTERM in the end. Its database is beside its log."""
    port = free_port()
    variables.setdefault("DATABASE_URL", f"sqlite:///{log}.db")
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(model, PORT=str(port), **variables),
            stdout=output,
            stderr=output,
        )
    server = Server(process, port, log)
    try:
        server.wait()
        yield server
    finally:
        process.terminate()
        process.wait(START)
