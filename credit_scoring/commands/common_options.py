"""Options, error handling and output that several commands share."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from credit_scoring.errors import CreditScoringError

if TYPE_CHECKING:
    from credit_scoring.laboratory.experiment import Experiment
    from credit_scoring.progress import Progress
    from credit_scoring.tables.read_tables import ReadOptions

TABLES = "Folder of CSV or Parquet tables like Home Credit's, or Kaggle's zip"
DataPath = Annotated[Path, typer.Option(help=f"{TABLES}; not a flat table.")]
ModelDataPath = Annotated[
    Path,
    typer.Option(
        help=f"{TABLES}; for a model of train --table, a flat table with the same columns."
    ),
]
DAY = "DAY"  # metavar of a time in UTC, as 2026-11-28
BundlePath = Annotated[Path, typer.Option(help="Folder of the bundle.")]
LATEST_BUNDLE = Path("models/latest")
FeatureListPath = Annotated[
    Path | None,
    typer.Option(
        help="File of the features to use, as select writes it, or folder of a bundle, to request "
        "no others than it does; replaces the feature selection."
    ),
]
Seed = Annotated[
    int,
    typer.Option(min=0, max=2**31 - 1, help="Random seed: the same seed gives the same result."),
]
AllowedAttributes = Annotated[
    list[str] | None,
    typer.Option(
        help="Let a prohibited or restricted attribute into the model, e.g. DAYS_BIRTH. Repeatable."
    ),
]
FalseNegativeCost = Annotated[float, typer.Option(min=1e-9, help="Cost of accepting a defaulter.")]
FalsePositiveCost = Annotated[
    float, typer.Option(min=1e-9, help="Cost of refusing a good applicant.")
]
RowLimit = Annotated[
    int | None, typer.Option(min=200, help="Use a random sample of this many applicants.")
]
FoldCount = Annotated[int, typer.Option(min=2, max=10, help="Number of cross-validation folds.")]
JobLimit = Annotated[
    int | None,
    typer.Option(min=1, help="Number of fits in parallel; the number of cores by default."),
]
IgnoreUnknown = Annotated[
    bool,
    typer.Option(
        "--ignore-unknown-columns", help="Ignore columns that the table contracts do not define."
    ),
]


@contextmanager
def exit_on_error(unchanged: Path | str, code: int = 1) -> Iterator[None]:
    """Turn our errors and Ctrl-C into one line and an exit code instead of a traceback.

    `unchanged` names what an interruption leaves as it was. `code` is the exit code of an error:
    2 for commands whose 1 is an answer.
    """
    try:
        yield
    except CreditScoringError as error:
        typer.secho(f"{error.title}: {error}", fg=typer.colors.RED, err=True)
        raise typer.Exit(code) from error
    except KeyboardInterrupt:
        typer.secho(f"Interrupted: {unchanged} is unchanged.", fg=typer.colors.YELLOW, err=True)
        raise typer.Exit(130) from None


def invoked_command() -> str:
    """The command as it was typed, for the files that it writes."""
    return " ".join(["python", *sys.argv])


def require_distinct_files(inputs: Mapping[str, Path], outputs: Mapping[str, Path | None]) -> None:
    """SettingError if an output would replace an input or another output, by option.

    A folder among the inputs stands for the tables in it, too.
    """
    from credit_scoring.errors import SettingError
    from credit_scoring.tables.source_files import table_paths

    options = {path.resolve(): option for option, path in inputs.items()}
    tables = {
        path.resolve(): option for option, folder in inputs.items() for path in table_paths(folder)
    }
    for option, path in outputs.items():
        if path is None:
            continue
        if (other := options.setdefault(path.resolve(), option)) != option:
            raise SettingError(f"{option} and {other} are both {path}: give another place")
        if (other := tables.get(path.resolve(), option)) != option:
            raise SettingError(
                f"{option} is {path}, where {other} has a table: give another place or name"
            )


def make_read_options(ignore_unknown: bool) -> "ReadOptions":
    """How tables are read: the cache of the settings, and the option --ignore-unknown-columns."""
    from credit_scoring.settings import load_settings
    from credit_scoring.tables.read_tables import ReadOptions

    return ReadOptions(load_settings(os.environ).cache_path, ignore_unknown)


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write each file into the folder, under its name; if it is a bundle's, see `update_bundle`."""
    from credit_scoring.bundle.update_bundle import update_bundle

    if update_bundle(folder, contents):
        typer.echo(
            f"The signature of {folder} was removed, because the bundle has changed: "
            f"python model.py sign --bundle {folder}",
            err=True,
        )


def open_experiment(
    data: Path, seed: int, allow: list[str] | None, progress: "Progress", *, ignore_unknown: bool,
    rows: int | None = None, costs: tuple[float, ...] = (), max_drift: float | None = None,
) -> "Experiment":  # fmt: skip
    """The experiment on the tables at `data`; the settings decide what no option decides.

    `costs` are those of a false negative and a false positive, or the default.
    """
    from credit_scoring.laboratory.experiment import load_experiment
    from credit_scoring.settings import load_settings
    from credit_scoring.training.metrics import Costs

    return load_experiment(
        data,
        seed=seed,
        costs=Costs(*costs),
        allowed=allow or load_settings(os.environ).allowed_attributes,
        progress=progress,
        rows=rows,
        read_options=make_read_options(ignore_unknown),
        max_drift=max_drift,
    )


def study_facts(experiment: "Experiment", folds: int) -> dict[str, Any]:
    """The facts of a study for its files and its tracked run."""
    return {"data": experiment.facts, "folds": folds, "made_by": invoked_command()}
