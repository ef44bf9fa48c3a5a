"""Clients that send requests without pause while something breaks, and record every response."""

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field

from tests.server_process import PATIENCE


@dataclass
class LoadReport:
    """What the clients received: responses, incomplete responses, and requests without any."""

    responses: list = field(default_factory=list)  # (status, headers, JSON)
    incomplete: list = field(default_factory=list)  # their bytes
    unanswered: list = field(default_factory=list)  # the errors

    @property
    def decisions(self):
        """The decisions by id."""
        return {body["decision_id"]: body for status, _, body in self.responses if status == 200}

    @property
    def statuses(self):
        return {status for status, _, _ in self.responses}


class LoadClients:
    """`count` clients that post `body` to /predict, with one connection each or one per request.

    with LoadClients(server, body, 16) as report: …
    """

    def __init__(self, server, body, count, *, kept_alive=True):
        self.report = LoadReport()
        self._stop = threading.Event()
        self._kept_alive = kept_alive
        self._address = ("127.0.0.1", server.port)
        self._request = _request(body, "keep-alive" if kept_alive else "close")
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self.report

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self):
        while not self._stop.is_set():
            try:
                with socket.create_connection(self._address, timeout=PATIENCE) as connection:
                    self._use(connection)
            except OSError as error:  # the server does not listen
                self.report.unanswered.append(error)
                time.sleep(0.02)

    def _use(self, connection):
        """Send requests until the connection breaks or is closed as announced."""
        while not self._stop.is_set():
            received = bytearray()
            try:
                connection.sendall(self._request)
                response = read_response(connection, received)
            except OSError as error:
                if received:
                    self.report.incomplete.append(bytes(received))
                else:
                    self.report.unanswered.append(error)
                return
            self.report.responses.append(response)
            if not self._kept_alive or response[1].get("connection") == "close":
                return


def _request(body, connection):
    data = json.dumps(body).encode()
    lines = [
        "POST /predict HTTP/1.1",
        "Host: localhost",
        f"Connection: {connection}",
        "Content-Type: application/json",
        f"Content-Length: {len(data)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + data


def read_response(connection, received):
    """Status, headers and JSON of a whole response.

    Collects the bytes in `received`. OSError if the response is incomplete.
    """
    while b"\r\n\r\n" not in received:
        _receive(connection, received)
    head, _, _ = bytes(received).partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    start = len(head) + 4
    while len(received) < start + int(headers["content-length"]):
        _receive(connection, received)
    return int(status_line.split()[1]), headers, json.loads(bytes(received[start:]))


def _receive(connection, received):
    data = connection.recv(1 << 16)
    if not data:
        raise ConnectionResetError("closed by the server")
    received += data


def wait_until(condition, seconds):
    """Wait until `condition()` is true, and return the seconds; AssertionError if it is too late.

    An OSError that `condition` raises counts as false.
    """
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        with contextlib.suppress(OSError):
            if condition():
                return time.monotonic() - start
        time.sleep(0.02)
    raise AssertionError(f"not true within {seconds} s")
