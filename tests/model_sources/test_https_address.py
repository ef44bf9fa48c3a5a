"""https:// sources: one request to an allowed host at a public address, or none at all."""

import gzip
import socket
import time

import pytest

from credit_scoring.errors import SourceError, SourceUnavailableError
from credit_scoring.model_sources import https_address
from credit_scoring.model_sources.https_address import fetch_https
from tests.model_sources.conftest import FILES
from tests.model_sources.tar_archives import tar_of
from tests.model_sources.tls_server import HOST, TlsServer, loopback_network, unused_port


@pytest.fixture
def fetch(server, network):
    """Fetches from the server, as if its address was public."""

    def fetch_from(path="/risk.tar", **arguments):
        address = f"https://{server.authority}{path}"
        return fetch_https(address, [server.authority], **({"network": network} | arguments))

    return fetch_from


class TestSuccess:
    def test_files_and_etag_are_those_of_the_server(self, fetch, server):
        server.headers = {"ETag": '"v7"'}
        fetched = fetch("/risk.tar?token=secret")
        assert fetched.files == FILES
        assert fetched.revision == '"v7"'
        assert server.paths == ["/risk.tar?token=secret"]
        assert server.hosts == [server.authority]

    @pytest.mark.parametrize("etag", [None, "a b", "x" * 101], ids=["none", "space", "long"])
    def test_without_a_plain_etag_the_revision_is_the_digest(self, fetch, server, etag):
        server.headers = {"ETag": etag} if etag else {}
        assert fetch().revision.startswith("sha256:")
        assert len(fetch().revision) == len("sha256:") + 64

    def test_chunked_answer_is_read_whole(self, fetch, server):
        def answer(handler):
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            for part in (server.body[:1000], server.body[1000:], b""):
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

        server.answer = answer
        assert fetch().files == FILES


class TestNothingIsFetched:
    """Row 14 of docs/reliability.md: the listener sees no connection."""

    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("https://other.example.org/risk.tar", "the host other.example.org is not allowed"),
            ("https://{host}:1/risk.tar", "the host models.example.org:1 is not allowed"),
            ("https://sub.{authority}/risk.tar", "is not allowed"),
            ("https://{authority}/../risk.tar", "has .. or"),
            ("https://{authority}/a/%2e%2E/risk.tar", "has .. or"),
            ("https://{authority}/a\\risk.tar", "has .. or"),
            ("https://me:secret@{authority}/risk.tar", "without user, password and fragment"),
            ("https://{authority}/risk.tar#part", "without user, password and fragment"),
            ("https://{authority}", "expected https://host/path"),
            ("https://{host}:99999/risk.tar", "expected https://host/path"),
            ("https://[::1]/risk.tar", "expected https://host/path"),
            ("https://{authority}/ri sk.tar", "expected https://host/path"),
            ("https://{authority}/risk.tar\r\nX: 1", "expected https://host/path"),
        ],
    )
    def test_address_is_refused(self, server, network, address, reason):
        source = address.format(authority=server.authority, host=HOST)
        with pytest.raises(SourceError, match=reason) as caught:
            fetch_https(source, [server.authority], network=network)
        assert "secret" not in str(caught.value)
        assert caught.value.status == 422
        assert server.connections == 0

    def test_loopback_is_refused_without_the_network_of_the_tests(self, server):
        with pytest.raises(SourceError, match=r"has the address 127\.0\.0\.1, which is not public"):
            fetch_https(f"https://127.0.0.1:{server.port}/risk.tar", [f"127.0.0.1:{server.port}"])
        assert server.connections == 0

    def test_one_private_address_among_public_ones_is_refused(self, server, authority):
        network = loopback_network(
            authority, resolve=lambda _host, _port: ["127.0.0.1", "::ffff:10.0.0.8"]
        )
        with pytest.raises(SourceError, match=r"has the address ::ffff:10\.0\.0\.8"):
            fetch_https(f"https://{server.authority}/r", [server.authority], network=network)
        assert server.connections == 0

    def test_name_is_resolved_once_so_that_a_second_answer_has_no_effect(self, server, authority):
        answers = [["127.0.0.1"], ["10.0.0.8"]]
        network = loopback_network(authority, resolve=lambda _host, _port: answers.pop(0))
        fetch_https(f"https://{server.authority}/r", [server.authority], network=network)
        assert answers == [["10.0.0.8"]]
        assert server.connections == 1


class TestBadAnswers:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirect_is_not_followed(self, fetch, server, status):
        server.status = status
        server.headers = {"Location": f"https://{server.authority}/next?token=secret"}
        with pytest.raises(SourceError, match=f"redirects to the host {HOST}") as caught:
            fetch()
        assert "secret" not in str(caught.value)
        assert server.paths == ["/risk.tar"]

    @pytest.mark.parametrize(
        ("status", "error"), [(404, SourceError), (403, SourceError), (503, SourceUnavailableError)]
    )
    def test_status_is_named_without_the_query(self, fetch, server, status, error):
        server.status = status
        with pytest.raises(error, match=rf"/risk\.tar answers {status}") as caught:
            fetch("/risk.tar?token=secret")
        assert "secret" not in str(caught.value)

    def test_announced_size_beyond_the_limit_is_refused_unread(self, fetch, server):
        server.headers = {"Content-Length": 1 << 40}
        with pytest.raises(SourceError, match="is larger than"):
            fetch()

    def test_endless_answer_is_cut_at_the_limit(self, fetch, server, monkeypatch):
        monkeypatch.setattr(https_address, "TOTAL_SIZE_LIMIT", 1 << 20)

        def answer(handler):
            handler.send_response(200)
            handler.end_headers()
            while True:
                handler.wfile.write(bytes(1 << 16))

        server.answer = answer
        with pytest.raises(SourceError, match="is larger than 2097152 bytes"):
            fetch()

    def test_short_answer_is_refused(self, fetch, server):
        server.headers = {"Content-Length": len(server.body) + 1, "Connection": "close"}
        with pytest.raises(SourceUnavailableError, match="IncompleteRead"):
            fetch()

    def test_compressed_answer_is_refused(self, fetch, server):
        server.body, server.headers = gzip.compress(server.body), {"Content-Encoding": "gzip"}
        with pytest.raises(SourceError, match="is compressed"):
            fetch()

    def test_page_instead_of_a_tar_file_is_refused(self, fetch, server):
        server.body = b"<html>Please sign in</html>"
        with pytest.raises(SourceError, match="is not a tar file"):
            fetch()

    def test_tar_without_a_model_is_refused(self, fetch, server):
        server.body = tar_of({"model.json": b"{}"})
        with pytest.raises(SourceError, match=r"has no model\.pkl"):
            fetch()


class TestUnreachable:
    @pytest.mark.parametrize("place", ["head", "body"])
    def test_server_that_sends_a_byte_at_a_time_meets_the_deadline(self, fetch, server, place):
        """Each byte arrives long before a socket's own timeout."""

        def answer(handler):
            if place == "body":
                handler.send_response(200)
                handler.end_headers()
            while True:
                handler.wfile.write(b"X")
                time.sleep(0.05)

        server.answer = answer
        with pytest.raises(SourceUnavailableError, match="no complete answer in 1 s"):
            fetch(max_seconds=1)

    def test_server_that_never_answers_the_handshake_meets_the_deadline(self, network):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            authority = f"{HOST}:{silent.getsockname()[1]}"
            with pytest.raises(SourceUnavailableError, match="does not answer as expected"):
                fetch_https(f"https://{authority}/r", [authority], network=network, max_seconds=1)

    def test_closed_port_is_named(self, network):
        authority = f"{HOST}:{unused_port()}"
        with pytest.raises(SourceUnavailableError, match="cannot be reached at port"):
            fetch_https(f"https://{authority}/r", [authority], network=network)

    def test_unknown_name_is_named(self, authority):
        def fail(_host, _port):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        network = loopback_network(authority, resolve=fail)
        with pytest.raises(SourceUnavailableError, match="the name cannot be resolved"):
            fetch_https(f"https://{HOST}/r", [HOST], network=network)

    def test_certificate_of_another_host_is_refused(self, authority, network):
        with TlsServer(authority.server_context("other.example.org")) as other:
            with pytest.raises(SourceUnavailableError, match="its certificate is not valid"):
                fetch_https(f"https://{other.authority}/r", [other.authority], network=network)
            assert other.paths == []

    def test_certificate_of_an_unknown_authority_is_refused(self, server, authority):
        from credit_scoring.model_sources.public_network import Network

        default = Network().tls_context
        network = loopback_network(authority, tls_context=default)
        with pytest.raises(SourceUnavailableError, match="its certificate is not valid"):
            fetch_https(f"https://{server.authority}/r", [server.authority], network=network)
        assert server.paths == []


HOSTILE_ANSWERS = {
    "no address to redirect to": b"HTTP/1.1 302 Found\r\nLocation: https://[\r\n\r\n",
    "escapes in the redirect": b"HTTP/1.1 302 Found\r\nLocation: https://a\x1b[2J/\r\n\r\n",
    "escapes in place of HTTP": b"\x1b[31m" + b"x" * 50_000 + b"\r\n\r\n",
    "escapes in the version": b"HTTP/9\x1b.1 200 OK\r\n\r\n",
    "a long status": b"HTTP/1.1 " + b"9" * 5000 + b" OK\r\n\r\n",
    "a chunk of -5 bytes": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc",
    "200 headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("data", HOSTILE_ANSWERS.values(), ids=HOSTILE_ANSWERS.keys())
def test_hostile_answer_is_one_short_printable_message(fetch, server, data):
    server.answer = lambda handler: handler.wfile.write(data)
    with pytest.raises(SourceError) as caught:
        fetch()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_chunk_without_an_end_is_cut_at_the_limit(fetch, server, monkeypatch):
    for name in ("TOTAL_SIZE_LIMIT", "PROTOCOL_OVERHEAD"):
        monkeypatch.setattr(https_address, name, 1 << 20)
    sent = 0

    def answer(handler):
        nonlocal sent
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
        for _ in range(64):
            sent += handler.wfile.write(bytes(1 << 20))

    server.answer = answer
    with pytest.raises(SourceUnavailableError, match="the answer is too large"):
        fetch()
    assert sent < 64 << 20
