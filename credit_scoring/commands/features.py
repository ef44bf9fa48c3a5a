"""`python model.py features`."""

from typing import Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error


def features(
    describe: Annotated[
        str | None, typer.Option(help="Everything about one feature, by its name.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(help="Features whose name or meaning contains these words.")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Every feature, one per line.")] = False,
    markdown: Annotated[bool, typer.Option(help="Print docs/features.md.")] = False,
) -> None:
    """Look up features: their names, meanings and formulas."""
    from credit_scoring.features import catalogue

    with exit_on_error("The catalogue"):
        if markdown:
            typer.echo(catalogue.catalogue_markdown(), nl=False)
        elif describe is not None:
            (feature,) = catalogue.select_features(catalogue.full_catalogue(), [describe])
            typer.echo(catalogue.describe_feature(feature))
        elif search is not None or list_all:
            matches = catalogue.search_features(search or "")
            for feature in matches:
                typer.echo(f"{feature.name}  {feature.meaning}")
            typer.echo(f"{len(matches)} features", err=True)
        else:
            raise typer.BadParameter("give --list, --search WORDS or --describe NAME")
