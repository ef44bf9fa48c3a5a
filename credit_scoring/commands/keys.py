"""`python model.py keys`: create, list and revoke the keys of the API."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import said_plainly

if TYPE_CHECKING:
    from credit_scoring.access.key_store import KeyStore

keys = typer.Typer(help="Create, list and revoke the keys of the API.", no_args_is_help=True)


@keys.command()
def create(
    name: Annotated[str, typer.Option(help="Whose key it is: a program, a branch, a person.")],
    scope: Annotated[
        list[str],
        typer.Option(help="What it may do: score, review or admin. Repeat it for more than one."),
    ],
    days: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, help="Days until it expires. Never, if left out."),
    ] = None,
) -> None:
    """Make a key and show it, once: only its hash is kept. From the first one on, the API asks for keys."""
    from credit_scoring.access.api_key import new_key

    with _stored() as store:
        key, text = new_key(
            name, scope, None if days is None else datetime.now(UTC) + timedelta(days=days)
        )
        store.add(key)
    typer.echo(text)
    typer.echo("This is the only time it is shown. Send it as: Authorization: Bearer KEY", err=True)


@keys.command("list")
def show() -> None:
    """List every key: its public id, whose it is, what it may do, and whether it works."""
    with _stored() as store:
        found = store.all()
    now = datetime.now(UTC)
    if not found:
        typer.echo("There are no keys: the API asks for none.")
    for key in found:
        until = f", expires {key.expires_at:%Y-%m-%d}" if key.expires_at else ""
        scopes = "+".join(key.scopes)
        typer.echo(
            f"{key.key_id}  {key.state(now):8} {scopes:12} made {key.created_at:%Y-%m-%d}{until}  {key.name}"
        )


@keys.command()
def revoke(
    key_id: Annotated[
        str, typer.Argument(help="Its public id, as list shows it.", show_default=False)
    ],
) -> None:
    """Make a key useless for ever; running servers refuse it within two seconds."""
    with _stored() as store:
        store.revoke(key_id)
    typer.echo(f"Revoked {key_id}.")


@contextmanager
def _stored() -> Iterator["KeyStore"]:
    """The keys in the database of the settings, whose tables are made if they are not there yet."""
    from credit_scoring.access.key_store import KeyStore
    from credit_scoring.database.engine import open_database
    from credit_scoring.database.migrate import prepare_database
    from credit_scoring.settings import load_settings

    with said_plainly("the database"):
        engine = open_database(load_settings(os.environ).database_url)
        try:
            prepare_database(engine)
            yield KeyStore(engine)
        finally:
            engine.dispose()
