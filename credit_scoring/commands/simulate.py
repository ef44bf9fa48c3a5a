"""`python model.py simulate`."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import (
    DAY,
    LATEST_BUNDLE,
    TABLES,
    BundlePath,
    IgnoreUnknown,
    Seed,
    exit_on_error,
    make_read_options,
)
from credit_scoring.commands.decision_log_options import count_of

if TYPE_CHECKING:
    from collections import Counter
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

    from credit_scoring.laboratory.simulation.plan import SimulationPlan
    from credit_scoring.laboratory.simulation.population import Population

DEFAULT_FILE = Path("data/simulated.db")


def simulate(
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Weeks of traffic.")] = 12,
    per_day: Annotated[int, typer.Option(min=1, max=100_000, help="Decisions a day.")] = 200,
    shift: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FEATURE:SIZE",
            help="Move a feature's mean by SIZE standard deviations, e.g. EXT_SOURCE_2:-0.5. "
            "Repeatable: the features move together.",
        ),
    ] = None,
    lose_calibration: Annotated[
        float,
        typer.Option(
            min=-5, max=5,
            help="Add this to every applicant's true log-odds of default: the model's "
            "probabilities become wrong.",
        ),
    ] = 0.0,
    from_week: Annotated[
        int, typer.Option(min=1, help="First week of the shift or of the lost calibration.")
    ] = 6,
    outcomes_after: Annotated[
        int,
        typer.Option(
            min=0, max=5200,
            help="Weeks from a decision to its outcome; outcomes after the end stay due.",
        ),
    ] = 26,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar=DAY,
            help="Day after the last simulated one; today (UTC) by default."
        ),
    ] = None,
    seed: Seed = 0,
    bundle: BundlePath = LATEST_BUNDLE,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Draw from these applicants with outcomes instead of generated ones. "
            f"{TABLES}; for a model of train --table, a flat table with the same columns."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="SQLite file to write; it must be new.")] = DEFAULT_FILE,
    into: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Add to the existing decision log at URL instead."),
    ] = None,
    ignore_unknown: IgnoreUnknown = False,
    next_commands: Annotated[
        bool, typer.Option(help="Print the commands that look at the log.")
    ] = True,
) -> None:  # fmt: skip
    """Write weeks of simulated decisions to a new decision log, with or without drift.

    Generates applicants with another seed than those of training and decides on them as the service
    does. Outcomes of accepted applicants come late and are drawn from their true risk. DATABASE_URL
    is not used.
    """
    from credit_scoring.laboratory.simulation.plan import SimulationPlan
    from credit_scoring.laboratory.simulation.shift import parse_shifts
    from credit_scoring.laboratory.simulation.target_log import file_url
    from credit_scoring.settings import load_settings

    with exit_on_error(f"what {into or out} held"):
        settings = load_settings(os.environ)
        plan = SimulationPlan(
            until=end_day(until),
            weeks=weeks,
            per_day=per_day,
            shifts=parse_shifts(shift or []),
            lost_calibration=lose_calibration,
            from_week=from_week,
            outcomes_after=outcomes_after,
            seed=seed,
        )
        with open_target(into, out) as engine:
            if into:
                print_addition(engine, plan)
            counts = write_simulation(engine, plan, bundle, data, ignore_unknown=ignore_unknown)
            url = engine.url.render_as_string() if into else file_url(out)
    print_counts(url, plan, counts)
    if next_commands:
        print_next_commands(url, bundle, f"http://{settings.host}:{settings.port}")


def end_day(until: datetime | None) -> date:
    """The day after the last simulated one; SettingError for decisions of the future."""
    from credit_scoring.errors import SettingError

    today = datetime.now(UTC).date()
    day = until.date() if until else today
    if day > today:
        raise SettingError(
            f"--until is {day}: no decision can be of the future; give {today} (today in UTC) or "
            "an earlier day"
        )
    return day


def open_target(into: str | None, out: Path) -> "AbstractContextManager[Engine]":
    """The existing log at the URL `into`, or a new one in the file `out`."""
    from credit_scoring.laboratory.simulation.target_log import existing_log, new_log

    return existing_log(into) if into else new_log(out)


def print_addition(engine: "Engine", plan: "SimulationPlan") -> None:
    """Say what will be added to which log."""
    from credit_scoring.decisions.decision_log import DecisionLog

    present = count_of(DecisionLog(engine).count(), "decision")
    typer.echo(
        f"Adding {count_of(plan.decisions, 'simulated decision')} from {plan.start:%Y-%m-%d} to "
        f"{plan.last_day} to {engine.url.render_as_string()}, which holds {present}."
    )


def write_simulation(
    engine: "Engine", plan: "SimulationPlan", bundle: Path, data: Path | None, *,
    ignore_unknown: bool,
) -> "Counter[str]":  # fmt: skip
    """Make the population, and write its traffic to the log; returns the counts."""
    from credit_scoring.laboratory.score_dataset import load_verified_bundle
    from credit_scoring.laboratory.simulation.population import generate_population, read_population
    from credit_scoring.laboratory.simulation.shift import require_numbers
    from credit_scoring.laboratory.simulation.traffic import Traffic
    from credit_scoring.laboratory.simulation.write_log import write_traffic
    from credit_scoring.progress import Progress

    progress = Progress()
    loaded = load_verified_bundle(bundle)
    require_numbers(plan.shifts, [item.feature for item in loaded.bundle.manifest.features])
    if data is None:
        population = generate_population(loaded, plan.decisions, plan.seed, progress)
    else:
        population = read_population(loaded, data, make_read_options(ignore_unknown), progress)
    warn_about(population, data)
    traffic = Traffic(plan, population, loaded.bundle)
    with progress.step(f"Writing {count_of(plan.decisions, 'decision')}") as report:
        return write_traffic(engine, traffic.days(), plan.decisions, report)


def warn_about(population: "Population", data: Path | None) -> None:
    """Warn of differences between the simulated traffic and that of new applicants."""
    if population.excluded:
        typer.echo(
            f"{count_of(population.excluded, 'applicant')} left out: the service would refuse "
            "a value of theirs.",
            err=True,
        )
    if population.in_sample:
        typer.echo(
            f"{data} is the training data: the model is better on it than on new applicants.",
            err=True,
        )


def print_counts(url: str, plan: "SimulationPlan", counts: "Counter[str]") -> None:
    """Print what the log holds of the simulation."""
    refused, known = counts["refused"], counts["outcomes"]
    typer.echo(
        f"{url} holds {count_of(counts['decisions'], 'simulated decision')} from "
        f"{plan.start:%Y-%m-%d} to {plan.last_day}, {refused:,} of them refused. "
        f"{count_of(known, 'outcome')} of accepted applicants "
        f"({count_of(counts['defaults'], 'default')}), {counts['due']:,} still due."
    )
    if counts["present"]:
        typer.echo(f"{count_of(counts['present'], 'decision')} of these were in the log before.")


def print_next_commands(url: str, bundle: Path, address: str) -> None:
    """Print the commands that look at the log; the app is served at `address`."""
    settings = f"DATABASE_URL={url} CREDIT_SCORING_MODEL_PATH={bundle}"
    typer.echo(
        "Next:\n"
        f"  {settings} python model.py monitor\n"
        f"  {settings} python app.py\n"
        f"  curl -s {address}/monitoring/summary"
    )
