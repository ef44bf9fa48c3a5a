"""Row 35 of docs/reliability.md: kept connections that idle longer than a proxy lets them."""

import contextlib
import time

import pytest

from tests.reliability.load_clients import read_response
from tests.reliability.raw_http import connect, server_closes
from tests.server_process import DEPLOYED, run_server

HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
IDLE = 8  # seconds: longer than the service waits without a proxy


def ask(connection):
    connection.sendall(HEALTH)
    status, headers, _ = read_response(connection, bytearray())
    assert (status, headers["connection"]) == (200, "keep-alive")


@pytest.mark.parametrize(
    "variables",
    [
        {"CREDIT_SCORING_TRUSTED_PROXIES": "1"},
        {"DYNO": "web.1", "GUNICORN_CMD_ARGS": "--access-logfile -"},
        {"CREDIT_SCORING_KEEPALIVE_SECONDS": "60"},
    ],
    ids=["trusted proxy", "platform", "setting"],
)
def test_row_35_idle_connections_behind_a_proxy_are_kept(model, tmp_path, variables):
    """100 of them ask again. `bench/faults.py` lets 1,000 idle for 60 s."""
    with (
        run_server(DEPLOYED, model, tmp_path / "log", **variables) as server,
        contextlib.ExitStack() as stack,
    ):
        connections = [stack.enter_context(connect(server)) for _ in range(100)]
        for connection in connections:
            ask(connection)
        time.sleep(IDLE)
        for connection in connections:
            ask(connection)


def test_idle_connections_without_a_proxy_are_closed(model, tmp_path):
    """Clients that keep connections open without a reason do not exhaust the service."""
    with run_server(DEPLOYED, model, tmp_path / "log") as server, connect(server) as connection:
        ask(connection)
        assert server_closes(connection, within=30)
