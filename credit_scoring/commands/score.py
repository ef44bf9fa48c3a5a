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

if TYPE_CHECKING:
    from credit_scoring.batch.score_file import ScoreCounts, ScoreOptions
    from credit_scoring.batch.source import Source
    from credit_scoring.bundle.manifest import ModelFeature

MAX_NAMES = 10  # of ignored columns


def score(
    data: Annotated[
        Path,
        typer.Option(
            help="A flat table, CSV or Parquet, with a row per applicant: the features that the "
            "model requests, and an identifier."
        ),
    ],
    out: Annotated[Path, typer.Option(help="File to write, .parquet or .csv.")],
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
        Path | None,
        typer.Option(
            help="File for the rejected rows, .csv or .parquet; next to --out by default."
        ),
    ] = None,
    part_rows: Annotated[
        int | None,
        typer.Option(min=1, help="Rows that are scored together; fewer take less memory."),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin again instead of resuming a stopped run.")
    ] = False,
) -> None:
    """Score a file of any size: probability, score and decision of each applicant.

    Memory is bounded. A row that POST /predict would refuse goes to the file of rejected rows, with
    its number and the reasons. If the run is stopped, the same command resumes it; the finished
    parts are in the folder OUT.parts until then.
    """
    from credit_scoring.batch.score_file import PART_ROWS, ScoreOptions
    from credit_scoring.commands.table_file import require_suffix

    with exit_on_error(out):
        rejected = rejected or out.with_name(f"{out.stem}.rejected.csv")
        require_distinct_files({"--data": data}, {"--out": out, "--rejected": rejected})
        require_suffix(out)
        require_suffix(rejected)
        options = ScoreOptions(out, rejected, reasons, part_rows or PART_ROWS, restart)
        counts = _run(bundle, data, identifier, options, log=log)
    _print_counts(counts, options)


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


def _print_counts(counts: "ScoreCounts", options: "ScoreOptions") -> None:
    typer.echo(
        f"{options.out} holds the scores of {count_of(counts.scored, 'applicant')}: "
        f"{counts.scored - counts.refused:,} accepted, {counts.refused:,} refused."
    )
    if not counts.rejected:
        return
    typer.echo(f"{count_of(counts.rejected, 'row')} rejected, see {options.rejected}. The first:")
    for rejection in counts.first_rejected:
        place = "" if rejection.row is None else f"row {rejection.row:,}"
        person = "" if rejection.identifier is None else f"applicant {rejection.identifier}"
        where = ", ".join(filter(None, (place, person)))
        typer.echo(f"  {where}: {rejection.reason}")
