"""What `python model.py shadow-report` and `promote --shadow` print."""

from typing import TYPE_CHECKING

import typer

from credit_scoring.commands.decision_log_options import count_of
from credit_scoring.commands.evaluate import extra_cost_in_words

if TYPE_CHECKING:
    from credit_scoring.laboratory.shadow.shadow_report import ShadowReport

TOO_FEW = "Too few loans have defaulted or been repaid: cost and calibration are not known."


def print_shadow_report(report: "ShadowReport") -> None:
    """Print the report for people."""
    from credit_scoring.bundle.manifest import VERSION_LENGTH
    from credit_scoring.laboratory.shadow.shadow_report import NO_OUTCOMES

    champion, challenger = (
        digest[:VERSION_LENGTH] for digest in (report.pair.champion, report.pair.challenger)
    )
    total = report.decisions.total
    typer.echo(
        f"Champion {champion} and challenger {challenger} scored the same "
        f"{count_of(total, 'decision')}; {report.decisions.with_outcome:,} have an outcome."
    )
    if not total:
        return
    _print_agreement(report, total)
    _print_differences(report)
    if report.performance:
        _print_metrics(report)
    typer.echo(cost_in_words(report))
    typer.echo(NO_OUTCOMES)


def _print_agreement(report: "ShadowReport", total: int) -> None:
    agreeing = report.count(0, 0) + report.count(1, 1)
    typer.echo(f"They agree on {agreeing:,} ({agreeing / total:.2%}).")
    for title, champion, challenger in (
        ("swap-in, refused by the champion and accepted by the challenger", 1, 0),
        ("swap-out, accepted by the champion and refused by the challenger", 0, 1),
    ):
        number = report.count(champion, challenger)
        typer.echo(
            f"  {title}: {number:,} ({number / total:.2%}); "
            f"{report.count(champion, challenger, 1):,} defaulted, "
            f"{report.count(champion, challenger, 0):,} repaid, "
            f"{report.count(champion, challenger, None):,} without outcome"
        )


def _print_differences(report: "ShadowReport") -> None:
    summary = report.decisions.difference_summary()
    quantiles = ", ".join(f"{name} {value:+.4f}" for name, value in summary.items())
    typer.echo(f"The challenger's probability minus the champion's: {quantiles}.")


def _print_metrics(report: "ShadowReport") -> None:
    from credit_scoring.report_table import report_console
    from credit_scoring.training.training_report import metrics_table

    columns = {name: model.metrics for name, model in report.performance.items()}
    report_console().print(metrics_table({**columns, "difference": report.difference}))
    sampled, known = len(report.decisions.labelled), report.decisions.with_outcome
    if sampled < known:
        typer.echo(f"Metrics are of a random sample of {sampled:,} of {known:,} outcomes.")


def cost_in_words(report: "ShadowReport") -> str:
    """How much more or less the challenger costs, and whether that may be chance."""
    cost = report.extra_cost
    if cost is None:
        return TOO_FEW
    return extra_cost_in_words("The challenger", "the champion", cost)
