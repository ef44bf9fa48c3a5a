"""A TLS server on 127.0.0.1 whose certificate a test's own authority signed."""

import contextlib
import datetime as dt
import http.server
import ipaddress
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from credit_scoring.model_sources.public_network import Network

HOST = "models.example.org"
LIFETIME = dt.timedelta(days=1)


class TestAuthority:
    """A certificate authority, and server certificates that it signs."""

    __test__ = False

    def __init__(self, folder):
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        certificate = self._sign(self._name, self._key, x509.BasicConstraints(True, None))
        self.path = folder / "authority.pem"
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server_context(self, host):
        """The TLS context of a server with a certificate for `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        certificate = self._sign(name, key, x509.BasicConstraints(False, None), names)
        path = self._folder / f"{host}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def client_context(self):
        """A client's TLS context that trusts this authority only."""
        return ssl.create_default_context(cafile=self.path)

    def _sign(self, subject, key, constraints, *extensions):
        now = dt.datetime.now(dt.UTC)
        authority = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        key_usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - LIFETIME)
            .not_valid_after(now + LIFETIME)
            .add_extension(constraints, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority),
                critical=False,
            )
        )
        if constraints.ca:
            builder = builder.add_extension(key_usage, critical=True)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self._key, hashes.SHA256())


class TlsServer:
    """Answers every GET with `status`, `headers` and `body`; records the connections and paths."""

    def __init__(self, context):
        self.status, self.headers, self.body = 200, {}, b""
        self.connections, self.paths, self.hosts = 0, [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.paths.append(self.path)
                outer.hosts.append(self.headers["Host"])
                outer.answer(self)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def get_request(self):
                connection, address = super().get_request()
                outer.connections += 1
                return connection, address

            def finish_request(self, request, client_address):
                with (
                    contextlib.suppress(OSError),
                    context.wrap_socket(request, server_side=True) as tls,
                ):
                    super().finish_request(tls, client_address)

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.authority = f"{HOST}:{self.port}"

    def answer(self, handler):
        """Send the answer; tests replace it."""
        handler.send_response(self.status)
        for name, value in ({"Content-Length": len(self.body)} | self.headers).items():
            handler.send_header(name, str(value))
        handler.end_headers()
        handler.wfile.write(self.body)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()


def loopback_network(authority, **arguments):
    """A network in which every name is 127.0.0.1, which is allowed, and `authority` is trusted."""
    loopback = ipaddress.ip_network("127.0.0.0/8")
    defaults = {
        "resolve": lambda _host, _port: ["127.0.0.1"],
        "is_allowed": lambda address: address in loopback,
        "tls_context": authority.client_context,
    }
    return Network(**(defaults | arguments))


def unused_port():
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
