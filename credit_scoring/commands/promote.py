"""`python model.py promote`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import SEED, UNKNOWN, said_plainly
from credit_scoring.commands.evaluate import in_words, show

if TYPE_CHECKING:
    from credit_scoring.laboratory.evaluation.evaluate_bundle import Assessment, Comparison
    from credit_scoring.tables.read_tables import Reading
    from credit_scoring.tracking.registry import ModelVersion, Registry


def promote(
    data: Annotated[
        Path,
        typer.Option(
            help="Data with known outcomes that neither model was trained on, as for evaluate."
        ),
    ],
    version: Annotated[
        str, typer.Option(help="Alias or number of the version to promote.")
    ] = "challenger",
    force: Annotated[
        bool, typer.Option("--force", help="Promote it although it is worse.")
    ] = False,
    seed: Annotated[int, SEED] = 0,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
) -> None:
    """Make a registered model the champion, unless the champion costs less per applicant on the same data."""
    from credit_scoring.settings import load_settings
    from credit_scoring.tables.read_tables import Reading
    from credit_scoring.tracking.registry import CHAMPION, open_registry

    with said_plainly("The champion"):
        settings = load_settings(os.environ)
        with open_registry(settings.mlflow_tracking_uri) as registry:
            chosen = registry.find(version)
            if CHAMPION in chosen.aliases:
                typer.echo(f"It is the champion already: {chosen}.")
                return
            reading = Reading(settings.cache_path, ignore_unknown)
            if registry.has_alias(CHAMPION):
                champion = registry.find(CHAMPION)
                found = compared(registry, chosen, champion, data, seed, reading)
                registry.set_tags(
                    chosen, {**tags_of(found), "compared_with": champion.number, "forced": force}
                )
                if not force:
                    require_no_worse(found)
            else:
                registry.set_tags(
                    chosen, figures_of(judged_alone(registry, chosen, data, seed, reading))
                )
                typer.echo("There is no champion yet: nothing to compare it with.")
            registry.promote(chosen)
            chosen = registry.find(str(chosen.number))
    typer.echo(f"Promoted: {chosen}. Serve it: python model.py export")


def compared(
    registry: "Registry",
    chosen: "ModelVersion",
    champion: "ModelVersion",
    data: Path,
    seed: int,
    reading: "Reading",
) -> "Comparison":
    """Both models on the same applicants, shown."""
    from credit_scoring.laboratory.evaluation.evaluate_bundle import against
    from credit_scoring.laboratory.score_dataset import LoadedBundle
    from credit_scoring.progress import Progress

    with (
        registry.downloaded(chosen) as (one, bundle),
        registry.downloaded(champion) as (other, other_bundle),
    ):
        with Progress().step(
            f"Comparing version {chosen.number} with the champion, version {champion.number}"
        ):
            found = against(
                LoadedBundle(one, bundle), LoadedBundle(other, other_bundle), data, seed, reading
            )
        show(found)
        return found


def tags_of(found: "Comparison") -> dict[str, str]:
    """What the registry keeps of a comparison: the figures of both, the difference in cost, the data's digest."""
    cost = found.cost
    interval = f"{cost['value']:.6f} ({cost['low']:.6f} to {cost['high']:.6f})"
    champion = {f"champion_{name}": value for name, value in figures_of(found.other).items()}
    del champion["champion_measured_on"]  # the same data
    return {**figures_of(found.one), **champion, "cost_difference": interval}


def judged_alone(
    registry: "Registry", chosen: "ModelVersion", data: Path, seed: int, reading: "Reading"
) -> "Assessment":
    """The first champion, which has none to be compared with, on the data, shown."""
    from credit_scoring.laboratory.evaluation.evaluate_bundle import assess
    from credit_scoring.laboratory.score_dataset import LoadedBundle
    from credit_scoring.progress import Progress

    with registry.downloaded(chosen) as (folder, bundle):
        with Progress().step(f"Evaluating version {chosen.number}"):
            found = assess(LoadedBundle(folder, bundle), data, seed, reading)
        show(found)
        return found


def figures_of(found: "Assessment") -> dict[str, str]:
    """Cost and AUC as tags, with what they were measured on."""
    figures = {
        name: f"{found.metrics[name]['value']:.6f}" for name in ("cost_per_applicant", "roc_auc")
    }
    return {**figures, "measured_on": found.facts["fingerprint"]}


def require_no_worse(found: "Comparison") -> None:
    """RegistryError where the champion costs less, or only the challenger has seen the outcomes before."""
    from credit_scoring.errors import RegistryError

    if found.cost["value"] > 0:
        raise RegistryError(f"not promoted. {in_words(found)} --force promotes it all the same")
    if found.one.in_sample and not found.other.in_sample:
        raise RegistryError("not promoted: only the challenger was trained on these data, so it cannot but look better "
                            "there. Give data that neither has seen, or --force")  # fmt: skip
