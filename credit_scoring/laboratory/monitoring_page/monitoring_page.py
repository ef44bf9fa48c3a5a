"""The page of `monitor --html`: the summary of a model in production, the verdict first."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from credit_scoring.laboratory.html_report.render import render_page
from credit_scoring.monitoring.score_bars import score_bars

TEMPLATE = Path(__file__).with_name("monitoring.html.jinja")
FEATURES_SHOWN = 15  # of the drift table; the others are shown on a click
PERCENTILES = ("p50", "p95", "p99")
SHORT_DAY = slice(5, None)  # month and day, without the year
Bins = Mapping[str, Sequence[Mapping[str, Any]]]  # by feature, as in GET /monitoring/features


class Verdict(NamedTuple):
    """The state of the model in a sentence, with the CSS class of its colour."""

    css_class: str
    text: str


def write_monitoring_page(summary: Mapping[str, Any], bins: Bins | None = None) -> str:
    """The page of a summary, as `MonitoringSummary` describes it.

    `bins` are those of each feature, for its small chart: the key "bins" of `FeatureSummary`.
    """
    days = summary["days"]
    score = score_bars(summary["score"])
    return render_page(
        TEMPLATE,
        summary=summary,
        verdict=verdict(summary),
        bins=_counts_of(bins or {}),
        features_shown=FEATURES_SHOWN,
        score=score,
        score_labels=[f"{probability:.2g}" for probability in score.probabilities] if score else [],
        day_names=[day["day"][SHORT_DAY] for day in days],
        volumes={name: [day[name] for day in days] for name in ("accepted", "refused")},
        shares={
            "refused_share": [_ratio(day["refused"], day["decisions"]) for day in days],
            "missing_share": [day["missing_share"] for day in days],
        },
        latency={name: _percentiles(days, name) for name in ("handler_ms", "model_ms")},
        months=_months(summary["performance"]),
    )


def verdict(summary: Mapping[str, Any]) -> Verdict:
    """The verdict: alarms that are on, else whether anything could be evaluated."""
    if summary["model"] is None:
        return Verdict("warn", "No decision is counted yet")
    states = [alarm["state"] for alarm in summary["alarms"]]
    number_on = states.count("on")
    if number_on:
        return Verdict("bad", "1 alarm is on" if number_on == 1 else f"{number_on} alarms are on")
    if "off" not in states:
        return Verdict("warn", "No alarm could be evaluated")
    waiting = states.count("not evaluated")
    text = "No alarm is on" + (f"; {waiting} could not be evaluated" if waiting else "")
    return Verdict("good", text)


def _counts_of(bins: Bins) -> dict[str, tuple[list[int], list[int]]]:
    """The counts of the reference and of the window, by feature."""
    return {
        name: ([row["reference"] or 0 for row in rows], [row["number"] for row in rows])
        for name, rows in bins.items()
    }


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percentiles(days: Sequence[Mapping[str, Any]], name: str) -> dict[str, list[float | None]]:
    """Each percentile by day; None for a day without."""
    return {point: [day[name] and day[name][point] for day in days] for point in PERCENTILES}


def _months(performance: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The estimates of each month with an outcome, and their intervals, for the charts."""
    months = [month for month in (performance or {}).get("months", ()) if month["outcomes"]]
    if not months:
        return None
    charts = {}
    for name in ("auc", "default_rate", "cost_per_accepted", "calibration_slope"):
        estimates = [month[name] for month in months]
        values = [estimate and estimate["value"] for estimate in estimates]
        bounds = [estimate and (estimate["low"], estimate["high"]) for estimate in estimates]
        charts[name] = (values, bounds)
    return {"labels": [month["period"] for month in months], "charts": charts}
