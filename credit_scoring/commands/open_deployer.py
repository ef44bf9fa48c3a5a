"""What the commands on deployments share: the database, the model store and the settings."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error

if TYPE_CHECKING:
    from credit_scoring.deployments.deployer import Deployer
    from credit_scoring.deployments.deployment_log import Deployment

WHO = "command line"
MAX_REASON_LENGTH = 2000  # characters, as in the API


def _require_reason(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > MAX_REASON_LENGTH:
        raise typer.BadParameter(f"expected one line of 1 to {MAX_REASON_LENGTH} characters")
    return text


Reason = Annotated[
    str, typer.Option(help="Reason, for the log of deployments.", callback=_require_reason)
]


@contextmanager
def open_deployer() -> Iterator["Deployer"]:
    """The deployer of the settings; the database's tables are created if necessary."""
    from credit_scoring.database.engine import open_database
    from credit_scoring.database.migrate import prepare_database
    from credit_scoring.deployments.deployer import Deployer
    from credit_scoring.settings import load_settings

    with exit_on_error("the model in use"):
        settings = load_settings(os.environ)
        engine = open_database(settings.database_url)
        try:
            prepare_database(engine)
            yield Deployer.open(engine, settings)
        finally:
            engine.dispose()


def print_deployment(deployment: "Deployment") -> None:
    """Print what was replaced by what."""
    replaced = deployment.replaced_version or "none"
    typer.echo(
        f"Deployment {deployment.number}: {replaced} → {deployment.version}. Running servers on "
        "this database follow within two seconds."
    )
