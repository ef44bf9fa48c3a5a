"""The client's connection: deadlines of a request, and how the connection is closed.

A thread of a worker blocks while it receives a body and sends a response. gunicorn sets no deadline
for either, and it waits for a client to close its end in the loop that accepts connections.
"""

import contextlib
import socket
import sys
import time
from typing import Any

from flask import Flask, request

DEADLINE = 15.0  # seconds for the next bytes of a body, and for sending a part of a response
LINGER = 2.0  # seconds that a client has to close its end
BLOCK = 1 << 16  # bytes
SOCKET = "gunicorn.socket"  # in the WSGI environment


def register(app: Flask) -> None:
    """Set the deadline at the start of every request of `app`."""
    app.before_request(set_deadline)


def set_deadline() -> None:
    """Let reading the body and sending the response raise TimeoutError after `DEADLINE`."""
    connection = request.environ.get(SOCKET)
    if connection is not None:
        connection.settimeout(DEADLINE)


def finish(environ: dict[str, Any], *, closing: bool) -> None:
    """After a response, wait for the client in this thread; gunicorn's hook `post_request`.

    Discards the rest of the body. If the connection cannot be reused, or is `closing` anyway, both
    directions are shut down, so that gunicorn's loop does not wait for the client.
    """
    connection: socket.socket = environ[SOCKET]
    connection.settimeout(LINGER)
    if closing or sys.exception() is not None or not _discard_body(environ["wsgi.input"]):
        with contextlib.suppress(OSError):
            _shut_down(connection)


def _discard_body(body: Any) -> bool:
    """Whether the body ends within `BLOCK` more bytes, which arrive within `LINGER` each."""
    try:
        return len(body.read(BLOCK)) < BLOCK
    except Exception:  # noqa: BLE001 - the server's: a malformed chunk, a lost connection
        return False


def _shut_down(connection: socket.socket) -> None:
    """End the response; discard what the client still sends, until it closes or `LINGER` is over.

    Closing at once would reset the connection and could destroy the response (RFC 9112, 9.6).
    """
    deadline = time.monotonic() + LINGER
    connection.shutdown(socket.SHUT_WR)
    with contextlib.suppress(TimeoutError):
        while (remaining := deadline - time.monotonic()) > 0:
            connection.settimeout(remaining)
            if not connection.recv(BLOCK):
                break
    connection.shutdown(socket.SHUT_RD)
