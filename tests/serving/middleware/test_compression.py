"""Texts are compressed if the client accepts it; what is small, binary or refused is not."""

import gzip
import json

import pytest
from flask import Flask, Response

from credit_scoring.serving.middleware import compression
from credit_scoring.serving.middleware.compression import MIN_SIZE
from tests.serving.small_bundle import EXAMPLE

GZIP = {"Accept-Encoding": "gzip"}
LONG = "a long text " * 200


@pytest.fixture
def serve():
    """The response of an app whose only route returns `response`."""

    def serve(response, **headers):
        app = Flask(__name__)
        compression.register(app)
        app.add_url_rule("/", view_func=lambda: response)
        return app.test_client().get("/", headers=headers)

    return serve


def is_compressed(answer):
    return answer.headers.get("Content-Encoding") == "gzip"


@pytest.mark.parametrize("kind", ["text/html", "text/csv", "application/json", "image/svg+xml"])
def test_long_texts_are_compressed(serve, kind):
    answer = serve(Response(LONG, mimetype=kind), **GZIP)
    assert is_compressed(answer)
    assert int(answer.headers["Content-Length"]) == len(answer.data) < MIN_SIZE
    assert gzip.decompress(answer.data).decode() == LONG
    assert answer.vary.as_set() == {"accept-encoding"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip, deflate, br, zstd", True),
        ("*", True),
        ("br;q=1.0, gzip;q=0.2", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("br", False),
    ],
)
def test_accept_encoding_decides(serve, header, expected):
    answer = serve(Response(LONG, mimetype="text/plain"), **{"Accept-Encoding": header})
    assert is_compressed(answer) is expected
    assert answer.vary.as_set() == {"accept-encoding"}


@pytest.mark.parametrize(
    "response",
    [
        lambda: Response("x" * (MIN_SIZE - 1), mimetype="text/html"),
        lambda: Response(LONG, mimetype="image/png"),
        lambda: Response(LONG, mimetype="text/html", status=404),
        lambda: Response(LONG, mimetype="text/html", headers={"Content-Encoding": "br"}),
    ],
    ids=["small", "binary", "error", "compressed already"],
)
def test_others_stay_as_they_are(serve, response):
    assert serve(response(), **GZIP).data == response().data


def test_streams_are_compressed_as_they_come_and_closed(serve):
    closed = []

    def rows():
        try:
            for _ in range(100):
                yield "one row of a table\n"
        finally:
            closed.append(True)

    answer = serve(Response(rows(), mimetype="text/csv"), **GZIP)
    assert is_compressed(answer)
    assert gzip.decompress(answer.data).decode() == "one row of a table\n" * 100
    assert "Content-Length" not in answer.headers
    answer.close()
    assert closed == [True]


class TestApp:
    @pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/model/features", "/metrics"])
    def test_pages_and_documents_are_compressed(self, client, path):
        answer = client.get(path, headers={**GZIP, "Accept": "text/html"})
        assert is_compressed(answer)
        assert "accept-encoding" in answer.vary.as_set()

    def test_the_page_tells_every_request_header_that_it_depends_on(self, client):
        answer = client.get("/", headers={**GZIP, "Accept": "text/html"})
        assert answer.vary.as_set() >= {"accept", "accept-language", "cookie", "accept-encoding"}

    def test_a_decision_is_sent_as_it_is(self, client):
        answer = client.post("/predict", json={"features": EXAMPLE}, headers=GZIP)
        assert not is_compressed(answer)
        assert "Vary" not in answer.headers
        assert json.loads(answer.data)["decision"]

    def test_head_has_the_headers_of_get(self, client):
        get = client.get("/openapi.json", headers=GZIP)
        head = client.head("/openapi.json", headers=GZIP)
        assert head.data == b""
        for name in ("Content-Length", "Content-Encoding", "Vary"):
            assert head.headers[name] == get.headers[name]
