"""`python model.py track`."""

import os
from typing import Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error


def track(
    send: Annotated[bool, typer.Option("--send", help="Upload the pending runs.")] = False,
) -> None:
    """Show where runs are tracked, and list the runs not uploaded yet.

    A run is pending if the tracking server could not be reached. With --send, exit code 1 if a run
    is still pending.
    """
    from credit_scoring.errors import RegistryError
    from credit_scoring.progress import Progress
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.client import is_installed, without_password
    from credit_scoring.tracking.local_store import LocalStore, label_of
    from credit_scoring.tracking.registry_reader import INSTALL_MLFLOW

    with exit_on_error("The folder of waiting runs"):
        if not is_installed():
            raise RegistryError(INSTALL_MLFLOW)
        settings = load_settings(os.environ)
        store = LocalStore(settings.spool_path)
        progress = Progress()
        with progress.step(f"Reading the runs that wait in {store.folder}"):
            waiting = store.waiting()
        address = without_password(settings.mlflow_tracking_uri)
        typer.echo(f"Runs are tracked in {address}; {len(waiting)} wait in {store.folder}.")
        if not send:
            for run in waiting:
                typer.echo(f"  {label_of(run)}")
            return
        uploads = []
        with progress.step(f"Uploading {len(waiting)} runs to {address}") as report:
            for upload in store.upload(settings.mlflow_tracking_uri) if waiting else ():
                uploads.append(upload)
                report(len(uploads), len(waiting))
    for upload in uploads:
        outcome = f"run {upload.run_id}" if upload.run_id else f"still waits ({upload.error})"
        typer.echo(f"  {upload.label}: {outcome}")
    if any(upload.run_id is None for upload in uploads):
        raise typer.Exit(1)
