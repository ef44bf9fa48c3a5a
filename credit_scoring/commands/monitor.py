"""`python model.py monitor`."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import DAY, write_files
from credit_scoring.commands.decision_log_options import open_decision_log

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from credit_scoring.deployments.known_manifests import KnownManifests, KnownModel
    from credit_scoring.monitoring.model_facts import DayWindow
    from credit_scoring.monitoring.summary import SummaryQuery, SummarySource
    from credit_scoring.monitoring.summary_shape import FeatureBin, MonitoringSummary
    from credit_scoring.settings import Settings

ALARM_EXIT_CODE = 1
ERROR_EXIT_CODE = 2  # as in `drift`, 1 is a result
AGAINST = "two days as 2026-09-01/2026-10-01, the second one later and exclusive"
FIRST_YEAR = 1971  # as in the API


def monitor(
    since: Annotated[
        datetime | None,
        typer.Option(
            metavar=DAY, help="Only days from this one on, in UTC; by default the last 90 days."
        ),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(metavar=DAY, help="Only days before this one, in UTC.")
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            metavar="SINCE/UNTIL", help="Compare with another window of days instead of training."
        ),
    ] = "",
    model: Annotated[
        str, typer.Option(help="Version of the model, by default the one in use.")
    ] = "",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the summary as JSON to this file.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", help="Write the summary as one HTML page to this file.")
    ] = None,
) -> None:
    """Compare production with training: drift, performance, latency, alarms.

    Counts the new decisions and outcomes of the log, evaluates the alarm rules and sends changes to
    the webhook. Verdicts and alarms are about the model's whole life and do not depend on the
    options. The exit code is 1 if an alarm is on, 0 if none is, and 2 for an error.
    """
    from credit_scoring.commands.monitor_text import print_rules, print_summary
    from credit_scoring.deployments.known_manifests import served_models
    from credit_scoring.monitoring.alarms.rules import load_rules
    from credit_scoring.monitoring.feature_summary import window_bins
    from credit_scoring.monitoring.summary import SummarySource, read_summary_and_facts
    from credit_scoring.settings import load_settings

    with open_decision_log(ERROR_EXIT_CODE) as engine:
        settings = load_settings(os.environ)
        served = served_models(engine, settings)
        known = _known(settings, served)
        source = SummarySource(engine, known.find, load_rules(settings.alarm_rules))
        query = _query(since, until, against, model, served)
        _count(engine, known)
        foreign = _check_alarms(source, served, settings)
        summary, facts = read_summary_and_facts(source, query)
        bins = window_bins(facts, query) if facts and html_file else {}
        _write(summary, bins, json_file, html_file)
    print_summary(summary)
    print_rules(settings.alarm_rules, foreign)
    if any(alarm["state"] == "on" for alarm in summary["alarms"]):
        raise typer.Exit(ALARM_EXIT_CODE)


def _known(settings: "Settings", served: list["KnownModel"]) -> "KnownManifests":
    from credit_scoring.bundle.model_store import ModelStore
    from credit_scoring.deployments.known_manifests import KnownManifests

    return KnownManifests(ModelStore(settings.model_store), lambda: served)


def _query(
    since: datetime | None,
    until: datetime | None,
    against: str,
    model: str,
    served: list["KnownModel"],
) -> "SummaryQuery":
    """The query of the options; SettingError if a window has no day."""
    from credit_scoring.errors import SettingError
    from credit_scoring.monitoring.summary import SummaryQuery

    for name, time in (("--since", since), ("--until", until)):
        if time is not None and time.year < FIRST_YEAR:
            raise SettingError(f"{name} is {time.date()}: expected a day from {FIRST_YEAR} on")
    if since is not None and until is not None and since >= until:
        raise SettingError(f"--until is {until.date()}: expected a day after --since")
    return SummaryQuery(
        since=since.date() if since else None,
        until=_last_day(until) if until else None,
        against=_window(against) if against else None,
        model=model or None,
        served=served[0].manifest.pickle["sha256"] if served else None,
    )


def _last_day(until: datetime) -> date:
    return (until - timedelta(microseconds=1)).date()


def _window(text: str) -> "DayWindow":
    from credit_scoring.errors import SettingError
    from credit_scoring.monitoring.model_facts import DayWindow

    try:
        since, until = (date.fromisoformat(part) for part in text.split("/"))
    except ValueError:
        raise SettingError(f'--against is "{text}": expected {AGAINST}') from None
    if since >= until:
        raise SettingError(f'--against is "{text}": expected {AGAINST}')
    return DayWindow(since, until - timedelta(1))


def _count(engine: "Engine", known: "KnownManifests") -> None:
    from credit_scoring.monitoring.aggregate import Aggregator
    from credit_scoring.progress import Progress

    with Progress().step("Counting new decisions and outcomes"):
        Aggregator(engine, known.find_model).run()


def _check_alarms(
    source: "SummarySource", served: list["KnownModel"], settings: "Settings"
) -> list[str]:
    """Store the alarms of the model in use that go on or off, and send the due deliveries.

    Returns the rules of alarms that are on and that only the service has. Its alarms stay on,
    unless the service does not evaluate any.
    """
    from credit_scoring.monitoring.alarms.alarm_log import AlarmLog
    from credit_scoring.monitoring.alarms.delivery import deliver_due
    from credit_scoring.monitoring.alarms.webhook import Webhook
    from credit_scoring.monitoring.check import check_alarms
    from credit_scoring.monitoring.counts_store import models

    webhook = Webhook.of(settings)
    digests = [model.digest for model in models(source.engine)]
    foreign = []
    if served and served[0].manifest.pickle["sha256"] in digests:
        is_alone = not settings.monitoring_seconds
        checked = check_alarms(source, served[0].manifest, has_all_rules=is_alone)
        foreign = [change.rule for change in checked.unknown]
    if webhook is not None:
        rules = {rule.name: rule for rule in source.rules}
        deliver_due(AlarmLog(source.engine), webhook, rules, datetime.now(UTC))
    return foreign


def _write(
    summary: "MonitoringSummary",
    bins: "dict[str, list[FeatureBin]]",
    json_file: Path | None,
    html_file: Path | None,
) -> None:
    from credit_scoring.laboratory.monitoring_page.monitoring_page import write_monitoring_page

    if json_file is not None:
        content = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        write_files(json_file.parent, {json_file.name: content.encode()})
    if html_file is not None:
        page = write_monitoring_page(summary, bins)
        write_files(html_file.parent, {html_file.name: page.encode()})
