"""`python model.py features`."""

from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import said_plainly


def features(
    describe: Annotated[str | None, typer.Option(help="All that is known of one feature.")] = None,
    search: Annotated[
        str | None, typer.Option(help="Features whose name or meaning holds these words.")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Every feature, a line each.")] = False,
    markdown: Annotated[bool, typer.Option(help="Print docs/features.md.")] = False,
) -> None:
    """Look up what features there are, what they mean and how they are computed."""
    from credit_scoring.features import catalogue

    with said_plainly(Path("The catalogue")):
        if markdown:
            typer.echo(catalogue.markdown(), nl=False)
        elif describe is not None:
            (found,) = catalogue.only(catalogue.everything(), [describe])
            typer.echo(catalogue.in_words(found))
        elif search is not None or list_all:
            listed = catalogue.search(search or "")
            for feature in listed:
                typer.echo(f"{feature.name}  {feature.meaning}")
            typer.echo(f"{len(listed)} features", err=True)
        else:
            raise typer.BadParameter("say --list, --search WORDS or --describe NAME")
