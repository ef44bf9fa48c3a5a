"""From the bytes of a request to a JSON object, refusing duplicate keys, NaN and the like."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any

from flask import current_app
from pydantic_core import from_json
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.scoring.validation.error_budget import MAX_ERRORS
from credit_scoring.scoring.validation.messages import quote, shorten

# The headers of a 415 say what is accepted (RFC 9110, 15.5.16). Accept-Encoding must not be sent if
# the reason is the media type (12.5.3). Accept-Post is what clients of W3C's LDP read.
MEDIA_TYPE_ACCEPTED = {"Accept": "application/json", "Accept-Post": "application/json"}
ENCODING_ACCEPTED = {"Accept-Encoding": "identity"}
JsonObject = dict[str, Any]
CONTAINERS = frozenset((dict, list))
TEXT = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
# Possessive and always matching, hence in linear time whatever the client sends:
UP_TO_SEPARATOR = re.compile(rf'(?:[^",\[{{]++|{TEXT})*+([,\[{{]?)'.encode(), re.DOTALL)


def read_json_object(request: Request, example: str) -> JsonObject:
    """The JSON object in the body of `request`.

    RequestError 400, 408, 415 or 422, or Werkzeug's 413; the error shows `example`, a valid body.
    """
    return parse_json_object(read_json(request), example)


def expected_object(example: str) -> str:
    """The remedy for a body of another shape."""
    return f"expected an object such as {example}"


def read_json(request: Request) -> bytes:
    """The body of `request`, JSON by its media type.

    RequestError 400, 408 or 415, or Werkzeug's 413.
    """
    _require_json(request)
    return _read_body(request)


def parse_json_object(data: bytes, example: str) -> JsonObject:
    """The JSON object in `data`; RequestError 400 or 422 with an `example`."""
    value = parse_json(data, current_app.config["MAX_NESTING"], example)
    if not isinstance(value, dict):
        message = f"the body is {quote(value)}: {expected_object(example)}"
        raise RequestError(message, status=422, title="Not an object")
    return value


def exceeds_values(data: bytes, most: int) -> bool:
    """Whether `data` is JSON with more than `most` values, told without building them.

    Each value, or its key, follows a comma or an opening bracket. A value of two bytes becomes an
    object of 64, so a body with too many must be refused before it is parsed. Bodies that seem to
    have too many are read again without the commas and brackets inside texts.
    """
    if sum(map(data.count, (b",", b"[", b"{"))) <= most:
        return False
    separators = (match for match in UP_TO_SEPARATOR.finditer(data) if match[1])
    return next(islice(separators, most, None), None) is not None


def parse_json(data: bytes, max_nesting: int, example: str = "{}") -> Any:
    """The JSON value in `data`, UTF-8.

    RequestError 400 if it is malformed, has duplicate keys or exceeds `max_nesting`.
    NaN, Infinity and numbers beyond 64 bits become floats; the validation of the fields names them.
    The fast parser keeps the last of two equal keys silently. As every key has a colon, no key was
    lost if the text has as many colons as the value has keys. Otherwise, because of a duplicate key
    or a colon inside a text, and if the fast parser fails, the slow parser decides.
    """
    try:
        value = from_json(data, allow_inf_nan=False)
        key_count = _count_keys(value, max_nesting)
    except (ValueError, RecursionError):
        return _parse_slowly(data, max_nesting, example)
    return value if key_count == data.count(b":") else _parse_slowly(data, max_nesting, example)


def _parse_slowly(data: bytes, max_nesting: int, example: str) -> Any:
    if not data.strip():
        raise _malformed(f"the body is empty: {expected_object(example)}")
    try:
        value = _loads(data.decode("utf-8"))
        _count_keys(value, max_nesting)
    except UnicodeDecodeError as error:
        raise _malformed(f"the body is not UTF-8 text (byte {error.start}): send UTF-8") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        detail = f"the body is not JSON ({error.msg}, {place}): {expected_object(example)}"
        raise _malformed(detail) from error
    except RecursionError as error:
        detail = f"the body is nested too deeply: expected at most {max_nesting} levels"
        raise _malformed(detail) from error
    return value


def _count_keys(value: Any, max_nesting: int) -> int:
    """The number of keys in all objects of a JSON value; RecursionError beyond `max_nesting`."""
    if type(value) not in CONTAINERS:
        return 0
    if not max_nesting:
        raise RecursionError
    is_object = isinstance(value, dict)
    children = value.values() if is_object else value
    own_keys = len(value) if is_object else 0
    if CONTAINERS.isdisjoint(map(type, children)):
        return own_keys
    return own_keys + sum(_count_keys(child, max_nesting - 1) for child in children)


def _read_body(request: Request) -> bytes:
    try:
        return _read_stream(request)
    except HTTPException as error:
        if isinstance(error.__context__, TimeoutError):  # Werkzeug's stream of a chunked body
            raise _timeout() from error
        raise
    except TimeoutError as error:
        raise _timeout() from error
    except Exception as error:  # the server's: a malformed chunk, a lost connection
        detail = f"the body cannot be read ({type(error).__name__}): send a valid HTTP body"
        raise _malformed(detail) from error


def _read_stream(request: Request) -> bytes:
    length = request.content_length
    if length is None:
        data = request.get_data(cache=False)
        # Werkzeug truncates a chunked body at the limit; reading on raises 413
        request.stream.read(1)
        return data
    limit = request.max_content_length
    if limit is not None and length > limit:
        raise RequestEntityTooLarge
    # One read: Werkzeug's own loop copies every 64 kB twice.
    received: bytes = request.environ["wsgi.input"].read(length)
    if len(received) < length:
        raise ClientDisconnected
    return received


def _loads(text: str) -> Any:
    loads = partial(json.loads, text, object_pairs_hook=_require_unique_keys)
    try:
        return loads()
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python refuses whole numbers of more than 4,300 digits
        return loads(parse_int=float)


def _require_unique_keys(pairs: list[tuple[str, Any]]) -> JsonObject:
    unique = dict(pairs)
    if len(unique) == len(pairs):
        return unique
    counts = Counter(name for name, _ in pairs)
    errors = [
        FieldError(shorten(name), f"{quote(name)} is sent {count} times: send it once")
        for name, count in counts.items()
        if count > 1
    ]
    raise _malformed(f"the body repeats a key: {errors[0].message}", *errors[:MAX_ERRORS])


def _require_json(request: Request) -> None:
    if request.content_type == "application/json" and "Content-Encoding" not in request.headers:
        return  # the usual case, without parsing the headers
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
        content_type = quote(request.headers.get("Content-Type", ""))
        detail = f"Content-Type is {content_type}: expected application/json in UTF-8"
        raise _unsupported(detail, MEDIA_TYPE_ACCEPTED)
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        detail = f"Content-Encoding is {quote(encoding)}: send the body uncompressed"
        raise _unsupported(detail, ENCODING_ACCEPTED)


def _unsupported(detail: str, headers: Mapping[str, str]) -> RequestError:
    return RequestError(detail, status=415, title="Unsupported media type", headers=headers)


def _timeout() -> RequestError:
    """The deadline of `middleware.connection` has passed."""
    message = "the body was not received in time: send the request again"
    return RequestError(message, status=408, title="Request Timeout")


def _malformed(detail: str, *errors: FieldError) -> RequestError:
    return RequestError(detail, status=400, title="Malformed body", errors=errors)
