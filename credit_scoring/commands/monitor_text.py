"""What `python model.py monitor` prints; it fits in 80 columns."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from credit_scoring.monitoring.summary_shape import MonitoringSummary

FEATURES_SHOWN = 8
FIELDS_SHOWN = 5
UNKNOWN = "–"
EVIDENCE = (
    "Evidence says how much better a change explains the data than no change. Without a change, "
    "at most 1 of 20 models ever reaches 20."
)


def print_summary(summary: "MonitoringSummary") -> None:
    """Print the summary for people: what it is about, alarms, drift, load, performance."""
    from credit_scoring.report_table import report_console

    console = report_console()
    _print_model(console, summary)
    if summary["model"] is not None:
        _print_alarms(console, summary)
        _print_drift(console, summary)
        _print_load(console, summary)
        _print_performance(console, summary)
    for sentence in summary["missing"]:
        console.print(f"Missing: {sentence}.", markup=False, highlight=False)


def print_rules(file: "Path | None", foreign: "Sequence[str]") -> None:
    """Say which rules were evaluated, and which alarms are on by rules that only others have."""
    from credit_scoring.report_table import report_console

    console = report_console()
    _say(console, f"Alarm rules: the shipped ones{f' with {file}' if file else ''}.")
    if foreign:
        _say(
            console,
            f"{', '.join(foreign)}: on by a rule that is not among these, such as one of the "
            "service: it stays on. Set CREDIT_SCORING_ALARM_RULES to the service's file. Without "
            "a service, CREDIT_SCORING_MONITORING_SECONDS=0 switches it off.",
        )


def _print_model(console: "Console", summary: "MonitoringSummary") -> None:
    model, volume, window = summary["model"], summary["volume"], summary["window"]
    if model is None or volume is None:
        return
    share, training = (
        _percent(volume[name]) for name in ("refused_share", "refused_share_training")
    )
    _say(
        console,
        f"Model {model['version']}, {window['since']} to {window['until']}: "
        f"{volume['decisions']:,} decisions, {share} refused ({training} in training).",
    )


def _print_alarms(console: "Console", summary: "MonitoringSummary") -> None:
    from credit_scoring.report_table import ReportTable, plain_cell

    alarms = summary["alarms"]
    on = [alarm for alarm in alarms if alarm["state"] == "on"]
    table = ReportTable("Alarms", "Rule", "State", "Value", "Changes at")
    for alarm in alarms:
        table.add_row(
            plain_cell(alarm["rule"]), alarm["state"], alarm["value_text"] or UNKNOWN,
            alarm["limit_text"],
        )  # fmt: skip
    console.print(table)
    if any("evidence" in alarm["limit_text"] for alarm in alarms):
        _say(console, EVIDENCE)
    for alarm in on:
        _say(
            console,
            f"{alarm['rule']} is ON since {alarm['since']}. {alarm['title']}: {alarm['message']}.",
        )
        _say(console, f"  {alarm['action']}")
    if not on:
        _say(console, "No alarm is on.")


def _print_drift(console: "Console", summary: "MonitoringSummary") -> None:
    from credit_scoring.report_table import ReportTable, plain_cell

    drift, score = summary["drift"], summary["score"]
    if drift is None or score is None or not score["drift"]:
        return
    against = "training" if drift["reference"] == "training" else "the other window"
    table = ReportTable(
        f"Drift against {against}, in the whole window",
        "Feature",
        "PSI",
        "By chance",
        "Band",
        "Missing",
    )
    for feature in (score["drift"], *drift["features"][:FEATURES_SHOWN]):
        table.add_row(plain_cell(feature["name"]), *_drift_cells(feature))
    console.print(table)
    rest = len(drift["features"]) - FEATURES_SHOWN
    if rest > 0:
        _say(console, f"{rest} more features are in --json and --html.")


def _drift_cells(feature: dict[str, Any]) -> tuple[str, ...]:
    missing = f"{feature['missing_share']:.1%} ({feature['reference_missing_share']:.1%})"
    return f"{feature['psi']:.3f}", f"{feature['psi_by_chance']:.3f}", feature["band"], missing


def _print_load(console: "Console", summary: "MonitoringSummary") -> None:
    latency, refused = summary["latency"], summary["refused_requests"]
    if latency and latency["handler_ms"]:
        milliseconds = latency["handler_ms"]
        _say(
            console,
            f"Latency: half of the decisions take up to {milliseconds['p50']:g} ms, "
            f"95 % {milliseconds['p95']:g} ms, 99 % {milliseconds['p99']:g} ms.",
        )
    _say(console, f"Refused requests: {refused['number']:,} ({_percent(refused['share'])}).")
    fields = [row for row in refused["rows"] if row["field"]][:FIELDS_SHOWN]
    for row in fields:
        _say(console, f"  {row['kind']}: {row['field']}, {row['number']:,} times")


def _print_performance(console: "Console", summary: "MonitoringSummary") -> None:
    performance, expected = summary["performance"], summary["expected_performance"]
    if performance:
        total = performance["total"]
        _say(
            console,
            f"Outcomes: {total['outcomes']:,} known, {total['due']:,} due. "
            f"AUC {_estimate(total['auc'])}, calibration slope "
            f"{_estimate(total['calibration_slope'])}, cost per accepted applicant "
            f"{_estimate(total['cost_per_accepted'])}.",
        )
    if summary["calibration"]:
        _say(console, f"Verdict: {summary['calibration']['sentence']}.")
    if expected:
        _say(
            console,
            f"Expected before outcomes: AUC {_estimate(expected['auc'])}, cost per applicant "
            f"{_estimate(expected['cost_per_applicant'])}. {expected['warning']}",
        )


def _say(console: "Console", text: str) -> None:
    console.print(text, markup=False, highlight=False)


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{share:.1%}"


def _estimate(estimate: dict[str, float] | None) -> str:
    if estimate is None:
        return UNKNOWN
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"
