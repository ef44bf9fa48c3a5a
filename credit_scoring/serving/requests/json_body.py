"""From a request's bytes to a JSON object, refusing what JSON readers commonly let pass."""

import json
from collections import Counter
from functools import partial
from typing import Any

from flask import current_app
from pydantic_core import from_json
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.serving.requests.messages import MOST_ERRORS, plain, shown

EXAMPLE = 'expected an object such as {"features": {"EXT_SOURCE_2": 0.62}}'
Object = dict[str, Any]
CONTAINERS = frozenset((dict, list))


def read_object(request: Request) -> Object:
    """The JSON object that is the body of `request`; RequestError 400, 413, 415 or 422 says what is wrong."""
    _require_json(request)
    value = parse(_read(request), current_app.config["MAX_NESTING"])
    if not isinstance(value, dict):
        raise RequestError(
            f"the body is {shown(value)}: {EXAMPLE}", status=422, title="Not an object"
        )
    return value


def features_of(body: Object, member: str = "features") -> Object:
    """The features in `body`: the object under `member`, or `body` itself."""
    if member not in body:
        return body
    features = body[member]
    if not isinstance(features, dict):
        example = EXAMPLE.replace("features", member)
        raise _refused(FieldError(member, f"{member} is {shown(features)}: {example}"))
    others = [name for name in body if name != member]
    if others:
        raise _refused(
            *(
                FieldError(plain(n), f'{shown(n)} stands beside "{member}": remove it')
                for n in others[:MOST_ERRORS]
            )
        )
    return features


def parse(data: bytes, levels: int) -> Any:
    """The JSON value in `data`, UTF-8; RequestError 400 where it is none, has a key twice or more than `levels`.

    NaN, Infinity and numbers too large for 64 bits pass as floats: the check of each field refuses them by name.

    The fast reader takes the last of two equal keys without a word. Each key has a colon in the text: where there
    are as many colons as keys, none was lost. Where there are more (in a text, or a key twice), and wherever the
    fast reader stumbles, the slow one tells.
    """
    try:
        value = from_json(data, allow_inf_nan=False)
        keys = _count_keys(value, levels)
    except (ValueError, RecursionError):
        return _slowly(data, levels)
    return value if keys == data.count(b":") else _slowly(data, levels)


def _slowly(data: bytes, levels: int) -> Any:
    if not data.strip():
        raise _malformed(f"the body is empty: {EXAMPLE}")
    try:
        value = _loads(data.decode("utf-8"))
        _count_keys(value, levels)
    except UnicodeDecodeError as error:
        raise _malformed(f"the body is not UTF-8 text (byte {error.start}): send UTF-8") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _malformed(f"the body is not JSON ({error.msg}, {place}): {EXAMPLE}") from error
    except RecursionError as error:
        raise _too_deep(levels) from error
    return value


def _count_keys(value: Any, levels: int) -> int:
    """The number of keys in all objects of a JSON value; RecursionError where it has more than `levels`."""
    if type(value) not in CONTAINERS:
        return 0
    if not levels:
        raise RecursionError
    inner, own = (value.values(), len(value)) if isinstance(value, dict) else (value, 0)
    if CONTAINERS.isdisjoint(map(type, inner)):
        return own
    return own + sum(_count_keys(each, levels - 1) for each in inner)


def _read(request: Request) -> bytes:
    stream, length = request.stream, request.content_length  # 413 where it is too long
    if length is None:
        data = request.get_data(cache=False)
        stream.read(
            1
        )  # Werkzeug cuts a chunked body at the limit without a word; reading on is its 413
        return data
    sent: bytes = request.environ["wsgi.input"].read(
        length
    )  # at once: Werkzeug's way is two copies of every 64 kB
    if len(sent) < length:
        raise ClientDisconnected
    return sent


def _loads(text: str) -> Any:
    loads = partial(json.loads, text, object_pairs_hook=_without_duplicates)
    try:
        return loads()
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python refuses whole numbers of more than 4,300 digits
        return loads(parse_int=float)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Object:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counts = Counter(name for name, _ in pairs)
    errors = [
        FieldError(plain(n), f"{shown(n)} stands {c} times: send it once")
        for n, c in counts.items()
        if c > 1
    ]
    raise _malformed(f"the body has a key twice: {errors[0].message}", *errors[:MOST_ERRORS])


def _require_json(request: Request) -> None:
    if request.content_type == "application/json" and "Content-Encoding" not in request.headers:
        return  # as nearly all do; taking the header apart costs
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
        given = shown(request.headers.get("Content-Type", ""))
        raise _unsupported(f"Content-Type is {given}: expected application/json in UTF-8")
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise _unsupported(f"Content-Encoding is {shown(encoding)}: send the body as it is")


def _too_deep(levels: int) -> RequestError:
    return _malformed(
        f"the body is nested too deeply, {levels} levels are the most that is read: {EXAMPLE}"
    )


def _unsupported(detail: str) -> RequestError:
    return RequestError(detail, status=415, title="Unsupported media type")


def _malformed(detail: str, *errors: FieldError) -> RequestError:
    return RequestError(detail, status=400, title="Malformed body", errors=errors)


def _refused(*errors: FieldError) -> RequestError:
    return RequestError(errors[0].message, status=422, title="Features refused", errors=errors)
