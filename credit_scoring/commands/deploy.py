"""`python model.py deploy`."""

from typing import Annotated

import typer

from credit_scoring.commands.open_deployer import WHO, Reason, open_deployer, print_deployment
from credit_scoring.errors import SettingError


def deploy(
    reason: Reason,
    source: Annotated[
        str | None,
        typer.Option(
            help="Where the bundle is: a folder, or an address of models:/, hf:// or https://."
        ),
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="A stored version, as python model.py versions lists it.")
    ] = None,
) -> None:
    """Deploy a model to the running servers, without a restart; it is fully verified first.

    Give --source or --version. A server on another machine must reach the source, too.
    """
    from credit_scoring.model_sources.fetched_bundle import without_secrets
    from credit_scoring.progress import Progress

    with open_deployer() as deployer:
        if source is not None and version is None:
            with Progress().step(f"Fetching and verifying {without_secrets(source)}"):
                deployment = deployer.deploy_source(source, who=WHO, why=reason)
        elif version is not None and source is None:
            with Progress().step(f"Verifying version {version}"):
                deployment = deployer.deploy_version(version, who=WHO, why=reason)
        else:
            raise SettingError("give either --source or --version")
    print_deployment(deployment)
