"""Numbers, days and links in the language of the page, for its templates and charts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import exp, log
from typing import Any

from credit_scoring.charts.words import ChartWords
from credit_scoring.monitoring.alarms.value_texts import MOST_EVIDENCE
from credit_scoring.monitoring.sentence import Language
from credit_scoring.scoring.translations import localise
from credit_scoring.serving.pages import notation
from credit_scoring.serving.pages.language import Texts

UNKNOWN = "–"
SMALLEST_SHARE = 0.0005  # below it a percentage would read 0.0 %
SMALLEST_P = 0.0001


@dataclass(frozen=True)
class Words:
    """The notation of a page in `language`, with its texts."""

    language: Language
    t: Texts

    def whole(self, value: float | None) -> str:
        """A whole number: "16,800"."""
        return UNKNOWN if value is None else notation.number(value, self.language)

    def decimal(self, value: float | None, decimals: int = 3) -> str:
        """A number with decimals: "0.815"."""
        return UNKNOWN if value is None else notation.number(value, self.language, decimals)

    def share(self, value: float | None) -> str:
        """A share in per cent: "25.5%", "< 0.1%"."""
        if value is None:
            return UNKNOWN
        if 0 < value < SMALLEST_SHARE:
            return f"< {notation.percent(0.001, self.language, 1)}"
        return notation.percent(value, self.language, 0 if value == 0 else 1)

    def points(self, difference: float) -> str:
        """A difference of shares in percentage points, with its sign: "+2.4 points"."""
        text = notation.number(100 * difference, self.language, 1)
        sign = "" if text.startswith(notation.MINUS) else "+"
        return f"{sign}{text}\u00a0{self.t['points']}"

    def p_value(self, value: float) -> str:
        """A p-value: "0.031", "< 0.0001"."""
        shown = f"< {SMALLEST_P}" if value < SMALLEST_P else f"{value:.2g}"
        return localise(shown, self.language)

    def evidence(self, log_evidence: float) -> str:
        """Evidence, from its logarithm: "20", "0.17", "> 1,000"."""
        if log_evidence > log(MOST_EVIDENCE):
            return f"> {self.whole(MOST_EVIDENCE)}"
        return localise(f"{exp(log_evidence):.2g}", self.language)

    def milliseconds(self, value: float | None) -> str:
        """A duration: "54.8 ms"."""
        return UNKNOWN if value is None else f"{self.short(value)}\u00a0ms"

    def short(self, value: float) -> str:
        """A number with up to four digits."""
        return localise(f"{value:,.4g}", self.language)

    def short_share(self, share: float) -> str:
        """A share with up to three digits, for the axis of a chart."""
        return localise(f"{100 * share:.3g}", self.language) + notation.PERCENT[self.language]

    def day(self, text: str | None) -> str:
        """A day such as 2026-11-28 in words."""
        return notation.day(date.fromisoformat(text), self.language) if text else ""

    def short_day(self, text: str) -> str:
        """A day without its year, for the axis of a chart: "28 Nov"."""
        day = date.fromisoformat(text)
        return f"{day.day} {self.t['months'][day.month - 1]}"

    def month(self, text: str) -> str:
        """A month such as 2026-11 in words: "Nov 2026"; "all" is all months."""
        if text == "all":
            return str(self.t["all_months"])
        year, _, month = text.partition("-")
        return f"{self.t['months'][int(month) - 1]} {year}"

    def clock(self, instant: str) -> str:
        """The time of day of an instant: "14:05:12"."""
        return f"{datetime.fromisoformat(instant):%H:%M:%S}"

    def estimate(self, value: Mapping[str, Any] | None, decimals: int = 3) -> str:
        """An interval in words: "0.794 to 0.835"."""
        if value is None:
            return ""
        ends = {name: self.decimal(value[name], decimals) for name in ("low", "high")}
        return str(self.t["interval"]).format(**ends)

    def kind(self, name: str) -> str:
        """A kind of refused request in words, else its name."""
        return str(self.t["kinds"].get(name, name))

    @property
    def chart(self) -> ChartWords:
        """The words of the charts."""
        return ChartWords(
            number=self.short,
            percent=self.short_share,
            unknown=self.t["unknown"],
            reference=self.t["reference"],
            interval=self.t["interval"],
        )
