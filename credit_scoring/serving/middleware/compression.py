"""Compression of text responses by gzip, which every client and proxy understands.

Responses below `MIN_SIZE`, such as a decision's, are sent as they are. Static files are compressed
once, by static_files.py.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator

from flask import Flask, Request, Response

from credit_scoring.serving.flask_objects import current_request

GZIP = "gzip"
TEXT_TYPES = frozenset(
    {"application/json", "application/problem+json", "image/svg+xml", "text/css", "text/csv"}
    | {"text/html", "text/javascript", "text/plain"}
)
MIN_SIZE = 1200  # bytes: what fits one packet does not arrive sooner
LEVEL = 6
GZIP_FORMAT = zlib.MAX_WBITS + 16


def register(app: Flask) -> None:
    """Compress the responses of `app`, before the hooks registered so far see them."""
    app.after_request(compress_response)


def compress_response(response: Response) -> Response:
    """Compress a whole or a streamed text of status 200 if the client accepts gzip."""
    length = response.headers.get("Content-Length", type=int)
    if length is not None and length < MIN_SIZE:
        return response
    if not _is_compressible(response):
        return response
    response.vary.add("Accept-Encoding")
    if accepts_gzip(current_request()):
        _compress(response)
    return response


def _is_compressible(response: Response) -> bool:
    is_whole = response.status_code == 200  # noqa: PLR2004
    is_text = response.mimetype in TEXT_TYPES
    return is_whole and is_text and "Content-Encoding" not in response.headers


def accepts_gzip(request: Request) -> bool:
    """Whether Accept-Encoding names gzip or any coding, with a quality above 0."""
    return request.accept_encodings.quality(GZIP) > 0


def compress(content: bytes, level: int = LEVEL) -> bytes:
    """`content` in the gzip format: the same bytes for the same content."""
    return gzip.compress(content, level, mtime=0)


def _compress(response: Response) -> None:
    response.headers["Content-Encoding"] = GZIP
    if response.is_streamed:
        chunks = response.response
        response.response = _compressed_chunks(response.iter_encoded())
        response.headers.pop("Content-Length", None)
        if hasattr(chunks, "close"):
            response.call_on_close(chunks.close)
    else:
        response.set_data(compress(response.get_data()))


def _compressed_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(LEVEL, wbits=GZIP_FORMAT)
    for chunk in chunks:
        if part := compressor.compress(chunk):
            yield part
    yield compressor.flush()
