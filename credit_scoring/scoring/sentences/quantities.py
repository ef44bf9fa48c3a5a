"""Numbers as they are read out: "3.3 years", "62%", "1.4 times", "503,460"."""

import math
from dataclasses import dataclass

from credit_scoring.scoring.sentences.vocabulary import Vocabulary
from credit_scoring.scoring.translations import (
    LARGE_NUMBER,
    add_unit,
    format_number,
    texts_by_language,
)

LITTLE = 0.001  # numbers closer to 0 are "almost 0"
MUCH = 1e9  # larger numbers are "more than" this
LITTLE_SHARE = 0.001  # smaller shares are "less than 0.1%"
NEAR_SHARE = 0.01  # closer to none or to all, a share has a decimal
MIN_DAYS_WITH_3_DIGITS = 10
MIN_DAYS_IN_MONTHS = 60
MIN_DAYS_IN_YEARS = 730
MIN_MONTHS_IN_YEARS = 24
DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365.25
# Styles without a sign: the sentence says in words which side of 0 the value is on.
ABSOLUTE = {"span": "days", "month_span": "months", "magnitude": "number", "change": "points"}
# The style of a feature by its unit; other units are plain numbers.
STYLE_OF_UNIT = {
    "days": "days", "months": "months", "years": "years", "hour": "hour", "share": "percent",
    "ratio": "percent", "rate per month": "rate",
}  # fmt: skip
STYLE_OF_SPREAD = {"percent": "points", "hour": "hours"}  # of a standard deviation


@dataclass(frozen=True)
class Quantities:
    """The notation of numbers in one language; `vocabulary` is that of the language."""

    language: str
    vocabulary: Vocabulary

    def text(self, value: float, style: str) -> str:
        """A number in the given style: a key of [units], "percent", "span", …, or "number"."""
        if style in ABSOLUTE:
            return self.text(abs(value), ABSOLUTE[style])
        own = {"percent": self._percent, "rate": self._rate, "days": self._days}
        if style in own:
            return own[style](value)
        if style == "points":
            return self._with_unit(100 * value, "points")
        if style == "months" and abs(value) >= MIN_MONTHS_IN_YEARS:
            return self._with_unit(round(value / 12, 1), "years")
        return self._with_unit(value, style)

    def _rate(self, share: float) -> str:
        """Per cent with three digits."""
        return self._percent_text(float(f"{100 * share:.3g}"))

    def _days(self, days: float) -> str:
        if abs(days) >= MIN_DAYS_IN_YEARS:
            return self._with_unit(round(days / DAYS_PER_YEAR, 1), "years")
        if abs(days) >= MIN_DAYS_IN_MONTHS:
            return self._with_unit(round(days / DAYS_PER_MONTH), "months")
        has_3_digits = abs(days) >= MIN_DAYS_WITH_3_DIGITS
        return self._with_unit(days if has_3_digits else float(f"{days:.2g}"), "days")

    def _with_unit(self, value: float, style: str) -> str:
        return add_unit(self.number(value), value, style, self.language)

    def number(self, value: float) -> str:
        """A number with three digits, or whole from 1,000."""
        words = self.vocabulary["words"]
        if 0 < abs(value) < LITTLE:
            return str(words["almost_zero"])
        if abs(value) > MUCH:
            limit = format_number(math.copysign(MUCH, value), self.language)
            return str(words["much" if value > 0 else "little"]).format(value=limit)
        is_large = abs(value) >= LARGE_NUMBER
        return format_number(value if is_large else float(f"{value:.3g}"), self.language)

    def _percent(self, share: float) -> str:
        """Whole per cent; one decimal near none and near all, which only 0 and 1 are called."""
        words = self.vocabulary["words"]
        if 0 < share < LITTLE_SHARE:
            return str(words["little"]).format(value=self._percent_text(100 * LITTLE_SHARE))
        if 1 - LITTLE_SHARE < share < 1:
            return str(words["much"]).format(value=self._percent_text(100 * (1 - LITTLE_SHARE)))
        is_near = abs(share) < NEAR_SHARE or abs(share - 1) < NEAR_SHARE
        return self._percent_text(round(100 * share, 1 if is_near else 0))

    def _percent_text(self, number: float) -> str:
        is_large = abs(number) > MUCH
        text = self.number(number) if is_large else format_number(number, self.language)
        return text + str(texts_by_language()[self.language]["percent"])
