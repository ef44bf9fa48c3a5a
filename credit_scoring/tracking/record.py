"""What a command calls so that its run is remembered. Nothing that goes wrong here may harm what the command did."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from credit_scoring.settings import Settings
from credit_scoring.tracking.bundle_metadata import add_bundle
from credit_scoring.tracking.client import is_installed, without_password
from credit_scoring.tracking.spool import Spool
from credit_scoring.tracking.sync import Sent, send_apart
from credit_scoring.tracking.tracked_run import Run, code_version

Say = Callable[[str], None]


@contextmanager
def tracked(
    kind: str, settings: Settings, say: Say, *, wanted: bool = True, bundle: Path | None = None
) -> Iterator[Run]:
    """A run to fill while the command works; it is remembered when the block ends well, and only then.

    `bundle` is the folder of the bundle that the command leaves: parameters, figures and files are taken from there.
    `say` tells a person, in a line, where it went, or that it waits for `model.py track --send`, or why there is no
    tracking.
    """
    run = Run(kind)
    yield run
    if not (wanted and settings.tracking):
        return
    if not is_installed():
        say("Not tracked: MLflow is not installed (make lab installs it).")
        return
    try:
        if bundle is not None:
            add_bundle(run, bundle)
        _complete(run, say)
        _remember(run, settings, say)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the work is done and must not seem undone
        say(f"Warning: the run was not tracked ({type(error).__name__}: {error}).")


def _complete(run: Run, say: Say) -> None:
    """Make the files that were left for later; one that cannot be made is missed, no more."""
    while run.later:
        try:
            run.files |= run.later.pop()()
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are worth having
            say(
                f"Warning: some of the run's pictures could not be made ({type(error).__name__}: {error})."
            )


def _remember(run: Run, settings: Settings, say: Say) -> None:
    """Keep the run on the disk first: from then on nothing loses it."""
    run.ended = run.ended or time.time()
    run.tags = {**code_version(), **run.tags}
    record = Spool(settings.spool_path).write(run)
    where = without_password(settings.mlflow_tracking_uri)
    say(f"Tracking the run in {where} …")
    try:
        sent = send_apart(settings)
    except KeyboardInterrupt:
        sent = [Sent(record.name, None, "interrupted")]
    told = {one.record: one for one in sent}
    mine = told.get(record.name) or Sent(record.name, "")  # another process sent it meanwhile
    if mine.run_id is not None:
        say(f"Tracked{f' as run {mine.run_id}' if mine.run_id else ''}. Look at it: make mlflow")
    else:
        say(f"Warning: {where} did not take the run ({mine.error}). It waits in {record}; later: "
            "python model.py track --send")  # fmt: skip
