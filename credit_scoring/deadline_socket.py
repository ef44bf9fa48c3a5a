"""Sockets under a deadline for the whole exchange and a limit of bytes, for `http.client`."""

import io
import socket
import time
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Any


class Deadline:
    """A time limit for everything that one exchange does."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """The seconds left; TimeoutError if there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline has passed")
        return seconds


def resolve_in_time(host: str, port: int, deadline: Deadline) -> list[str]:
    """The addresses of a host; OSError if it has none, TimeoutError after the deadline.

    The system's look-up has no time limit: a thread of its own waits for it.
    """
    answer: Future[list[str]] = Future()
    Thread(target=_resolve, args=(host, port, answer), daemon=True, name="look-up").start()
    return answer.result(deadline.remaining())


def _resolve(host: str, port: int, answer: "Future[list[str]]") -> None:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        answer.set_exception(error)
    else:
        answer.set_result(list(dict.fromkeys(str(row[4][0]) for row in rows)))


def connect_in_time(addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first address that takes one; OSError if none does."""
    failure = OSError("the host has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=deadline.remaining())
        except OSError as error:
            failure = error
    raise failure


class DeadlineSocket(io.RawIOBase):
    """A connected socket as `http.client` uses it, under a deadline and a limit of bytes.

    A socket's own timeout starts again at every byte that arrives. `http.client` has no
    limit of its own if a chunk's size is negative.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline, max_bytes: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._bytes_left = max_bytes

    def readable(self) -> bool:
        """True: a raw stream says so."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has arrived; TimeoutError after the deadline, OSError beyond the limit."""
        self._connection.settimeout(self._deadline.remaining())
        size = self._connection.recv_into(buffer)
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise OSError("the answer is too large")
        return size

    def sendall(self, data: bytes) -> None:
        """Send all of `data`."""
        self._connection.settimeout(self._deadline.remaining())
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The received bytes as a stream."""
        return io.BufferedReader(self)

    def close(self) -> None:
        """Keep the connection, which its owner closes."""
