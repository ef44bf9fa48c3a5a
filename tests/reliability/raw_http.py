"""HTTP as raw bytes, for requests that no client library would send."""

import contextlib
import socket
import threading
import time

from tests.server_process import PATIENCE

HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@contextlib.contextmanager
def connect(server, timeout=PATIENCE):
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        yield connection


def exchange(server, data):
    """All that the server answers to `data`, until it closes or is silent for a second."""
    with connect(server) as connection:
        connection.sendall(data)
        return receive_all(connection)


def receive_all(connection, silence=1.0):
    """What is received until the server closes, or for `silence` seconds after the first bytes."""
    received = b""
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while data := connection.recv(1 << 16):
            received += data
            connection.settimeout(silence)
    return received


def statuses(received):
    """The status of each response in the bytes."""
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def server_closes(connection, within=PATIENCE):
    """Whether the server closes a connection that the client keeps open; `within` is in seconds."""
    connection.settimeout(within)
    start = time.monotonic()
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return time.monotonic() - start <= within


@contextlib.contextmanager
def slow_clients(server, count, first_bytes, next_bytes):
    """`count` connections that send `first_bytes`, then `next_bytes` twice per second."""
    stop = threading.Event()
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(server)) for _ in range(count)]
        for connection in connections:
            connection.sendall(first_bytes)

        def send_slowly():
            while not stop.wait(0.5):
                for connection in connections:
                    with contextlib.suppress(OSError):
                        connection.sendall(next_bytes)

        thread = threading.Thread(target=send_slowly)
        thread.start()
        try:
            yield connections
        finally:
            stop.set()
            thread.join()
