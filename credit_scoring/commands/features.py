"""`python model.py features`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import (
    TABLES,
    IgnoreUnknown,
    exit_on_error,
    make_read_options,
    require_distinct_files,
)
from credit_scoring.commands.decision_log_options import count_of
from credit_scoring.commands.engine_options import (
    Engine,
    EngineName,
    Master,
    SparkOptionTexts,
    require_no_spark_options,
    spark_on,
)
from credit_scoring.commands.part_options import PartRows, Restart, print_resumption

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyspark.sql import SparkSession

    from credit_scoring.batch.feature_file import FeatureFileOptions
    from credit_scoring.loan_price.term_model import TermModel


def features(
    describe: Annotated[str | None, typer.Option(help="Describe one feature, by its name.")] = None,
    search: Annotated[
        str | None, typer.Option(help="List the features whose name or meaning has these words.")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List all features.")] = False,
    markdown: Annotated[bool, typer.Option(help="Print docs/features.md.")] = False,
    data: Annotated[
        str | None,
        typer.Option(metavar="PATH", help=f"{TABLES}, to build features from; not a flat table."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="With --data: file to write, .parquet or .csv."),
    ] = None,
    feature_list: Annotated[
        Path | None,
        typer.Option(
            "--features",
            help="With --data: the features to build, as a file that select wrote or the folder of "
            "a bundle, whose term model is used; all by default.",
        ),
    ] = None,
    ignore_unknown: IgnoreUnknown = False,
    part_rows: PartRows = None,
    restart: Restart = False,
    engine: Engine = EngineName.LOCAL,
    master: Master = None,
    spark_options: SparkOptionTexts = None,
) -> None:
    """Look up features: names, meanings and formulas. With --data, build them from tables.

    --data and --out write the features of every applicant to a file, in bounded memory. If a run is
    stopped, the same command resumes it from the finished parts in the folder OUT.parts.

    With --engine spark, any path that Spark reads or writes is accepted. A stopped run begins
    again.
    """
    if (data is None) != (out is None):
        raise typer.BadParameter("give --data, the tables, together with --out, the file to write")
    if data is not None and out is not None:
        with exit_on_error(out):
            if engine == EngineName.SPARK:
                unused = {"--part-rows": part_rows is not None, "--restart": restart}
                with spark_on(master, spark_options, unused) as spark:
                    count = _build_on_spark(spark, data, out, feature_list)
            else:
                require_no_spark_options(master, spark_options)
                require_distinct_files({"--data": Path(data)}, {"--out": Path(out)})
                options = _options(Path(out), feature_list, part_rows, restart=restart)
                count = _build(Path(data), options, ignore_unknown=ignore_unknown)
        typer.echo(f"{out} holds the features of {count_of(count, 'applicant')}.")
        return
    with exit_on_error("The catalogue"):
        _look_up(describe, search, list_all=list_all, markdown=markdown)


def _options(
    out: Path, feature_list: Path | None, part_rows: int | None, *, restart: bool
) -> "FeatureFileOptions":
    from credit_scoring.batch.feature_file import FeatureFileOptions
    from credit_scoring.commands.table_file import require_suffix
    from credit_scoring.features.feature_parts import APPLICANTS_PER_PART

    require_suffix(out)
    return FeatureFileOptions(
        out,
        _listed_names(feature_list),
        part_rows or APPLICANTS_PER_PART,
        restart,
        _term_model_of(feature_list),
    )


def _listed_names(feature_list: Path | None) -> "Collection[str] | None":
    from credit_scoring.training.overrides import read_overrides

    listed = read_overrides(None, feature_list).features
    return None if listed is None else listed.names


def _term_model_of(feature_list: Path | None) -> "TermModel | None":
    """The term model of the bundle that --features names; None for a list or another bundle."""
    from credit_scoring.bundle.manifest import MANIFEST_FILE
    from credit_scoring.bundle.read_bundle import read_term_model

    if feature_list is not None and feature_list.name == MANIFEST_FILE:
        feature_list = feature_list.parent
    return read_term_model(feature_list) if feature_list and feature_list.is_dir() else None


def _build_on_spark(spark: "SparkSession", data: str, out: str, feature_list: Path | None) -> int:
    """Build the features on a cluster; return the number of applicants."""
    from credit_scoring.batch.features_on_spark import write_features_on_spark

    names = _listed_names(feature_list)
    return write_features_on_spark(spark, data, out, names, _term_model_of(feature_list))


def _build(data: Path, options: "FeatureFileOptions", *, ignore_unknown: bool) -> int:
    """Build the features on this machine; return the number of applicants."""
    from credit_scoring.batch.feature_file import write_feature_file
    from credit_scoring.progress import Progress

    with Progress().step(f"Building features of {data}", unit="applicants") as report:
        return write_feature_file(
            data, options, make_read_options(ignore_unknown), report=report,
            on_resume=print_resumption,
        )  # fmt: skip


def _look_up(describe: str | None, search: str | None, *, list_all: bool, markdown: bool) -> None:
    from credit_scoring.features import catalogue

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
        raise typer.BadParameter(
            "give --list, --search WORDS or --describe NAME, or --data TABLES --out FILE"
        )
