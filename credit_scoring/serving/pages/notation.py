"""Numbers, dates and times as a page shows them, in the notation of its language."""

from datetime import UTC, date, datetime

from credit_scoring.monitoring.sentence import day_and_month
from credit_scoring.scoring.translations import localise

MINUS = "\u2212"
PERCENT = {"en": "%", "fr": "\u00a0%"}
SMALL_SHARE = 0.01  # below it a percentage has two decimals


def number(value: float, language: str, decimals: int = 0) -> str:
    """A number with grouped thousands and a true minus sign: "12,500.5" or "12 500,5"."""
    return localise(f"{value:,.{decimals}f}", language).replace("-", MINUS)


def percent(share: float, language: str, decimals: int | None = None) -> str:
    """A share from 0 to 1 in per cent: one decimal, two below 1 %, none at 0."""
    if decimals is None:
        decimals = 0 if share == 0 else 2 if abs(share) < SMALL_SHARE else 1
    return number(100 * share, language, decimals) + PERCENT[language]


def day(value: date, language: str) -> str:
    """A date in words: "3 May 2026", "3 mai 2026", "1er mai 2026"."""
    return f"{day_and_month(value, language)} {value.year}"


def instant(value: datetime, language: str) -> str:
    """A time to the minute in UTC: "3 May 2026, 14:05 UTC", "3 mai 2026 à 14 h 05 UTC"."""
    joint = " à" if language == "fr" else ","
    return f"{day(value.astimezone(UTC).date(), language)}{joint} {clock(value, language)}"


def clock(value: datetime, language: str) -> str:
    """The time of day in UTC: "14:05 UTC", "14 h 05 UTC"."""
    hours, minutes = f"{value.astimezone(UTC):%H %M}".split()
    separator = "\u00a0h\u00a0" if language == "fr" else ":"
    return f"{hours}{separator}{minutes}\u00a0UTC"
