"""A bundle at an https:// address: one uncompressed tar file of its files.

It is read in memory, and nothing is unpacked to disk. The host must be in
CREDIT_SCORING_MODEL_HOSTS; redirects are not followed.
"""

import hashlib
import http.client
import re
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from credit_scoring.bundle.bundle_files import TOTAL_SIZE_LIMIT
from credit_scoring.deadline_socket import Deadline, DeadlineSocket
from credit_scoring.errors import SourceError, SourceUnavailableError
from credit_scoring.model_sources.fetched_bundle import REVISION, FetchedBundle
from credit_scoring.model_sources.public_network import Network, open_tls
from credit_scoring.model_sources.tar_files import files_of_tar

ADDRESS = re.compile(r"https://([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?(/[!-~]*)")
HTTPS_PORT = 443
MAX_HOST_LENGTH = 253  # characters
MAX_PORT = 65535
OK = 200
MAX_TIME = 120  # seconds for the whole fetch
CHUNK_SIZE = 1 << 20  # bytes
TAR_OVERHEAD = 1 << 20  # bytes of headers and padding
PROTOCOL_OVERHEAD = 16 << 20  # bytes of HTTP headers and of the sizes of chunks
MAX_REASON_LENGTH = 200  # characters
HOSTS_SETTING = "CREDIT_SCORING_MODEL_HOSTS"


@dataclass(frozen=True)
class HttpsAddress:
    """A checked address; `target` is the path with the query, which may contain a secret."""

    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The host as a Host header and the setting name it: with its port unless that is 443."""
        return self.host if self.port == HTTPS_PORT else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"https://{self.authority}{self.target.partition('?')[0]}"


def fetch_https(
    source: str,
    hosts: Collection[str],
    *,
    network: Network | None = None,
    max_seconds: float = MAX_TIME,
) -> FetchedBundle:
    """The bundle in the tar file at `source`, whose host must be one of `hosts`.

    SourceError for a source that is not allowed, before any connection; SourceUnavailableError if
    the host does not answer with the file in time.
    """
    address = parse_address(source, hosts)
    try:
        data, etag = _download(address, Deadline(max_seconds), network or Network())
    except ssl.SSLCertVerificationError as error:
        reason = f"its certificate is not valid ({error.verify_message})"
        raise SourceUnavailableError(f"{address}: {reason}: check the host's name") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        late = isinstance(error, TimeoutError)
        reason = f"no complete answer in {max_seconds:g} s" if late else _reason(error)
        raise SourceUnavailableError(
            f"{address} does not answer as expected ({reason}): try again, or check the host"
        ) from error
    revision = etag if REVISION.fullmatch(etag) else f"sha256:{hashlib.sha256(data).hexdigest()}"
    return FetchedBundle(files_of_tar(data, str(address)), revision)


def _reason(error: Exception) -> str:
    """The kind and the text of an error; an error of HTTP may quote what the server sent."""
    text = f"{type(error).__name__}: {error}"[:MAX_REASON_LENGTH].strip()
    return text if text.isprintable() else ascii(text)[1:-1]


def parse_address(source: str, hosts: Collection[str]) -> HttpsAddress:
    """The address; SourceError unless it is plain and its host is one of `hosts`."""
    match = ADDRESS.fullmatch(source)
    if match is None or not 0 < int(match[2] or HTTPS_PORT) <= MAX_PORT or "#" in match[3]:
        expected = "https://host/path, without user, password and fragment"
        raise SourceError(f"the source is not an address that can be fetched: expected {expected}")
    address = HttpsAddress(match[1].lower(), int(match[2] or HTTPS_PORT), match[3])
    path = unquote(urlsplit(source).path)
    if "\\" in path or ".." in path.split("/"):
        raise SourceError(f"{address} has .. or \\ in its path: give the path without it")
    if address.authority not in hosts:
        allowed = ", ".join(hosts) or "none"
        raise SourceError(
            f"{address}: the host {address.authority} is not allowed (allowed: {allowed}): "
            f"add it to {HOSTS_SETTING}"
        )
    return address


def _download(address: HttpsAddress, deadline: Deadline, network: Network) -> tuple[bytes, str]:
    """The content and its ETag."""
    with open_tls(address.host, address.port, deadline, network) as connection:
        client = http.client.HTTPConnection(address.host, address.port)
        client.sock = DeadlineSocket(
            connection, deadline, TOTAL_SIZE_LIMIT + TAR_OVERHEAD + PROTOCOL_OVERHEAD
        )
        headers = {
            "Host": address.authority,
            "User-Agent": "credit-scoring",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        client.request("GET", address.target, headers=headers)
        response = client.getresponse()
        _require_content(response, address)
        return _read_all(response, address), response.getheader("ETag", "")


def _require_content(response: http.client.HTTPResponse, address: HttpsAddress) -> None:
    if 300 <= response.status < 400:  # noqa: PLR2004 - redirects
        match = ADDRESS.match(response.getheader("Location", ""))
        target = f"the host {match[1][:MAX_HOST_LENGTH]}" if match else "another address"
        raise SourceError(
            f"{address} redirects to {target}, which is not followed: give the address of the file "
            "itself"
        )
    if 400 <= response.status < 500:  # noqa: PLR2004 - the request is wrong
        raise SourceError(f"{address} answers {response.status}: check the address")
    if response.status != OK:
        raise SourceUnavailableError(f"{address} answers {response.status}: try again later")
    if response.getheader("Content-Encoding", "identity") != "identity":
        raise SourceError(f"{address} is compressed: serve the tar file as it is")


def _read_all(response: http.client.HTTPResponse, address: HttpsAddress) -> bytes:
    limit = TOTAL_SIZE_LIMIT + TAR_OVERHEAD
    expected = response.length  # None if it is sent in chunks
    data = bytearray()
    while (expected or 0) <= limit and len(data) <= limit:
        chunk = response.read(CHUNK_SIZE)
        if not chunk:
            break
        data += chunk
    else:
        raise SourceError(f"{address} is larger than {limit} bytes: expected a bundle's tar file")
    if expected is not None and len(data) != expected:
        raise http.client.IncompleteRead(bytes(data), expected - len(data))
    return bytes(data)
