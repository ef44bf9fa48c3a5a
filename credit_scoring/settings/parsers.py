"""Parsers of setting texts, each with a description of the texts that it accepts."""

import base64
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from credit_scoring.settings.key_text import PRIVATE, PUBLIC, decode_key

DEFAULT_CACHE = "~/.cache/credit-scoring"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
WEBHOOK_SECRET_PREFIX = "whsec_"  # noqa: S105 - of Standard Webhooks
WEBHOOK_SECRET_BYTES = range(24, 65)
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}  # seconds


@dataclass(frozen=True)
class Parser:
    """Converts a text, or raises ValueError or KeyError unless it is as `expected`."""

    expected: str
    parse: Callable[[str], Any]


@dataclass(frozen=True)
class Rate:
    """A number of requests per period."""

    requests: int
    seconds: int


def whole_number(low: int, high: int) -> Parser:
    """A whole number from `low` to `high`."""

    def parse(text: str) -> int:
        if not (re.fullmatch("[0-9]{1,19}", text) and low <= int(text) <= high):
            raise ValueError(text)
        return int(text)

    return Parser(f"a whole number from {low} to {high}", parse)


def whole_number_or_auto(low: int, high: int) -> Parser:
    """A whole number from `low` to `high`, or None for "auto"."""
    number = whole_number(low, high)
    return Parser(
        f"auto, or {number.expected}",
        lambda text: None if text.lower() == "auto" else number.parse(text),
    )


def one_of(*words: str) -> Parser:
    """One of some words, in any case."""
    by_lower_case = {word.lower(): word for word in words}
    return Parser(f"one of {', '.join(words)}", lambda text: by_lower_case[text.lower()])


def letter_text(longest: int) -> Parser:
    """A text on one line that a letter prints."""

    def parse(text: str) -> str:
        if len(text) > longest or not text.isprintable():
            raise ValueError(text)
        return text

    return Parser(f"up to {longest} printable characters", parse)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]*", text):
        raise ValueError(text)
    return text


def _api_key(text: str) -> str:
    if text and not re.fullmatch(r"[!-~]{32,200}", text):
        raise ValueError(text)
    return text


def _rate(text: str) -> Rate | None:
    if text.lower() == "off":
        return None
    count, _, period = text.lower().partition("/")
    requests = whole_number(1, 1_000_000).parse(count.strip())
    return Rate(requests, PERIODS[period.strip()])


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9.\-\[\]:]+", text):
        raise ValueError(text)
    return text


def _origins(text: str) -> tuple[str, ...]:
    return tuple(_origin(origin) for origin in _names(text))


def _model_hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(name.lower().removesuffix(":443") for name in _names(text))
    if not all(re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", h) for h in hosts):
        raise ValueError(text)
    return hosts


def _model_source(text: str) -> str:
    if not text.isprintable():
        raise ValueError(text)
    return text


def _public_keys(text: str) -> tuple[bytes, ...]:
    """The keys. A text without a key is an error: no key means that signatures are not required."""
    names = _names(text)
    if text and not names:
        raise ValueError(text)
    return tuple(decode_key(PUBLIC, name) for name in names)


def _token(text: str) -> str:
    if not re.fullmatch(r"[!-~]{0,500}", text):
        raise ValueError(text)
    return text


def _webhook_url(text: str) -> str:
    """An address without user and fragment; without TLS only on this machine."""
    address = urlsplit(text)
    is_safe = address.scheme == "https" or (
        address.scheme == "http" and address.hostname in LOOPBACK
    )
    is_plain = re.fullmatch("[!-~]+", text) and "@" not in address.netloc and not address.fragment
    if text and not (is_safe and is_plain and address.hostname and address.port != 0):
        raise ValueError(text)
    return text


def _webhook_secret(text: str) -> bytes:
    """The bytes of a secret as Standard Webhooks writes it; empty for an empty text."""
    if not text:
        return b""
    encoded = text.removeprefix(WEBHOOK_SECRET_PREFIX)
    secret = base64.b64decode(encoded, validate=True)
    if encoded == text or len(secret) not in WEBHOOK_SECRET_BYTES:
        raise ValueError(text)
    return secret


def _cache_folder(text: str) -> Path | None:
    """The folder; None for "off", or if the user has no home folder."""
    if text.lower() == "off":
        return None
    shared_cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if text == DEFAULT_CACHE and shared_cache.is_absolute():
        return shared_cache / "credit-scoring"
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return None


FOLDER = Parser("a folder", Path)
FILE_OR_NONE = Parser("a file", lambda text: Path(text) if text else None)
CACHE_FOLDER = Parser("a folder, or off", _cache_folder)
SWITCH = Parser("on or off", lambda text: ("off", "on").index(text.lower()) == 1)
NAMES = Parser("names separated by commas", _names)
HOST = Parser("an address or host name of this machine", _host)
API_KEY = Parser("32 to 200 visible characters", _api_key)
RATE = Parser(f"off, or a number and a period such as 600/minute ({', '.join(PERIODS)})", _rate)
ORIGIN = Parser("an origin such as https://huggingface.co", _origin)
ORIGINS = Parser("origins such as https://app.example.org, separated by commas", _origins)
DATABASE_URL = Parser("sqlite:///file or postgresql://user:password@host/name", str)
TRACKING_URI = Parser("an address that MLflow understands", str)
MODEL_SOURCE = Parser("a folder, models:/…, hf://… or https://…", _model_source)
MODEL_HOSTS = Parser("host names such as models.example.org, separated by commas", _model_hosts)
PUBLIC_KEYS = Parser(f"keys that begin with {PUBLIC}, separated by commas", _public_keys)
SIGNING_KEY = Parser(
    f"the content of a file made by python model.py signing-key create, {PRIVATE}…",
    lambda text: decode_key(PRIVATE, text) if text else None,
)
TOKEN = Parser("up to 500 visible characters", _token)
WEBHOOK_URL = Parser("an address https://… or, on this machine, http://localhost…", _webhook_url)
WEBHOOK_SECRET = Parser("whsec_ and 24 to 64 bytes in base64", _webhook_secret)
