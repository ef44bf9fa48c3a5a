"""Row 26 of docs/reliability.md: clients that stop sending, do not read or do not close."""

import contextlib
import socket

import pytest

from tests.reliability.load_clients import wait_until
from tests.reliability.raw_http import HEAD, connect, receive_all, server_closes, statuses
from tests.server_process import DEPLOYED, PATIENCE, run_server

BUNDLE = b"GET /static/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
STOPPED = "a client stopped sending its request or reading its response"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ABSOLUTE = HEAD.replace(b"/predict", b"http://host/predict/batch")
IDENTITY = HEAD + b"Transfer-Encoding: identity\r\nContent-Length: 100\r\n\r\n{"
# Requests whose body never comes, and the possible statuses.
ENDLESS = {
    "length": (HEAD + b"Content-Length: 1000\r\n\r\n{", {408}),
    "16 digits": (HEAD + b"Content-Length: 1000000000000000\r\n\r\n{", {413}),
    "400 digits": (HEAD + b"Content-Length: " + b"1" * 400 + b"\r\n\r\n{", {413}),
    "chunk": (CHUNKED + b"5\r\nab", {408}),
    "no last chunk": (CHUNKED + b"2\r\n{}\r\n", {408}),
    "trailer": (CHUNKED + b"2\r\n{}\r\n0\r\nX: y\r\n", {408}),
    "identity": (IDENTITY, {400, 501}),
    "absolute form": (ABSOLUTE + b"Content-Length: 1000000\r\n\r\n{", {408}),
    "continue": (HEAD + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", {100}),
    "no body expected": (BUNDLE[:-2] + b"Content-Length: 9\r\n\r\n", {200}),
    "no route": (HEAD.replace(b"/predict", b"/x") + b"Content-Length: 9\r\n\r\n", {404}),
}


@pytest.fixture(scope="module")
def running(model, tmp_path_factory):
    with run_server(DEPLOYED, model, tmp_path_factory.mktemp("deadlines") / "log") as server:
        yield server


def wait_for_log(server, text, count):
    """A function that waits until the log has `text` `count` times more than now."""
    expected = server.log.read_text().count(text) + count
    return lambda: wait_until(
        lambda: server.log.read_text().count(text) >= expected, seconds=PATIENCE
    )


@contextlib.contextmanager
def silent_clients(server, count, data):
    """`count` connections that send `data`, then neither read, send nor close."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                connection.send(data)
        yield


def test_row_26_bodies_that_never_come_are_refused_or_end(running):
    """All at once: each is answered, and then the server closes the connection."""
    with contextlib.ExitStack() as stack:
        connections = {}
        for name, (data, _) in ENDLESS.items():
            connections[name] = stack.enter_context(connect(running, timeout=PATIENCE))
            connections[name].sendall(data)
        for name, (_, expected) in ENDLESS.items():
            received = statuses(receive_all(connections[name], silence=PATIENCE))
            assert received[0] in expected, (name, received)
            assert server_closes(connections[name], within=PATIENCE), name
    assert running.get("/health").status_code == 200


def test_row_26_160_clients_that_do_not_read_are_dropped(running, example):
    """They pipeline requests of a public route; others are answered, then every thread is free."""
    wait = wait_for_log(running, STOPPED, 160)
    with silent_clients(running, 160, BUNDLE * 200):
        assert running.get("/health").status_code == 200
        assert running.post(example).status_code == 200
        wait()
        assert running.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 200),
        (HEAD + b"Content-Length: 10000000000\r\n\r\n{", 413),
        (HEAD + b"Content-Length: 1000\r\n\r\n{", 408),
    ],
    ids=["answered", "refused", "body"],
)
def test_row_26_64_clients_that_do_not_close_delay_nobody(running, example, data, status):
    """Workers wait for such clients in threads, not where they accept connections."""
    wait = wait_for_log(running, f'"status":{status}', 64)
    with silent_clients(running, 64, data):
        wait()
        for _ in range(4):
            assert running.get("/health").status_code == 200
            assert running.post(example).status_code == 200
