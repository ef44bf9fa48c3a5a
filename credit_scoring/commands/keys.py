"""`python model.py keys`: create, list and revoke API keys."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error
from credit_scoring.commands.help_texts import command_group

if TYPE_CHECKING:
    from credit_scoring.access.key_store import KeyStore

keys = command_group("Create, list and revoke API keys.")


@keys.command()
def create(
    name: Annotated[str, typer.Option(help="Who uses the key: a program, a branch, a person.")],
    scope: Annotated[
        list[str], typer.Option(help="What the key permits: score, review or admin. Repeatable.")
    ],
    days: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, help="Days until the key expires; never by default."),
    ] = None,
) -> None:
    """Create a key and show it once; only its hash is stored.

    From the first key on, the API requires one on every address.
    """
    from credit_scoring.access.api_key import new_key

    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with _open_key_store() as store:
        key, text = new_key(name, scope, expires_at)
        store.add(key)
    typer.echo(text)
    typer.echo("This is the only time it is shown. Send it as: Authorization: Bearer KEY", err=True)


@keys.command("list")
def list_keys() -> None:
    """List every key: public id, state, scopes, dates and name."""
    with _open_key_store() as store:
        stored_keys = store.all()
    now = datetime.now(UTC)
    if not stored_keys:
        typer.echo("There are no keys: the API is open on loopback, elsewhere it answers 401.")
    for key in stored_keys:
        expiry = f", expires {key.expires_at:%Y-%m-%d}" if key.expires_at else ""
        scopes = "+".join(key.scopes)
        typer.echo(
            f"{key.key_id}  {key.state(now):8} {scopes:12} "
            f"created {key.created_at:%Y-%m-%d}{expiry}  {key.name}"
        )


@keys.command()
def revoke(
    key_id: Annotated[
        str, typer.Argument(help="The key's public id, as list shows it.", show_default=False)
    ],
) -> None:
    """Revoke a key permanently; running servers refuse it within two seconds."""
    with _open_key_store() as store:
        store.revoke(key_id)
    typer.echo(f"Revoked {key_id}.")


@contextmanager
def _open_key_store() -> Iterator["KeyStore"]:
    """The keys in the database of the settings, whose tables are created if necessary."""
    from credit_scoring.access.key_store import KeyStore
    from credit_scoring.database.engine import open_database
    from credit_scoring.database.migrate import prepare_database
    from credit_scoring.settings import load_settings

    with exit_on_error("the database"):
        engine = open_database(load_settings(os.environ).database_url)
        try:
            prepare_database(engine)
            yield KeyStore(engine)
        finally:
            engine.dispose()
