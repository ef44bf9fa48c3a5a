"""Rows 22, 23, 25 and 26 of docs/reliability.md: what comes over a connection, well-meant or not."""

import contextlib
import itertools
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests

from credit_scoring.serving.worker import PATIENCE
from tests.reliability.crowd import until
from tests.reliability.raw import HEAD, closed, connected, exchange, received, statuses
from tests.running import DEPLOYED, served

PREDICT = HEAD.partition(b"Content-Type")[0]
CLOSE = b"Connection: close\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def running(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("connections")
    with served(
        DEPLOYED, model, folder / "log", DATABASE_URL=f"sqlite:///{folder}/decisions.db"
    ) as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def endless(running):
    """Clients that send on all through the module and never come to an end."""
    with slow_clients(running, 2, HEAD + b"Content-Length: 1000\r\n\r\n{", b" ") as connections:
        yield connections


@pytest.fixture(scope="module")
def body(example):
    return json.dumps({"features": example}).encode()


def with_length(body, extra=b""):
    return HEAD + extra + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    ("before", "opening"), [(b"", b"["), (b"", b'{"a":'), (b'{"features":{"a":', b"[")]
)
def test_row_22_a_hundred_thousand_levels_are_400(running, before, opening):
    assert statuses(exchange(running, with_length(before + opening * 100_000, CLOSE))) == [400]


def test_connections_that_clients_keep_are_shared_evenly_by_the_workers(running, example):
    def shares():
        """By how many connections the workers' numbers differ when clients open ten."""
        with contextlib.ExitStack() as stack:
            sessions = [stack.enter_context(requests.Session()) for _ in range(10)]
            with ThreadPoolExecutor(10) as pool:
                list(
                    pool.map(
                        lambda one: one.post(url, json={"features": example}, timeout=20), sessions
                    )
                )
            one, other = (len(worker.net_connections("tcp")) for worker in workers())
        return abs(one - other)

    url = f"{running.url}/predict"
    workers = psutil.Process(running.process.pid).children
    until(lambda: len(workers()) == 2, seconds=20)  # the second one may just be being started
    found = [shares() for _ in range(12)]
    assert sorted(found)[8] <= 2, found  # now and then a worker is busy for too long


def grown(running):
    """By how many bytes the workers have grown since, at the most, as a function."""
    workers = psutil.Process(running.process.pid).children()
    before = {worker.pid: worker.memory_info().rss for worker in workers}
    return lambda: max(worker.memory_info().rss - before[worker.pid] for worker in workers)


@pytest.mark.parametrize("chunked", [False, True])
def test_row_23_a_body_of_50_mb_is_413_and_never_kept(running, chunked):
    since = grown(running)
    block = b"x" * (1 << 20)
    body = itertools.repeat(block, 50) if chunked else block * 50
    headers = {"Content-Type": "application/json"}
    with contextlib.suppress(
        requests.ConnectionError
    ):  # it may hang up while the client is still sending
        assert (
            requests.post(
                f"{running.url}/predict", data=body, headers=headers, timeout=20
            ).status_code
            == 413
        )
    assert since() < 10 << 20
    assert running.get("/health").status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        HEAD
        + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n",
        HEAD
        + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        HEAD
        + b"Content-Length: 0\r\nContent-Length: 38\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n",
        HEAD + b"Content-Length: 2, 2\r\n\r\n{}",
        HEAD + b"Content-Length: +2\r\n\r\n{}",
        HEAD + b"Content-Length: 0x2\r\n\r\n{}",
        HEAD + b"Content-Length : 2\r\n\r\n{}",
        HEAD + b" Content-Length: 2\r\n\r\n{}",
        HEAD + b"Content-Length: 2\nX: y\r\n\r\n{}",
        HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        b"POST /predict HTTP/1.1\nHost: x\nContent-Length: 2\n\n{}",
        b"GET /health HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"GET /health HTTP/1.1\r\n X: y\r\nHost: x\r\n\r\n",
        b"GET  /health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.9x\r\nHost: x\r\n\r\n",
        b'{"features": {"canary": 1}}\r\n\r\n',
    ],
)
def test_row_25_what_two_servers_could_read_differently_is_refused_and_the_connection_closed(
    running, data
):
    with connected(running) as connection:
        connection.sendall(data)
        found = statuses(received(connection, silence=3.0))
        assert len(found) == 1, "a smuggled request was answered"
        assert 400 <= found[0] < 500 or (found[0] == 501 and b"ransfer-" in data)
        assert closed(connection)


@pytest.mark.parametrize(
    "chunks",
    [
        b"ZZ\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}X0\r\n\r\n",
        b"2\n{}\n0\n\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_row_25_a_body_whose_chunks_are_not_chunks_is_refused_and_the_connection_closed(
    running, chunks
):
    with connected(running) as connection:
        connection.sendall(CHUNKED + b"\r\n" + chunks)
        assert statuses(received(connection, silence=3.0)) == [400]
        assert closed(connection)


@pytest.mark.parametrize(
    "data", [HEAD + b"Content-Length: 99999999\r\n\r\n", b"GET / HTTP/1.1\n\n"]
)
def test_row_26_clients_that_do_not_close_after_a_refusal_keep_nobody_waiting(running, data):
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(connected(running)).sendall(data)
        time.sleep(0.3)
        for _ in range(4):
            begun = time.monotonic()
            assert running.get("/health").status_code == 200
            assert time.monotonic() - begun < 1


def test_row_25_a_head_that_is_too_large_is_refused(running):
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(200))
    assert statuses(exchange(running, PREDICT + lines + b"\r\n")) == [431]
    assert statuses(exchange(running, PREDICT + b"X: " + b"y" * 10_000 + b"\r\n\r\n")) == [431]
    assert statuses(
        exchange(running, b"GET /" + b"y" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    ) == [414]


def test_row_25_refusals_are_problems_and_repeat_nothing_that_was_sent(running):
    answer = exchange(running, b"CANARY canary\x00 HTTP/1.1\r\nX: canary\x00\r\n\r\n")
    head, _, text = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert json.loads(text)["status"] == 400
    assert b"canary" not in answer.lower()
    assert "canary" not in running.log.read_text().lower()


@contextlib.contextmanager
def slow_clients(server, count, begin, drop):
    """`count` connections that have sent `begin`, and send `drop` twice a second."""
    stop = threading.Event()
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(server)) for _ in range(count)]
        for connection in connections:
            connection.sendall(begin)

        def drip():
            while not stop.wait(0.5):
                for connection in connections:
                    with contextlib.suppress(OSError):
                        connection.sendall(drop)

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield connections
        finally:
            stop.set()
            thread.join()


@pytest.mark.parametrize(
    ("begin", "drop"),
    [
        (HEAD + b"Content-Length: 1000\r\n\r\n{", b" "),
        (CHUNKED + b"\r\n2\r\n{ \r\n", b"1\r\n \r\n"),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n", b" "),
        (HEAD, b"X: y\r\n"),
        (b"", b""),
    ],
)
def test_row_26_slow_clients_keep_nobody_from_being_answered(running, body, begin, drop):
    with slow_clients(running, 64, begin, drop):
        time.sleep(0.6)
        for _ in range(4):
            begun = time.monotonic()
            assert running.get("/health").status_code == 200
            assert time.monotonic() - begun < 1
            assert statuses(exchange(running, with_length(body, CLOSE))) == [200]


def test_a_request_in_small_pieces_is_answered_like_one_at_once(running, body):
    for data in (
        with_length(body, CLOSE),
        CHUNKED + CLOSE + b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
    ):
        with connected(running) as connection:
            for start in range(0, len(data), 400):
                connection.sendall(data[start : start + 400])
                time.sleep(0.005)
            assert statuses(received(connection)) == [200]


def test_requests_sent_without_waiting_are_answered_in_order(running, body):
    requested = (
        b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        + with_length(body)
        + b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert statuses(exchange(running, requested * 3)) == [200, 200, 404] * 3


def test_a_client_that_asks_before_it_sends_its_body_is_told_to(running, body):
    with connected(running) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert statuses(received(connection))[-1] == 200


def test_a_client_that_leaves_in_the_middle_harms_nobody(running):
    for data in (b"", b"P", HEAD, HEAD + b"Content-Length: 100\r\n\r\n{", CHUNKED + b"\r\n5\r\nab"):
        with connected(running) as connection:
            connection.sendall(data)
    assert running.get("/health").status_code == 200
    assert "a request failed" not in running.log.read_text()


def test_row_26_a_client_that_never_comes_to_an_end_is_let_go(endless):
    """Stands last: they have waited since the first test."""
    assert all(closed(connection, within=PATIENCE + 5) for connection in endless)
