"""The command line: sample data, training, evaluation, model registry, decision log.

`python model.py` in the project's folder, `credit-scoring` where the package is installed.
"""

import os

# Fits run in parallel, with one thread each. LightGBM has one thread count per process, so nothing
# may raise it while another fit runs.
os.environ["OMP_NUM_THREADS"] = "1"

from collections.abc import Callable

from credit_scoring.commands.applicants import applicants
from credit_scoring.commands.card import card
from credit_scoring.commands.check import check
from credit_scoring.commands.compare import compare
from credit_scoring.commands.deploy import deploy
from credit_scoring.commands.download import download
from credit_scoring.commands.drift import drift
from credit_scoring.commands.erase import erase
from credit_scoring.commands.evaluate import evaluate
from credit_scoring.commands.example import example
from credit_scoring.commands.explain import explain
from credit_scoring.commands.export import export
from credit_scoring.commands.fairness import fairness
from credit_scoring.commands.features import features
from credit_scoring.commands.help_texts import command_group
from credit_scoring.commands.keys import keys
from credit_scoring.commands.migrate import migrate
from credit_scoring.commands.monitor import monitor
from credit_scoring.commands.outcomes import outcomes
from credit_scoring.commands.promote import promote
from credit_scoring.commands.publish import publish
from credit_scoring.commands.register import register
from credit_scoring.commands.replay import replay
from credit_scoring.commands.retain import retain
from credit_scoring.commands.rollback import rollback
from credit_scoring.commands.sample import sample
from credit_scoring.commands.score import score
from credit_scoring.commands.select import select
from credit_scoring.commands.shadow_report import shadow_report
from credit_scoring.commands.sign import sign
from credit_scoring.commands.signing_key import signing_key
from credit_scoring.commands.simulate import simulate
from credit_scoring.commands.spark_archive import spark_archive
from credit_scoring.commands.threshold import threshold
from credit_scoring.commands.track import track
from credit_scoring.commands.train import train
from credit_scoring.commands.tune import tune
from credit_scoring.commands.versions import versions

# The panels of `python model.py --help`, in this order.
COMMANDS: dict[str, list[Callable[..., None]]] = {
    "Data": [sample, download, check, drift, features],
    "Laboratory": [compare, select, tune, threshold],
    "Training": [train],
    "Evaluation": [evaluate, explain, fairness, card, shadow_report],
    "Registry": [track, register, promote, export, publish, sign],
    "Serving": [example, applicants, score, spark_archive, deploy, rollback, versions],
    "Decision log": [migrate, monitor, outcomes, replay, erase, retain, simulate],
}

cli = command_group(
    "Credit scoring: from raw tables to a served decision. "
    "Start with: python model.py sample, then train."
)
for panel, commands in COMMANDS.items():
    for command in commands:
        cli.command(rich_help_panel=panel)(command)
cli.add_typer(signing_key, name="signing-key", rich_help_panel="Registry")
cli.add_typer(keys, name="keys", rich_help_panel="Serving")


@cli.callback()
def main() -> None:
    """Credit scoring: from raw tables to a served decision."""
