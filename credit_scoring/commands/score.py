"""`python model.py score`."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import (
    LATEST_BUNDLE,
    TABLES,
    BundlePath,
    IgnoreUnknown,
    exit_on_error,
    make_read_options,
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
from credit_scoring.commands.part_options import PartRows, Restart, print_resumption
from credit_scoring.commands.score_source import model_identifier, open_source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from credit_scoring.batch.score_file import ScoreCounts, ScoreOptions
    from credit_scoring.batch.score_on_spark import SparkOptions
    from credit_scoring.tables.read_tables import ReadOptions


def score(
    data: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help=f"{TABLES}, for a model that was trained on such tables. Or a flat table, CSV or "
            "Parquet, with a row per applicant: an identifier and the features that the model "
            "requests.",
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
        typer.Option(
            "--id",
            help="Column of a flat table that identifies the applicant; by default the "
            "identifier of the training data.",
        ),
    ] = None,
    rejected: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="File to write the rejected rows to, .csv or .parquet; next to --out by default.",
        ),
    ] = None,
    part_rows: PartRows = None,
    ignore_unknown: IgnoreUnknown = False,
    restart: Restart = False,
    engine: Engine = EngineName.LOCAL,
    master: Master = None,
    spark_options: SparkOptionTexts = None,
) -> None:
    """Score files of any size: probability, score and decision of each applicant.

    Memory is bounded. A row that POST /predict would refuse is written to the file of rejected
    rows, with its number and the reasons. If a run is stopped, the same command resumes it from the
    finished parts in the folder OUT.parts.

    With --engine spark, any path that Spark reads or writes is accepted. A stopped run begins
    again.
    """
    from credit_scoring.batch.score_file import ScoreOptions

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
            local = ScoreOptions(*files, reasons, part_rows, restart)
            read_options = make_read_options(ignore_unknown)
            counts = _run(bundle, Path(data), identifier, local, read_options, log=log)
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

    return SparkOptions(out, rejected, identifier or model_identifier(folder), reasons)


def _run_on_spark(
    spark: "SparkSession", folder: Path, data: str, options: "SparkOptions"
) -> "ScoreCounts":
    from credit_scoring.batch.score_on_spark import score_on_spark
    from credit_scoring.scoring.verify_bundle import read_verified_files

    files, _ = read_verified_files(folder)
    return score_on_spark(spark, files, data, options)


def _run(
    folder: Path, data: Path, identifier: str | None, options: "ScoreOptions",
    read_options: "ReadOptions", *, log: bool,
) -> "ScoreCounts":  # fmt: skip
    from credit_scoring.batch.score_file import score_file
    from credit_scoring.bundle.model_store import bundle_digest
    from credit_scoring.progress import Progress
    from credit_scoring.scoring.verify_bundle import read_verified_files

    files, verified = read_verified_files(folder)
    with ExitStack() as stack:
        engine = stack.enter_context(open_decision_log()) if log else None
        progress = Progress()
        with progress.step(f"Reading {data}"):
            source = open_source(data, folder, verified.manifest, identifier, read_options)
        report = stack.enter_context(progress.step(f"Scoring {data}", unit="rows"))
        return score_file(
            verified, source, options, digest=bundle_digest(files), log=engine, report=report,
            on_resume=print_resumption,
        )  # fmt: skip


def _print_counts(counts: "ScoreCounts", out: str, rejected: str) -> None:
    typer.echo(
        f"{out} holds the scores of {count_of(counts.scored, 'applicant')}: "
        f"{counts.scored - counts.refused:,} accepted, {counts.refused:,} refused."
    )
    if not counts.rejected:
        return
    typer.echo(f"{count_of(counts.rejected, 'row')} rejected, see {rejected}. The first reasons:")
    for rejection in counts.first_rejected:
        place = "" if rejection.row is None else f"row {rejection.row:,}"
        person = "" if rejection.identifier is None else f"applicant {rejection.identifier}"
        where = ", ".join(filter(None, (place, person)))
        typer.echo(f"  {where}: {rejection.reason}")
