"""gunicorn's threaded worker, whose threads and main loop never wait for one client's bytes; and its log.

gunicorn gives a connection to a thread as soon as the first byte is there; a client that sends slowly then keeps the
thread, and a few dozen of them keep a whole worker. Here the main loop, which waits for all connections at once,
gathers what comes, and a thread gets the connection when there is nothing left to wait for. Nor does the main loop
wait for a client to close: gunicorn's does, two seconds for each.
"""

import socket
import tempfile
import time
from contextlib import suppress
from functools import cache, partial
from http import HTTPStatus
from selectors import EVENT_READ
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.http.body import LengthReader
from gunicorn.workers.gthread import ThreadWorker

from credit_scoring.serving.gathering import Gathered, Stage
from credit_scoring.serving.middleware.problems import MEDIA_TYPE, problem
from credit_scoring.serving.middleware.structured_logging import where
from credit_scoring.serving.turns import Turns

PATIENCE = 10  # seconds from a request's first byte to its last; then the connection is closed
LINGER = 2  # seconds that a client may take to close after its last answer
MOST_HELD = (
    64 << 20
)  # bytes of unfinished requests in a worker; a connection that brings more is closed
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
MALFORMED = (errors.ParseException, *BAD_BODY)


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Its `pending_conns` are all connections that the main loop waits for, those that are being closed too."""

    next_sign = 0.0  # of life, by time.monotonic()
    aside_until = 0.0  # new connections are left to the other workers until then

    def __init__(self, age: int, *arguments: Any) -> None:
        """As gunicorn's; `age` is its number among all that were started."""
        self.turns = Turns(age)
        super().__init__(age, *arguments)

    @property
    def nr_conns(self) -> int:
        """How many connections there are; all workers know it of each other."""
        return self._nr_conns

    @nr_conns.setter
    def nr_conns(self, count: int) -> None:
        self._nr_conns = count
        self.turns.tell(count)

    def accept(self, listener: Any) -> None:
        """Take a new connection, unless it is another worker's turn."""
        if seconds := self.turns.waits():
            self.aside_until = time.monotonic() + seconds
            self.set_accept_enabled(enabled=False)
            return
        super().accept(listener)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's
        """Look for new connections or not; not while they are left to others."""
        if not enabled or time.monotonic() >= self.aside_until:
            super().set_accept_enabled(enabled)

    def enqueue_req(self, conn: Any) -> None:
        """Gather the request of a connection that is new, or has something to read after it was idle."""
        if not conn.initialized:
            conn.init()
            conn.sock.setblocking(False)
            conn.parser.unreader = Gathered(conn.sock)
            conn.data_ready = True
            conn.waiting = False
        self.on_pending_socket_readable(conn, conn.sock)

    def on_pending_socket_readable(self, conn: Any, _client: Any) -> None:
        """Go on gathering; what is whole, or will be refused unread, goes to a thread."""
        try:
            stage = self._gather(conn.parser.unreader, conn.sock)
        except MALFORMED as error:
            self.handle_error(None, conn.sock, conn.client, error)
            self._part(conn)
        except OSError:
            self._drop(conn)
        else:
            if stage is not Stage.WAITING:
                self._stop_waiting(conn)
                super().enqueue_req(conn)
            elif not conn.waiting:
                self._wait(conn, PATIENCE, self.on_pending_socket_readable)
            elif self._held() > MOST_HELD:
                self._drop(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer, and close where the rest of the request stays unread."""
        gathered = conn.parser.unreader
        if gathered.stage is Stage.CUT:
            req.force_close()
        elif isinstance(req.body.reader, LengthReader):
            req.body = gathered.take(req.body.reader.length) or req.body
        return super().handle_request(req, conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Wait for the next request, which may be there already, or close."""
        if fs.cancelled() or fs.exception() or not fs.result() or not self.alive:
            self._part(conn)
            return
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_client_socket_readable, conn))
        conn.parser.unreader.begin()
        if conn.parser.unreader.bytes:
            self.on_client_socket_readable(conn, conn.sock)

    def notify(self) -> None:
        """Tell the master of being alive, once a second; gunicorn does so at each turn of the loop, two a request."""
        if (now := time.monotonic()) >= self.next_sign:
            self.next_sign = now + 1
            super().notify()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes, but look at the clock in between, also while the worker is stopping."""
        aside = self.aside_until - time.monotonic()
        super().wait_for_and_dispatch_events(min(timeout, 0.5, aside if aside > 0 else 0.5))

    def murder_pending(self) -> None:
        """Close the connections that were waited for long enough."""
        now = time.monotonic()
        for conn in [each for each in self.pending_conns if each.timeout <= now]:
            self._drop(conn)

    def _gather(self, gathered: Gathered, sock: Any) -> Stage:
        """Read what there is; ConnectionError at the end of what is sent."""
        while (stage := gathered.judge(self._largest)) is Stage.WAITING:
            try:
                data = sock.recv(1 << 16)
            except BlockingIOError:
                if gathered.waits_to_be_told():
                    gathered.told = True
                    sock.send(CONTINUE)
                return stage
            if not data:
                raise ConnectionResetError
            gathered.bytes += data
        return stage

    def _largest(self, head: bytes) -> int:
        """The most bytes that the app will read of the body of a request with this head."""
        batch = head.startswith(b"post /predict/batch")
        return int(self.wsgi.config["MAX_BATCH_BYTES" if batch else "MAX_CONTENT_LENGTH"])

    def _held(self) -> int:
        return sum(len(conn.parser.unreader.bytes) for conn in self.pending_conns)

    def _wait(self, conn: Any, seconds: float, then: Any) -> None:
        conn.timeout = time.monotonic() + seconds
        conn.waiting = True
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(then, conn))

    def _stop_waiting(self, conn: Any) -> None:
        if conn.waiting:
            conn.waiting = False
            self.pending_conns.remove(conn)
            self.poller.unregister(conn.sock)

    def _drop(self, conn: Any) -> None:
        self._stop_waiting(conn)
        self.nr_conns -= 1
        conn.close()

    def _part(self, conn: Any) -> None:
        """Close, but read on until the client does: else the system may cut off the answer (RFC 9112, 9.6)."""
        self._stop_waiting(conn)
        conn.parser.unreader.bytes.clear()
        conn.sock.setblocking(False)
        self._wait(conn, LINGER, self._discard)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)

    def _discard(self, conn: Any, client: Any) -> None:
        try:
            if client.recv(1 << 16):
                return
        except BlockingIOError:
            return
        except OSError:
            self.log.debug("reset by the client")
        self._drop(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002 - gunicorn's
        """Refuse what is no HTTP as we read it; neither log nor answer repeats what was sent. The caller closes."""
        status = STATUS.get(
            type(exc), HTTPStatus.BAD_REQUEST if isinstance(exc, MALFORMED) else FAILED
        )
        kind = type(exc).__name__
        if status == FAILED:
            self.log.error("a request failed in the server", extra={"exception": where(exc)})
        else:
            self.log.warning(
                "a malformed request was refused", extra={"problem": kind, "status": int(status)}
            )
        if req is not None and isinstance(exc, BAD_BODY):
            return  # the app has answered; this is the rest
        body = problem(
            status, status.phrase, f"the request is not HTTP as it is read here ({kind})"
        )
        head = f"HTTP/1.1 {int(status)} {status.phrase}\r\nConnection: close\r\nContent-Type: {MEDIA_TYPE}\r\n"
        client.setblocking(False)
        with suppress(OSError):  # it may have gone
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's own events, through the same log as ours."""

    def setup(self, cfg: Any) -> None:
        """Leave the form to Python's logging, unless a file of their own is asked for."""
        super().setup(cfg)
        if cfg.errorlog == "-":
            self.error_log.handlers = [
                each for each in self.error_log.handlers if not hasattr(each, "_gunicorn")
            ]
            self.error_log.propagate = True


@cache
def metrics_folder() -> str:
    """A new folder for the workers' numbers, one for the life of the master, whatever it reloads."""
    return tempfile.mkdtemp(prefix="credit-scoring-metrics-")
