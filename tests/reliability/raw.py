"""Speaking to the server in bytes, as no library would."""

import contextlib
import socket
import time

HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@contextlib.contextmanager
def connected(server, timeout=10):
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        yield connection


def exchange(server, data):
    """All that the server answers to `data` until it closes, or is silent for a second after it answered."""
    with connected(server) as connection:
        connection.sendall(data)
        return received(connection)


def received(connection, silence=1.0):
    found = b""
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while data := connection.recv(1 << 16):
            found += data
            connection.settimeout(silence)
    return found


def statuses(answer):
    """The status of each answer in the bytes."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def closed(connection, within=5.0):
    """Whether the server closes, however long the client would stay."""
    connection.settimeout(within)
    begun = time.monotonic()
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return time.monotonic() - begun <= within
