"""`python model.py signing-key`: create the key pair that signs bundles."""

from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error
from credit_scoring.commands.help_texts import command_group

signing_key = command_group("Create the key that signs bundles.")


@signing_key.callback()
def group() -> None:
    """Create the key that signs bundles."""


@signing_key.command()
def create(
    out: Annotated[
        Path,
        typer.Option(help="File to write the private key to; an existing one is not overwritten."),
    ],
) -> None:
    """Create a private key, readable by its owner only, and print its public key.

    With the public key in CREDIT_SCORING_PUBLIC_KEY, signatures are obligatory.
    """
    from credit_scoring.bundle.signing_key import create_signing_key, key_id
    from credit_scoring.settings.key_text import PUBLIC, encode_key

    with exit_on_error(out):
        public_key = create_signing_key(out)
    typer.echo(encode_key(PUBLIC, public_key))
    typer.echo(
        f"{out} holds the private key {key_id(public_key)}: keep it apart from the models and the "
        "service. The service needs the line above in CREDIT_SCORING_PUBLIC_KEY.",
        err=True,
    )
