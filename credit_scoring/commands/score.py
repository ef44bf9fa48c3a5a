"""`python model.py score`."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import (
    LATEST_BUNDLE,
    BundlePath,
    exit_on_error,
    require_distinct_files,
)
from credit_scoring.commands.decision_log_options import count_of, open_decision_log
from credit_scoring.commands.engine_options import (
    Engine,
    EngineName,
    Master,
    SparkOptionTexts,
    require_no_spark_options,
    spark_on,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from credit_scoring.batch.score_file import ScoreCounts, ScoreOptions
    from credit_scoring.batch.score_on_spark import SparkOptions
    from credit_scoring.batch.source import Source
    from credit_scoring.bundle.manifest import ModelFeature

MAX_NAMES = 10  # of ignored columns


def score(
    data: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help="A flat table, CSV or Parquet, with a row per applicant: the features that the "
            "model requests, and an identifier.",
        ),
    ],
    out: Annotated[str, typer.Option(metavar="PATH", help="File to write, .parquet or .csv.")],
    bundle: BundlePath = LATEST_BUNDLE,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Add the principal reasons of each refusal.")
    ] = False,
    log: Annotated[
        bool, typer.Option("--log", help="Store the decisions in the decision log (DATABASE_URL).")
    ] = False,
    identifier: Annotated[
        str | None,
        typer.Option("--id", help="Column that identifies an applicant; by default the model's."),
    ] = None,
    rejected: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="File for the rejected rows, .csv or .parquet; next to --out by default.",
        ),
    ] = None,
    part_rows: Annotated[
        int | None,
        typer.Option(min=1, help="Rows that are scored together; fewer take less memory."),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin again instead of resuming a stopped run.")
    ] = False,
    engine: Engine = EngineName.LOCAL,
    master: Master = None,
    spark_options: SparkOptionTexts = None,
) -> None:
    """Score a file of any size: probability, score and decision of each applicant.

    Memory is bounded. A row that POST /predict would refuse goes to the file of rejected rows, with
    its number and the reasons. If the run is stopped, the same command resumes it; the finished
    parts are in the folder OUT.parts until then.

    With --engine spark, paths are those that Spark reads and writes, and --data may be a folder of
    tables. A run that is stopped begins again.
    """
    from credit_scoring.batch.score_file import PART_ROWS, ScoreOptions

    rejected = rejected or f"{out.rpartition('.')[0]}.rejected.csv"
    with exit_on_error(out):
        if engine == EngineName.SPARK:
            unused = {"--log": log, "--part-rows": part_rows is not None, "--restart": restart}
            with spark_on(master, spark_options, unused) as spark:
                options = _spark_options(bundle, out, rejected, identifier, reasons=reasons)
                counts = _run_on_spark(spark, bundle, data, options)
        else:
            require_no_spark_options(master, spark_options)
            files = _local_files(Path(data), Path(out), Path(rejected))
            local = ScoreOptions(*files, reasons, part_rows or PART_ROWS, restart)
            counts = _run(bundle, Path(data), identifier, local, log=log)
    _print_counts(counts, out, rejected)


def _local_files(data: Path, out: Path, rejected: Path) -> tuple[Path, Path]:
    """The outputs; SettingError if one has another suffix, or would replace another file."""
    from credit_scoring.commands.table_file import require_suffix

    require_distinct_files({"--data": data}, {"--out": out, "--rejected": rejected})
    require_suffix(out)
    require_suffix(rejected)
    return out, rejected


def _spark_options(
    folder: Path, out: str, rejected: str, identifier: str | None, *, reasons: bool
) -> "SparkOptions":
    from credit_scoring.batch.score_on_spark import SparkOptions

    return SparkOptions(out, rejected, identifier or _model_identifier(folder), reasons)


def _run_on_spark(
    spark: "SparkSession", folder: Path, data: str, options: "SparkOptions"
) -> "ScoreCounts":
    from credit_scoring.batch.score_on_spark import score_on_spark
    from credit_scoring.bundle.bundle_files import read_bundle_files
    from credit_scoring.scoring.verify_bundle import verify_bundle

    files = read_bundle_files(folder)
    verify_bundle(files, str(folder))
    return score_on_spark(spark, files, data, options)


def _run(
    folder: Path, data: Path, identifier: str | None, options: "ScoreOptions", *, log: bool
) -> "ScoreCounts":
    from credit_scoring.batch.score_file import score_file
    from credit_scoring.bundle.bundle_files import read_bundle_files
    from credit_scoring.bundle.model_store import bundle_digest
    from credit_scoring.progress import Progress
    from credit_scoring.scoring.verify_bundle import verify_bundle

    files = read_bundle_files(folder)
    verified = verify_bundle(files, str(folder))
    source = _open_source(data, folder, verified.manifest.features, identifier)
    with ExitStack() as stack:
        engine = stack.enter_context(open_decision_log()) if log else None
        report = stack.enter_context(Progress().step(f"Scoring {data}", unit="rows"))
        return score_file(
            verified, source, options, digest=bundle_digest(files), log=engine, report=report,
            on_resume=lambda finished: typer.echo(
                f"Resuming after {count_of(finished, 'finished part')}.", err=True
            ),
        )  # fmt: skip


def _open_source(
    data: Path, folder: Path, features: "tuple[ModelFeature, ...]", identifier: str | None
) -> "Source":
    from credit_scoring.batch.flat_file import FlatFile

    source = FlatFile(data, features, identifier or _model_identifier(folder))
    if names := source.ignored_columns:
        rest = [f"and {len(names) - MAX_NAMES} more"] * (len(names) > MAX_NAMES)
        listed = ", ".join([*names[:MAX_NAMES], *rest])
        typer.echo(f"Columns that the model does not request are ignored: {listed}.", err=True)
    return source


def _model_identifier(folder: Path) -> str | None:
    """The column that identifies an applicant in the data of the model; None if it has none."""
    from credit_scoring.features.definitions.side_table import APPLICANT_KEY
    from credit_scoring.flat_table.schema_file import read_schema
    from credit_scoring.training.train import SCHEMA_FILE

    if not (schema := folder / SCHEMA_FILE).exists():
        return APPLICANT_KEY
    return next(iter(read_schema(schema).unique), None)


def _print_counts(counts: "ScoreCounts", out: str, rejected: str) -> None:
    typer.echo(
        f"{out} holds the scores of {count_of(counts.scored, 'applicant')}: "
        f"{counts.scored - counts.refused:,} accepted, {counts.refused:,} refused."
    )
    if not counts.rejected:
        return
    typer.echo(f"{count_of(counts.rejected, 'row')} rejected, see {rejected}. The first:")
    for rejection in counts.first_rejected:
        place = "" if rejection.row is None else f"row {rejection.row:,}"
        person = "" if rejection.identifier is None else f"applicant {rejection.identifier}"
        where = ", ".join(filter(None, (place, person)))
        typer.echo(f"  {where}: {rejection.reason}")
