"""Rows 22, 23 and 26 of docs/reliability.md: large, slow and unusual but valid requests."""

import contextlib
import itertools
import json
import time

import psutil
import pytest
import requests

from tests.reliability.raw_http import (
    HEAD,
    connect,
    exchange,
    receive_all,
    server_closes,
    slow_clients,
    statuses,
)
from tests.server_process import DEPLOYED, PATIENCE, run_server

CLOSE = b"Connection: close\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def running(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("connections")
    with run_server(DEPLOYED, model, folder / "log") as server:
        yield server


@pytest.fixture(scope="module")
def body(example):
    return json.dumps({"features": example}).encode()


def with_length(body, headers=b""):
    return HEAD + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    ("prefix", "opening"), [(b"", b"["), (b"", b'{"a":'), (b'{"features":{"a":', b"[")]
)
def test_row_22_a_hundred_thousand_levels_are_400(running, prefix, opening):
    body = prefix + opening * 100_000
    assert statuses(exchange(running, with_length(body, CLOSE))) == [400]


def memory_growth(running):
    """A function that returns the largest growth of a worker since this call, in bytes."""
    workers = psutil.Process(running.process.pid).children()
    before = {worker.pid: worker.memory_info().rss for worker in workers}
    return lambda: max(worker.memory_info().rss - before[worker.pid] for worker in workers)


@pytest.mark.parametrize("chunked", [False, True])
def test_row_23_a_body_of_50_mb_is_413_and_not_kept(running, chunked):
    growth = memory_growth(running)
    block = b"x" * (1 << 20)
    body = itertools.repeat(block, 50) if chunked else block * 50
    headers = {"Content-Type": "application/json"}
    # The server may close while the client is still sending.
    with contextlib.suppress(requests.ConnectionError):
        url = f"{running.url}/predict"
        response = requests.post(url, data=body, headers=headers, timeout=PATIENCE)
        assert response.status_code == 413
    assert growth() < 10 << 20
    assert running.get("/health").status_code == 200


@pytest.mark.parametrize(
    "length", [b"99999999", b"1000000000000000", b"1" * 400], ids=["8", "16", "400 digits"]
)
def test_row_23_a_declared_length_above_the_limit_is_413(running, length):
    """Whatever is sent of the body, the connection is closed."""
    with connect(running) as connection:
        connection.sendall(HEAD + b"Content-Length: " + length + b"\r\n\r\n{")
        assert b" 413 " in connection.recv(1 << 16)
        assert server_closes(connection)


def test_row_23_the_absolute_form_has_the_limit_of_its_route(running):
    """A body above the limit of /predict is read on /predict/batch."""
    body = b"[]" + b" " * (2 << 20)
    head = HEAD.replace(b"/predict", b"http://x/predict/batch") + CLOSE
    data = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert statuses(exchange(running, data)) == [422]


@pytest.mark.parametrize(
    ("first_bytes", "next_bytes"),
    [
        (HEAD + b"Content-Length: 1000\r\n\r\n{", b" "),
        (CHUNKED + b"\r\n2\r\n{ \r\n", b"1\r\n \r\n"),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n", b" "),
        (HEAD, b"X: y\r\n"),
        (b"", b""),
    ],
    ids=["body", "chunks", "expect", "headers", "nothing"],
)
def test_row_26_64_slow_clients_do_not_delay_others(running, body, first_bytes, next_bytes):
    with slow_clients(running, 64, first_bytes, next_bytes):
        time.sleep(0.6)
        for _ in range(4):
            start = time.monotonic()
            assert running.get("/health").status_code == 200
            assert time.monotonic() - start < 1
            assert statuses(exchange(running, with_length(body, CLOSE))) == [200]


def test_row_26_a_client_that_leaves_midway_frees_its_thread(running):
    """300 clients, more than the workers have threads."""
    for data in (b"", b"P", HEAD, HEAD + b"Content-Length: 100\r\n\r\n{", CHUNKED + b"\r\n5\r\nab"):
        for _ in range(60):
            with connect(running) as connection:
                connection.sendall(data)
    assert running.get("/health").status_code == 200
    assert "Error handling request" not in running.log.read_text()


def test_request_in_small_pieces_is_answered(running, body):
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    for data in (with_length(body, CLOSE), CHUNKED + CLOSE + b"\r\n" + chunk):
        with connect(running) as connection:
            for start in range(0, len(data), 400):
                connection.sendall(data[start : start + 400])
                time.sleep(0.005)
            assert statuses(receive_all(connection)) == [200]


def test_pipelined_requests_are_answered_in_order(running, body):
    health = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    unknown = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
    requests = (health + with_length(body) + unknown) * 3
    assert statuses(exchange(running, requests)) == [200, 200, 404] * 3


def test_expect_100_continue_is_answered(running, body):
    with connect(running) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert statuses(receive_all(connection))[-1] == 200
