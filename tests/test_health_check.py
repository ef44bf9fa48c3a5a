"""`python -m credit_scoring.health_check`, the command of the Dockerfile's HEALTHCHECK."""

import http.server
import subprocess
import sys
import threading

import pytest

from credit_scoring.health_check import is_ready
from tests.server_process import ROOT, free_port


@pytest.fixture
def service():
    """A service whose /health/ready answers `status`, with the path that was asked for."""

    class Handler(http.server.BaseHTTPRequestHandler):
        status = 200

        def do_GET(self):
            self.send_response(type(self).status)
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, Handler
    server.shutdown()
    server.server_close()


def port(service):
    return {"PORT": str(service[0].server_address[1])}


def test_ready_service_is_healthy(service):
    assert is_ready(port(service)) == (True, "/health/ready")


def test_service_that_cannot_decide_is_not_healthy(service):
    service[1].status = 503
    assert is_ready(port(service)) == (False, "/health/ready")


def test_service_below_a_path_is_asked_there(service):
    environ = {**port(service), "SCRIPT_NAME": "/scoring"}
    assert is_ready(environ) == (True, "/scoring/health/ready")


def test_exit_code_and_output_say_why_a_service_is_not_healthy():
    port = str(free_port())
    process = subprocess.run(
        [sys.executable, "-m", "credit_scoring.health_check"],
        cwd=ROOT,
        env={"PORT": port},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert f"http://127.0.0.1:{port}/health/ready does not answer: " in process.stdout
