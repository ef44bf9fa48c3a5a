"""How gunicorn's threads get their requests: whole. And what it says of one that it refuses.

gunicorn gives a connection to a thread as soon as the first byte is there; a client that sends slowly then keeps the
thread, and a few dozen of them keep a whole worker. Here the main loop, which waits for all connections at once,
gathers what comes, and a thread gets the connection when there is nothing left to wait for. How the request is cut
from these bytes stays the parser's business alone: a wrong guess here costs a thread's time, not a wrong request.
"""

import re
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from http import HTTPStatus
from selectors import EVENT_READ
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker

from credit_scoring.serving.logs import where
from credit_scoring.serving.problems import MEDIA_TYPE, problem

PATIENCE = 10  # seconds from a request's first byte to its last; then the connection is closed
LARGEST_HEAD = 1 << 20  # bytes, more than the parser accepts
MOST_HELD = 64 << 20  # bytes of unfinished requests in a worker; a connection that brings more is closed
PIECE = 8192  # bytes the parser takes at once: it copies what it has left for every kilobyte it reads
LENGTH = re.compile(rb"\ncontent-length[ \t]*:[ \t]*(\d{1,15})[ \t]*(?=\r?\n)")
FIRST_CHUNK = re.compile(rb"[0-9a-f]{1,16}[ \t]*[;\r]|[0-9a-f]{0,16}\Z", re.IGNORECASE)
END = b"\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
FAILED = HTTPStatus.INTERNAL_SERVER_ERROR
STATUS = {
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.ConfigurationProblem: FAILED,
}
BAD_BODY = (errors.InvalidChunkSize, errors.ChunkMissingTerminator, errors.InvalidChunkExtension)


class Gathered(SocketUnreader):  # type: ignore[misc] # gunicorn has no types
    """Where the parser reads: first what was gathered, then the connection."""

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self.bytes = bytearray()
        self.continued = False

    def chunk(self) -> bytes:
        """The next bytes; none at the end."""
        if not self.bytes:
            return bytes(super().chunk())
        piece = bytes(self.bytes[:PIECE])
        del self.bytes[:PIECE]
        return piece

    def put_back(self) -> None:
        """Take back what the parser had read of a request that follows."""
        self.bytes[:0] = self.take_buffered()
        self.continued = False


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, whose threads never wait for a client's bytes."""

    def enqueue_req(self, conn: Any) -> None:
        """Gather the request of a connection that is new, or has something to read after it was idle."""
        if not conn.initialized:
            conn.init()
            conn.parser.unreader = Gathered(conn.sock)
            conn.data_ready = True
        conn.parser.unreader.put_back()
        if self._arrived(conn):
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + PATIENCE
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: Any, client: Any) -> None:
        """Go on gathering."""
        arrived = self._arrived(conn)
        if not arrived and self._held() <= MOST_HELD:
            return
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        if arrived:
            super().enqueue_req(conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Begin with the next request, where it came together with the one that is done."""
        super().finish_request(conn, fs)
        if self.keepalived_conns and self.keepalived_conns[-1] is conn:
            conn.parser.unreader.put_back()
            if conn.parser.unreader.bytes:
                self.on_client_socket_readable(conn, conn.sock)

    def _arrived(self, conn: Any) -> bool:
        """Read what there is; whether a thread would wait for nothing more: the request is whole, or the end."""
        gathered = conn.parser.unreader
        conn.sock.setblocking(False)
        try:
            while not is_whole(gathered.bytes, self._largest):
                data = conn.sock.recv(1 << 16)
                if not data:
                    break
                gathered.bytes += data
        except BlockingIOError:
            self._encourage(conn)
            return False
        except OSError:
            pass  # the thread will meet the same
        return True

    def _encourage(self, conn: Any) -> None:
        """Tell a client that waits for it, once, to send its body (RFC 9110, 10.1.1)."""
        gathered = conn.parser.unreader
        if not gathered.continued and wants_to_be_told(gathered.bytes):
            gathered.continued = True
            with suppress(OSError):  # a client that has gone is noticed when it is read
                conn.sock.send(CONTINUE)

    def _held(self) -> int:
        return sum(len(conn.parser.unreader.bytes) for conn in self.pending_conns)

    def _largest(self, head: bytes) -> int:
        """The most bytes that the app will read of the body of a request with this head."""
        batch = head.startswith(b"post /predict/batch")
        return int(self.wsgi.config["MAX_BATCH_BYTES" if batch else "MAX_CONTENT_LENGTH"])

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002 - gunicorn's
        """Refuse a request that is not HTTP as we read it, and close; neither log nor answer repeats what was sent."""
        kind = type(exc).__name__
        if isinstance(exc, BAD_BODY):
            self.log.warning("a malformed body was refused", extra={"problem": kind})
            return  # the app has answered already
        status = STATUS.get(type(exc), HTTPStatus.BAD_REQUEST if isinstance(exc, errors.ParseException) else FAILED)
        if status == FAILED:
            self.log.error("a request failed in the server", extra={"exception": where(exc)})
        else:
            self.log.warning("a malformed request was refused", extra={"problem": kind, "status": int(status)})
        body = problem(status, status.phrase, f"the request is not HTTP as it is read here ({kind})")
        head = f"HTTP/1.1 {int(status)} {status.phrase}\r\nConnection: close\r\nContent-Type: {MEDIA_TYPE}\r\n"
        with suppress(OSError):  # it may have gone
            client.settimeout(1)
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def is_whole(data: bytearray, largest: Callable[[bytes], int]) -> bool:
    """Whether nothing is worth waiting for: the request is there, or it is one that will be refused unread."""
    head = head_of(data)
    if head is None:
        return len(data) > LARGEST_HEAD
    rest = len(data) - len(head)
    lengths = LENGTH.findall(head)
    if b"\ntransfer-encoding" in head:
        body = data[len(head) : len(head) + 20]
        ended = data.endswith(END) and rest > len(END) and (body.startswith(b"0") or b"\r\n0" in data[-4096:])
        return bool(lengths) or ended or not FIRST_CHUNK.match(body) or rest > largest(head)
    if len(lengths) != 1:
        return True
    length = int(lengths[0])
    return rest >= length or length > largest(head)


def head_of(data: bytearray) -> bytes | None:
    """Request line and headers in lower case, with the empty line; None while it is missing."""
    end = data.find(END)
    if end >= 0:
        return bytes(data[: end + len(END)]).lower()
    bare = re.search(rb"\n\r?\n", data)  # the parser will refuse it
    return bytes(data[: bare.end()]).lower() if bare else None


def wants_to_be_told(data: bytearray) -> bool:
    """Whether a client sends its body only when it is asked to (Expect: 100-continue)."""
    head = head_of(data)
    return head is not None and b"\nexpect: 100-continue" in head


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's own events, through the same log as ours."""

    def setup(self, cfg: Any) -> None:
        """Leave the form to Python's logging, unless a file of their own is asked for."""
        super().setup(cfg)
        if cfg.errorlog == "-":
            self.error_log.handlers = [each for each in self.error_log.handlers if not hasattr(each, "_gunicorn")]
            self.error_log.propagate = True


@cache
def metrics_folder() -> str:
    """A new folder for the workers' numbers, one for the life of the master, whatever it reloads."""
    return tempfile.mkdtemp(prefix="credit-scoring-metrics-")
