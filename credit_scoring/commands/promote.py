"""`python model.py promote`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import (
    TABLES,
    IgnoreUnknown,
    Seed,
    exit_on_error,
    make_read_options,
)
from credit_scoring.commands.evaluate import cost_difference_in_words, print_evaluation

if TYPE_CHECKING:
    from credit_scoring.laboratory.evaluation.evaluate_bundle import BundleComparison, Evaluation
    from credit_scoring.tables.read_tables import ReadOptions
    from credit_scoring.tracking.registry import Registry
    from credit_scoring.tracking.registry_reader import ModelVersion


def promote(
    data: Annotated[
        Path,
        typer.Option(
            help=f"Data that neither model was trained on. {TABLES}; for models of train --table, "
            "a flat table."
        ),
    ],
    version: Annotated[
        str, typer.Option(help="Alias or number of the version to promote.")
    ] = "challenger",
    force: Annotated[
        bool, typer.Option("--force", help="Promote the model even if it is worse.")
    ] = False,
    seed: Seed = 0,
    ignore_unknown: IgnoreUnknown = False,
) -> None:
    """Make a registered model the champion, unless the present one costs less on the same data."""
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.client import without_password
    from credit_scoring.tracking.registry import CHAMPION, open_registry

    with exit_on_error("The champion"):
        uri = load_settings(os.environ).mlflow_tracking_uri
        typer.echo(f"Reading the registry at {without_password(uri)} …", err=True)
        with open_registry(uri) as registry:
            candidate = registry.find(version)
            if CHAMPION in candidate.aliases:
                typer.echo(f"It is the champion already: {candidate}.")
                return
            read_options = make_read_options(ignore_unknown)
            if registry.has_alias(CHAMPION):
                champion = registry.find(CHAMPION)
                comparison = compare_versions(
                    registry, candidate, champion, data, seed, read_options
                )
                tags = comparison_tags(comparison)
                registry.set_tags(
                    candidate, {**tags, "compared_with": champion.number, "forced": force}
                )
                if not force:
                    require_not_worse(comparison)
            else:
                evaluation = evaluate_version(registry, candidate, data, seed, read_options)
                registry.set_tags(candidate, evaluation_tags(evaluation))
                typer.echo("No champion exists yet to compare it with.")
            registry.promote(candidate)
            promoted = registry.find(str(candidate.number))
    typer.echo(f"Promoted: {promoted}. Serve it: python model.py export")


def compare_versions(
    registry: "Registry",
    candidate: "ModelVersion",
    champion: "ModelVersion",
    data: Path,
    seed: int,
    read_options: "ReadOptions",
) -> "BundleComparison":
    """Compare both versions on the same applicants, and print the comparison."""
    from credit_scoring.laboratory.evaluation.evaluate_bundle import compare_bundles
    from credit_scoring.laboratory.score_dataset import LoadedBundle
    from credit_scoring.progress import Progress

    title = f"Comparing version {candidate.number} with the champion, version {champion.number}"
    with (
        Progress().step(title),
        registry.downloaded(candidate) as first,
        registry.downloaded(champion) as second,
    ):
        comparison = compare_bundles(
            LoadedBundle(*first), LoadedBundle(*second), data, seed, read_options
        )
    print_evaluation(comparison)
    return comparison


def evaluate_version(
    registry: "Registry",
    candidate: "ModelVersion",
    data: Path,
    seed: int,
    read_options: "ReadOptions",
) -> "Evaluation":
    """Evaluate the first champion, which has no other to be compared with, and print the result."""
    from credit_scoring.laboratory.evaluation.evaluate_bundle import evaluate_bundle
    from credit_scoring.laboratory.score_dataset import LoadedBundle
    from credit_scoring.progress import Progress

    title = f"Evaluating version {candidate.number}"
    with Progress().step(title), registry.downloaded(candidate) as folder_and_bundle:
        evaluation = evaluate_bundle(LoadedBundle(*folder_and_bundle), data, seed, read_options)
    print_evaluation(evaluation)
    return evaluation


def evaluation_tags(evaluation: "Evaluation") -> dict[str, str]:
    """Cost and AUC as tags of a version, with the fingerprint of the data they were measured on."""
    names = ("cost_per_applicant", "roc_auc")
    tags = {name: f"{evaluation.metrics[name]['value']:.6f}" for name in names}
    return {**tags, "measured_on": evaluation.facts["fingerprint"]}


def comparison_tags(comparison: "BundleComparison") -> dict[str, str]:
    """The metrics of both models and their difference in cost, as tags of the candidate."""
    cost = comparison.extra_cost
    interval = f"{cost['value']:.6f} ({cost['low']:.6f} to {cost['high']:.6f})"
    champion_tags = {
        f"champion_{name}": value for name, value in evaluation_tags(comparison.second).items()
    }
    del champion_tags["champion_measured_on"]  # the same data
    return {**evaluation_tags(comparison.first), **champion_tags, "cost_difference": interval}


def require_not_worse(comparison: "BundleComparison") -> None:
    """RegistryError if the champion costs less, or only the candidate was trained on the data."""
    from credit_scoring.errors import RegistryError

    if comparison.extra_cost["value"] > 0:
        raise RegistryError(
            f"not promoted. {cost_difference_in_words(comparison)} --force promotes it anyway"
        )
    if comparison.first.in_sample and not comparison.second.in_sample:
        raise RegistryError(
            "not promoted: only the challenger was trained on these data, so it must look better "
            "on them. Give data that neither model was trained on, or --force"
        )
