"""Static files: compressed once per process, and cached by the browser under their digest.

A link to a static file carries the start of the file's digest as `v`. Under that address the
content never changes, so a browser may keep it. Under another one, as in the imports between
modules, the browser asks each time and gets 304.
"""

import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.middleware.compression import GZIP, TEXT_TYPES, accepts_gzip, compress

FOLDER = Path(__file__).parent / "pages/static"
ENDPOINT = "static"
VERSION = "v"  # parameter of the query
VERSION_LENGTH = 12
MOST_FILES = 256
LEVEL = 9
UNCHANGING = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"
# As in Python 3.14 on any machine; the types of the system's files may differ.
TYPES = mimetypes.MimeTypes()
TYPES.add_type("text/javascript", ".js")


@dataclass(frozen=True)
class StaticFile:
    """A file's content, its type, its digest, and the content in gzip if that is a text."""

    content: bytes
    mimetype: str
    version: str
    compressed: bytes | None


def register(app: Flask) -> None:
    """Serve the folder under /static/, and add the version to every link to it."""
    app.add_url_rule("/static/<path:filename>", ENDPOINT, public(static_file))
    app.url_defaults(_add_version)


def static_file(filename: str) -> Response:
    """A file of the folder; 404 if there is none."""
    file = _read(filename)
    response = Response(file.content, mimetype=file.mimetype)
    coding = ""
    if file.compressed is not None:
        response.vary.add("Accept-Encoding")
        if accepts_gzip(request):
            coding = GZIP
            response.set_data(file.compressed)
            response.headers["Content-Encoding"] = GZIP
    response.set_etag(f"{file.version}{coding}")
    is_current = request.args.get(VERSION) == file.version
    response.headers["Cache-Control"] = UNCHANGING if is_current else REVALIDATED
    response.make_conditional(request)
    return response


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == ENDPOINT:
        values.setdefault(VERSION, _read(values["filename"]).version)


def _read(filename: str) -> StaticFile:
    path = safe_join(str(FOLDER), filename)
    if path is None or not Path(path).is_file():
        raise NotFound
    return _read_once(path, Path(path).stat().st_mtime_ns)


@lru_cache(MOST_FILES)
def _read_once(path: str, modified: int) -> StaticFile:  # noqa: ARG001 - part of the cache's key
    content = Path(path).read_bytes()
    mimetype = TYPES.guess_type(path)[0] or "application/octet-stream"
    version = sha256(content).hexdigest()[:VERSION_LENGTH]
    is_text = mimetype in TEXT_TYPES
    return StaticFile(content, mimetype, version, compress(content, LEVEL) if is_text else None)
