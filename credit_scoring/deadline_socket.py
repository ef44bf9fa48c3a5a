"""Sockets under a deadline for the whole exchange and a limit of bytes, for `http.client`."""

import io
import socket
import time
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
