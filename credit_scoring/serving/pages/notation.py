"""Numbers, dates and times as a page shows them, in the notation of its language."""

from datetime import UTC, date, datetime

DECIMAL_POINT = {"en": ".", "fr": ","}
GROUP_SEPARATOR = {"en": ",", "fr": "\u202f"}
PERCENT = {"en": "%", "fr": "\u00a0%"}
SMALL_SHARE = 0.01  # below it a percentage has two decimals
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}


def number(value: float, language: str, decimals: int = 0) -> str:
    """A number with grouped thousands and a true minus sign: "12,500.5" or "12 500,5"."""
    integer, _, fraction = f"{value:,.{decimals}f}".partition(".")
    grouped = integer.replace(",", GROUP_SEPARATOR[language]).replace("-", "\u2212")
    return grouped + (DECIMAL_POINT[language] + fraction if fraction else "")


def percent(share: float, language: str, decimals: int | None = None) -> str:
    """A share from 0 to 1 in per cent: one decimal, two below 1 %, none at 0."""
    if decimals is None:
        decimals = 0 if share == 0 else 2 if abs(share) < SMALL_SHARE else 1
    return number(100 * share, language, decimals) + PERCENT[language]


def day(value: date, language: str) -> str:
    """A date in words: "3 May 2026", "3 mai 2026", "1er mai 2026"."""
    month = MONTHS[language].split()[value.month - 1]
    first = language == "fr" and value.day == 1
    return f"{value.day}{'er' if first else ''} {month} {value.year}"


def instant(value: datetime, language: str) -> str:
    """A time to the minute in UTC: "3 May 2026, 14:05 UTC", "3 mai 2026 à 14 h 05 UTC"."""
    joint = " à" if language == "fr" else ","
    return f"{day(value.astimezone(UTC).date(), language)}{joint} {clock(value, language)}"


def clock(value: datetime, language: str) -> str:
    """The time of day in UTC: "14:05 UTC", "14 h 05 UTC"."""
    hours, minutes = f"{value.astimezone(UTC):%H %M}".split()
    separator = "\u00a0h\u00a0" if language == "fr" else ":"
    return f"{hours}{separator}{minutes}\u00a0UTC"
