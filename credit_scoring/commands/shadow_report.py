"""`python model.py shadow-report`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import DAY, Seed, write_files
from credit_scoring.commands.decision_log_options import open_decision_log, read_served_bundle

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from credit_scoring.decisions.decision_queries import Filters
    from credit_scoring.decisions.shadow_scores import ModelPair
    from credit_scoring.laboratory.shadow.shadow_report import ShadowReport
    from credit_scoring.training.metrics import Costs


def shadow_report(
    since: Annotated[
        datetime | None,
        typer.Option(metavar=DAY, help="Only decisions from this day or time on, in UTC."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(metavar=DAY, help="Only decisions before this day or time, in UTC."),
    ] = None,
    champion: Annotated[
        str, typer.Option(help="Version of the model that decided, by default the newest.")
    ] = "",
    challenger: Annotated[
        str, typer.Option(help="Version of the challenger, by default the newest.")
    ] = "",
    bundle: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the bundle whose costs apply, by default the deployed one, or else "
            "the one in CREDIT_SCORING_MODEL_PATH."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as one JSON object.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write the report as JSON to this file.")] = None,
    seed: Seed = 0,
) -> None:
    """Compare the challenger's scores with the champion's decisions, on the same applicants.

    The report has the agreement, the applicants who would be accepted or refused instead with their
    outcomes, the difference of the probabilities, and calibration and cost with 95 % intervals.
    Refused applicants have no outcomes. What-if decisions do not count.
    """
    from credit_scoring.bundle.read_bundle import read_manifest
    from credit_scoring.commands.shadow_report_text import print_shadow_report
    from credit_scoring.decisions.decision_queries import Filters
    from credit_scoring.training.metrics import Costs

    period = Filters(since=_in_utc(since), until=_in_utc(until))
    with open_decision_log() as engine:
        pair = find_pair(engine, champion, challenger)
        manifest = read_manifest(bundle) if bundle else read_served_bundle(engine).manifest
        costs = Costs(**manifest.costs)
        report = read_report(engine, pair, costs, period, seed)
        content = json.dumps(report.as_dict(), indent=2) + "\n"
        if out is not None:
            write_files(out.parent, {out.name: content.encode()})
    if as_json:
        typer.echo(content, nl=False)
    else:
        print_shadow_report(report)


def _in_utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)


def find_pair(engine: "Engine", champion: str, challenger: str) -> "ModelPair":
    """The models of the newest score; SettingError, with the remedy, if there is none."""
    from credit_scoring.decisions.shadow_scores import newest_pair
    from credit_scoring.errors import SettingError

    pair = newest_pair(engine, champion, challenger)
    if pair is None:
        wanted = " and ".join(filter(None, (champion, challenger)))
        raise SettingError(
            f"no decision has a challenger's score{wanted and f' ({wanted})'}: set "
            "CREDIT_SCORING_CHALLENGER, and let the service decide; if it did, "
            "credit_scoring_shadow_unscored_total in /metrics says why decisions were not scored"
        )
    return pair


def read_report(
    engine: "Engine", pair: "ModelPair", costs: "Costs", period: "Filters", seed: int
) -> "ShadowReport":
    """The report on the decisions of a period (`Filters`) that both models scored."""
    from credit_scoring.decisions.shadow_scores import scored_pair_pages
    from credit_scoring.laboratory.shadow.scored_decisions import summarise
    from credit_scoring.laboratory.shadow.shadow_report import make_report
    from credit_scoring.progress import Progress

    with Progress().step("Comparing champion and challenger"):
        decisions = summarise(scored_pair_pages(engine, pair, period), seed)
        return make_report(pair, decisions, costs, seed)
