"""What `python model.py replay --bundle` prints."""

from typing import TYPE_CHECKING

import typer

from credit_scoring.commands.decision_log_options import count_of

if TYPE_CHECKING:
    from credit_scoring.bundle.manifest import Manifest
    from credit_scoring.decisions.redecide import RedecisionCounts

MAX_NAMES = 10  # features or reasons in a line


def print_redecision(counts: "RedecisionCounts", manifest: "Manifest") -> None:
    """Print the changes, their cost and reasons, and what could not be compared."""
    decided = counts.decided.total()
    typer.echo(
        f"{count_of(decided, 'decision')} decided again under model {manifest.version} "
        f"(threshold {manifest.threshold['value']:.4f})."
    )
    if decided:
        _print_changes(counts, decided)
    _print_cost(counts, manifest)
    if counts.reasons:
        typer.echo(f"Reasons of the new refusals: {_names(dict(counts.reasons))}.")
    _print_left_out(counts)


def _print_changes(counts: "RedecisionCounts", decided: int) -> None:
    for change in ("accepted to refused", "refused to accepted"):
        number = counts.changed(change)
        typer.echo(
            f"  {change}: {number:,} ({number / decided:.2%}); "
            f"{counts.changed(change, 1):,} defaulted, {counts.changed(change, 0):,} repaid, "
            f"{counts.changed(change, None):,} without outcome"
        )


def _print_cost(counts: "RedecisionCounts", manifest: "Manifest") -> None:
    if not counts.with_outcome:
        typer.echo("No outcome is known: the cost of the changes is not known either.")
        return
    before, after = counts.costs(manifest.costs["false_negative"], manifest.costs["false_positive"])
    typer.echo(
        f"Cost per decision, of {count_of(counts.with_outcome, 'decision')} with known outcome: "
        f"{before:.4f} as decided, {after:.4f} under this model "
        f"({(after - before) * counts.with_outcome:+,.1f} in all)."
    )
    typer.echo(
        "Refused applicants usually have no outcome, so this says little about the cost of "
        "accepting them."
    )


def _print_left_out(counts: "RedecisionCounts") -> None:
    for (obstacle, feature), number in counts.incomparable.most_common():
        typer.echo(f"{number:,} not comparable: {feature}: {obstacle}.")
    if counts.erased:
        typer.echo(f"{counts.erased:,} not comparable: their inputs were erased.")
    if counts.unreadable:
        typer.echo(f"{counts.unreadable:,} not comparable: their inputs cannot be read.")
    if counts.ignored:
        typer.echo(f"Features that this model does not use: {_names(dict(counts.ignored))}.")


def _names(numbers: dict[str, int]) -> str:
    """The most frequent names with their numbers."""
    ranked = sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = ", ".join(f"{name} ({number:,})" for name, number in ranked[:MAX_NAMES])
    return shown + (f" and {len(ranked) - MAX_NAMES} more" if len(ranked) > MAX_NAMES else "")
