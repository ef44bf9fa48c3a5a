"""The charts of the page, from the parts of the summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from credit_scoring.charts.heat_map import heat_map
from credit_scoring.charts.line_charts import day_bars, intervals, lines
from credit_scoring.charts.share_charts import histogram
from credit_scoring.monitoring.score_bars import score_bars
from credit_scoring.monitoring.summary_shape import FeatureSummary, MonitoredDay, MonitoringSummary
from credit_scoring.serving.pages.monitoring.words import Words

PERCENTILES = ("p50", "p95", "p99")
ESTIMATES = ("auc", "default_rate", "cost_per_accepted", "calibration_slope")
PERFECT = {"calibration_slope": 1.0}


@dataclass(frozen=True)
class Charts:
    """Charts of a summary in the words of the page; None where there is nothing to show."""

    summary: MonitoringSummary
    words: Words

    def volume(self) -> Markup | None:
        """Accepted and refused applicants by day."""
        days = calendar(self.summary["days"])
        if not any(day and day["decisions"] for day in days.values()):
            return None
        parts = {
            name: [day[name] if day else 0 for day in days.values()]
            for name in ("accepted", "refused")
        }
        title, names = self._text("volume"), {name: self._text(name) for name in parts}
        return day_bars(self._names(days), parts, title, words=self.words.chart, names=names)

    def refused_share(self) -> Markup | None:
        """The refused share by day, with that of training."""
        days = calendar(self.summary["days"])
        shares = [
            day["refused"] / day["decisions"] if day and day["decisions"] else None
            for day in days.values()
        ]
        volume = self.summary["volume"]
        training = volume["refused_share_training"] if volume else None
        return self._shares(days, "refused_share", shares, training)

    def missing_share(self) -> Markup | None:
        """The mean missing share of the features by day."""
        days = calendar(self.summary["days"])
        shares = [day["missing_share"] if day else None for day in days.values()]
        return self._shares(days, "missing_share", shares, None)

    def _shares(
        self,
        days: Mapping[str, MonitoredDay | None],
        name: str,
        shares: Sequence[float | None],
        goal: float | None,
    ) -> Markup | None:
        if all(share is None for share in shares):
            return None
        title = self._text(name)
        return lines(
            self._names(days), {name: shares}, title, words=self.words.chart,
            names={name: title}, show=self.words.short_share, goal=goal,
        )  # fmt: skip

    def latency(self) -> Markup | None:
        """The percentiles of the time in the handler by day."""
        days = calendar(self.summary["days"])
        points = [day and day["handler_ms"] for day in days.values()]
        if not any(points):
            return None
        series = {name: _values(points, name) for name in PERCENTILES}
        return lines(
            self._names(days), series, self._text("latency"), words=self.words.chart,
            names={name: self._text(name) for name in PERCENTILES}, show=self.words.milliseconds,
        )  # fmt: skip

    def score(self) -> Markup | None:
        """The distribution of the probability against the reference."""
        bars = score_bars(self.summary["score"])
        if bars is None:
            return None
        labels = [self.words.short_share(probability) for probability in bars.probabilities]
        title = self._text("score")
        return histogram(labels, bars.reference, bars.counts, title, words=self.words.chart)

    def months(self) -> dict[str, Markup]:
        """Each figure of performance by month, if any month has an outcome."""
        performance = self.summary["performance"]
        months = [month for month in (performance or {}).get("months", ()) if month["outcomes"]]
        return {name: self._month_chart(name, months) for name in ESTIMATES} if months else {}

    def _month_chart(self, name: str, months: Sequence[Mapping[str, Any]]) -> Markup:
        estimates = [month[name] for month in months]
        return intervals(
            [self.words.month(month["period"]) for month in months],
            [estimate and estimate["value"] for estimate in estimates],
            [estimate and (estimate["low"], estimate["high"]) for estimate in estimates],
            self._text(name),
            PERFECT.get(name),
            words=self.words.chart,
            show=self.words.short_share if name == "default_rate" else None,
        )

    def _names(self, days: Mapping[str, object]) -> list[str]:
        return [self.words.short_day(day) for day in days]

    def _text(self, name: str) -> str:
        return str(self.words.t["charts"][name])


def _values(points: Sequence[Mapping[str, Any] | None], name: str) -> list[float | None]:
    return [point[name] if point else None for point in points]


def calendar(days: Sequence[MonitoredDay]) -> dict[str, MonitoredDay | None]:
    """The days from the first to the last one that is known, None for a day without decisions."""
    known = {day["day"]: day for day in days}
    if not known:
        return {}
    first, last = (date.fromisoformat(end(known)) for end in (min, max))
    every = (first + timedelta(number) for number in range((last - first).days + 1))
    return {day.isoformat(): known.get(day.isoformat()) for day in every}


def feature_charts(feature: FeatureSummary, words: Words) -> dict[str, Markup | None]:
    """The histogram of a feature, and its shares by day."""
    labels = [each["label"] for each in feature["bins"]]
    days = {day["day"]: day["counts"] for day in feature["days"]}
    names = [words.short_day(day) for day in days]
    title = words.t["charts"]
    return {
        "bins": histogram(
            labels,
            [each["reference"] for each in feature["bins"]],
            [each["number"] for each in feature["bins"]],
            title["bins"],
            words=words.chart,
        ),
        "days": heat_map(names, labels, [*days.values()], title["heat"], words=words.chart)
        if days
        else None,
    }
