"""`python model.py track`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import said_plainly


def track(
    send: Annotated[bool, typer.Option("--send", help="Send the runs that wait.")] = False,
) -> None:
    """Say where runs are tracked by MLflow, and which wait as it did not answer; exit code 1 if they still do."""
    from credit_scoring.errors import RegistryError
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.client import is_installed, without_password
    from credit_scoring.tracking.spool import Spool
    from credit_scoring.tracking.sync import send_apart

    with said_plainly(Path("The folder of waiting runs")):
        settings = load_settings(os.environ)
        waiting = Spool(settings.spool_path).records()
        where = without_password(settings.mlflow_tracking_uri)
        typer.echo(f"Runs are tracked in {where}; {len(waiting)} wait in {settings.spool_path}.")
        if not send:
            for record in waiting:
                typer.echo(f"  {record.name}")
            return
        if waiting and not is_installed():
            raise RegistryError("MLflow is not installed: pip install -r requirements-lab.txt")
        outcomes = send_apart(settings, patience=None) if waiting else []
    for one in outcomes:
        typer.echo(
            f"  {one.record}: {f'waits on ({one.error})' if one.run_id is None else f'run {one.run_id}'}"
        )
    if any(one.run_id is None for one in outcomes):
        raise typer.Exit(1)
