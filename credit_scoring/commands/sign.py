"""`python model.py sign`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import LATEST_BUNDLE, BundlePath, exit_on_error


def sign(
    bundle: BundlePath = LATEST_BUNDLE,
    key: Annotated[
        Path | None,
        typer.Option(
            help="File of the private key, as signing-key create writes it; by default the key in "
            "CREDIT_SCORING_SIGNING_KEY."
        ),
    ] = None,
) -> None:
    """Sign a bundle: write signature.json, which covers every other file of it.

    The bundle is verified first. A command that changes a file of it removes the signature.
    """
    from credit_scoring.bundle.bundle_files import read_bundle_files
    from credit_scoring.bundle.signature import SIGNATURE_FILE, sign_files
    from credit_scoring.bundle.signing_key import key_id, public_key_of
    from credit_scoring.bundle.write_bundle import write_bundle
    from credit_scoring.progress import Progress
    from credit_scoring.scoring.verify_bundle import verify_bundle

    with exit_on_error(bundle):
        private_key = load_private_key(key)
        with Progress().step(f"Verifying and signing {bundle}"):
            files = read_bundle_files(bundle)
            verify_bundle(files, str(bundle))
            write_bundle(bundle, {**files, SIGNATURE_FILE: sign_files(files, private_key)})
    signer = key_id(public_key_of(private_key))
    typer.echo(f"{bundle} is signed with the key {signer}: signature.json covers its files.")


def load_private_key(path: Path | None) -> bytes:
    """The private key in `path`, or else in the settings; SettingError if there is none."""
    from credit_scoring.bundle.signing_key import read_signing_key
    from credit_scoring.errors import SettingError
    from credit_scoring.settings import load_settings

    key = load_settings(os.environ).signing_key if path is None else read_signing_key(path)
    if key is None:
        raise SettingError("no signing key was given: give --key or CREDIT_SCORING_SIGNING_KEY")
    return key
