"""Row 25 of docs/reliability.md: requests that two servers could read differently."""

import pytest

from tests.reliability.raw_http import HEAD, connect, exchange, receive_all, server_closes, statuses
from tests.server_process import DEPLOYED, run_server

PREDICT = HEAD.partition(b"Content-Type")[0]
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def running(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("malformed")
    with run_server(DEPLOYED, model, folder / "log") as server:
        yield server


def assert_refused_once(server, data, refusals):
    """The server sends one response, whose status is among `refusals`, and closes."""
    with connect(server) as connection:
        connection.sendall(data)
        received = statuses(receive_all(connection, silence=3.0))
        assert len(received) == 1, "a smuggled request was answered"
        assert received[0] in refusals
        assert server_closes(connection)


@pytest.mark.parametrize(
    "data",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HEALTH + b"\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HEALTH + b"\r\n",
        b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        b"Content-Length: 0\r\nContent-Length: 38\r\n\r\n" + HEALTH + b"X: y\r\n\r\n",
        b"Content-Length: 2, 2\r\n\r\n{}",
        b"Content-Length: +2\r\n\r\n{}",
        b"Content-Length: 0x2\r\n\r\n{}",
        b"Content-Length : 2\r\n\r\n{}",
        b" Content-Length: 2\r\n\r\n{}",
        b"Content-Length: 2\nX: y\r\n\r\n{}",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: identity\r\nContent-Length: 100\r\n\r\n{",
        b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_row_25_ambiguous_length_is_refused(running, data):
    refusals = {400, 501} if b"ransfer-" in data else {400}
    assert_refused_once(running, HEAD + data, refusals)


@pytest.mark.parametrize(
    "data",
    [
        b"POST /predict HTTP/1.1\nHost: localhost\nContent-Length: 2\n\n{}",
        b"GET /health HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"GET /health HTTP/1.1\r\n X: y\r\nHost: localhost\r\n\r\n",
        b"GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /health HTTP/1.9x\r\nHost: localhost\r\n\r\n",
        b'{"features": {"canary": 1}}\r\n\r\n',
    ],
)
def test_row_25_malformed_head_is_refused(running, data):
    assert_refused_once(running, data, {400})


@pytest.mark.parametrize("size", [b"ZZ", b"-2", b"0x2", b""])
def test_row_25_malformed_chunk_size_is_refused(running, size):
    assert_refused_once(running, CHUNKED + size + b"\r\n{}\r\n0\r\n\r\n", {400})


def test_row_25_chunk_longer_than_its_size_is_refused(running):
    assert_refused_once(running, CHUNKED + b"2\r\n{}X0\r\n\r\n", {400})


@pytest.mark.parametrize("path", [b"/predict", b"/predict/batch", b"/decisions/x/review"])
@pytest.mark.parametrize("trailer", [b"x", b"X y: 1", b" X: y", b"X: \x00", b"X: " + b"y" * 9000])
def test_row_25_malformed_trailer_is_refused(running, path, trailer):
    data = CHUNKED.replace(b"/predict", path) + b"2\r\n{}\r\n0\r\n" + trailer + b"\r\n\r\n"
    assert_refused_once(running, data, {400, 404})


@pytest.mark.parametrize(
    "hosts", [b"", b"Host: localhost\r\nHost: ::1\r\n", b"Host: localhost, x\r\n"]
)
@pytest.mark.parametrize("path", [b"/health", b"/nowhere", b"http://x/health"])
def test_row_25_missing_or_second_host_is_refused(running, path, hosts):
    request = b"GET " + path + b" HTTP/1.1\r\nConnection: close\r\n" + hosts + b"\r\n"
    assert statuses(exchange(running, request)) == [400]
    old_request = b"GET /health HTTP/1.0\r\n\r\n"
    assert b" 200 OK" in exchange(running, old_request)


@pytest.mark.parametrize("path", [b"/health//live", b"/health/", b"/static//page.css", b"//x/.."])
def test_row_25_no_redirect_quotes_the_host(running, path):
    request = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    received = exchange(running, request)
    assert statuses(received) == [404]
    assert b"evil.example" not in received


def test_row_25_head_above_the_limits_is_refused(running):
    many_headers = b"".join(b"X-%d: y\r\n" % number for number in range(200))
    assert statuses(exchange(running, PREDICT + many_headers + b"\r\n")) == [431]
    long_header = b"X: " + b"y" * 10_000
    assert statuses(exchange(running, PREDICT + long_header + b"\r\n\r\n")) == [431]
    long_line = b"GET /" + b"y" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert statuses(exchange(running, long_line)) == [414]


def test_row_25_refusals_are_logged_without_their_content(running):
    exchange(running, b"CANARY canary\x00 HTTP/1.1\r\nX: canary\x00\r\n\r\n")
    log = running.log.read_text()
    assert '"event":"a malformed request was refused"' in log
    assert '"problem":"InvalidRequestLine"' in log
    assert "canary" not in log.lower()
    assert "127.0.0.1" not in log.partition("a malformed request")[2]
