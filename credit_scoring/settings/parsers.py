"""What the text of a setting may say: each function here gives its value, or raises ValueError or KeyError."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CACHE = "~/.cache/credit-scoring"
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""

    def read(text: str) -> int:
        if not (re.fullmatch("[0-9]{1,19}", text) and low <= int(text) <= high):
            raise ValueError(text)
        return int(text)

    return read


def one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    """One of `words`, however its letters are cased."""

    def read(text: str) -> str:
        return {word.lower(): word for word in words}[text.lower()]

    return read


def names(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def path_or_none(text: str) -> Path | None:
    """A path; None for nothing."""
    return Path(text) if text else None


def folder_or_off(text: str) -> Path | None:
    """The folder; None for "off", and where the user has no home to keep anything in."""
    if text.lower() == "off":
        return None
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if text == CACHE and shared.is_absolute():
        return shared / "credit-scoring"
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return None


def on_or_off(text: str) -> bool:
    """A switch."""
    return ("off", "on").index(text.lower()) == 1


def key(text: str) -> str:
    """A key that cannot be guessed; nothing for none."""
    if text and not re.fullmatch(r"[!-~]{32,200}", text):
        raise ValueError
    return text


def rate_or_off(text: str) -> Rate | None:
    """A rate such as 600/minute; None for "off"."""
    if text.lower() == "off":
        return None
    count, _, period = text.lower().partition("/")
    return Rate(whole(1, 1_000_000)(count.strip()), PERIODS[period.strip()])


def origins(text: str) -> tuple[str, ...]:
    """Origins as browsers send them, in small letters and without a path, between commas."""
    found = names(text)
    if not all(re.fullmatch(r"https?://[a-z0-9.\-\[\]:]+", origin) for origin in found):
        raise ValueError(text)
    return found


def host(text: str) -> str:
    """A host name or an address of IPv4 or IPv6."""
    if not all(c.isascii() and (c.isalnum() or c in ".:-_") for c in text):
        raise ValueError(text)
    return text
