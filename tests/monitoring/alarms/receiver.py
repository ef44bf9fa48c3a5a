"""A local receiver of webhooks, which verifies signatures as its author would."""

import base64
import contextlib
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = b"s" * 32


class Receiver:
    """What was received, and what the next answers are: a status, or a function of the handler."""

    def __init__(self):
        self.answers = []
        self.deliveries = []
        self.url = ""

    @property
    def bodies(self):
        return [body for _, body in self.deliveries]

    @property
    def ids(self):
        return [headers["webhook-id"] for headers, _ in self.deliveries]


def verified(headers, body):
    """The body as JSON; AssertionError unless the signature is that of Standard Webhooks."""
    signed = b".".join([
        headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body,
    ])  # fmt: skip
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    return json.loads(body)


@contextlib.contextmanager
def run_receiver():
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.deliveries.append((dict(self.headers), verified(self.headers, body)))
            answer = receiver.answers.pop(0) if receiver.answers else 204
            if callable(answer):
                answer(self)
                return
            self.send_response(answer)
            self.send_header("Location", f"{receiver.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?token=1"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
