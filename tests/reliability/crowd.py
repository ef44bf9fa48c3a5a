"""Clients that ask without pause while something breaks, and keep account of every byte they were answered."""

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field

TIMEOUT = 15  # seconds


@dataclass
class Account:
    """What the clients saw: decisions by status, half answers, and requests that got no byte back."""

    answers: list = field(default_factory=list)  # (status, headers, JSON)
    cut: list = field(default_factory=list)  # the bytes of answers that ended early
    unanswered: list = field(default_factory=list)  # the errors

    @property
    def decided(self):
        return {body["decision_id"]: body for status, _, body in self.answers if status == 200}

    @property
    def statuses(self):
        return {status for status, _, _ in self.answers}


class Crowd:
    """`count` clients that post `body` to `path`; each keeps its connection, or opens one a request.

    with Crowd(server, body, 16) as account: …
    """

    def __init__(self, server, body, count, *, kept_alive=True):
        self.account, self._stop, self._kept_alive = Account(), threading.Event(), kept_alive
        self._place = ("127.0.0.1", server.port)
        data = json.dumps(body).encode()
        connection = "keep-alive" if kept_alive else "close"
        head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n"
        self._request = (
            f"{head}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            + data
        )
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self.account

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self):
        while not self._stop.is_set():
            try:
                with socket.create_connection(self._place, timeout=TIMEOUT) as connection:
                    self._use(connection)
            except OSError as error:  # nobody listens
                self.account.unanswered.append(error)
                time.sleep(0.02)

    def _use(self, connection):
        """One connection, until it breaks."""
        while not self._stop.is_set():
            got = bytearray()
            try:
                connection.sendall(self._request)
                self.account.answers.append(_answer(connection, got))
            except OSError as error:
                (self.account.cut if got else self.account.unanswered).append(bytes(got) or error)
                return
            if not self._kept_alive or self.account.answers[-1][1].get("connection") == "close":
                return


def _answer(connection, got):
    """Status, headers and JSON of one whole answer; `got` collects its bytes, OSError where they end early."""
    while b"\r\n\r\n" not in got:
        _more(connection, got)
    head, _, _ = bytes(got).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    whole = len(head) + 4 + int(headers["content-length"])
    while len(got) < whole:
        _more(connection, got)
    return int(first.split()[1]), headers, json.loads(bytes(got[len(head) + 4 :]))


def _more(connection, got):
    data = connection.recv(1 << 16)
    if not data:
        raise ConnectionResetError("closed by the server")
    got += data


def until(holds, seconds):
    """Seconds until `holds()` is true; AssertionError where it is not in time. What it raises on the way is a no."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        with contextlib.suppress(OSError):
            if holds():
                return time.monotonic() - begun
        time.sleep(0.02)
    raise AssertionError(f"not in {seconds} s")
