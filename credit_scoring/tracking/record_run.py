"""Records the run of a command in MLflow. A failure here never fails the command."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from credit_scoring.progress import Progress
from credit_scoring.settings import Settings
from credit_scoring.tracking.bundle_metadata import add_bundle_folder
from credit_scoring.tracking.client import (
    connect,
    get_or_create_experiment,
    is_installed,
    without_password,
)
from credit_scoring.tracking.local_store import LocalStore
from credit_scoring.tracking.log_run import log_run, reason_of
from credit_scoring.tracking.tracked_run import TrackedRun, code_version

LOGGING_TIMEOUT = 60  # seconds; a locked or unreachable database is retried for minutes otherwise

Echo = Callable[[str], None]


@contextmanager
def record_run(
    kind: str, settings: Settings, echo: Echo, progress: Progress, *, enabled: bool = True,
    bundle: Path | None = None,
) -> Iterator[TrackedRun]:  # fmt: skip
    """A run that the command fills; it is logged if the block ends without an error.

    `bundle` is the folder of the bundle that the command writes: its parameters, metrics and files
    are added. `echo` shows the outcome in a line: the run's identifier, that it waits for
    `model.py track --send`, or why it is not tracked. `progress` shows the steps before it.
    """
    run = TrackedRun(kind)
    yield run
    if not (enabled and settings.tracking):
        return
    if not is_installed():
        echo("Not tracked: MLflow is not installed (make lab installs it).")
        return
    try:
        if bundle is not None:
            add_bundle_folder(run, bundle)
        if run.deferred_files:
            with progress.step("Drawing the plots of the tracked run"):
                _add_deferred_files(run, echo)
        run.ended = run.ended or time.time()
        run.tags = {**code_version(), **run.tags}
        _log(run, settings, echo, progress)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the command has succeeded
        echo(f"Warning: the run was not tracked ({type(error).__name__}: {error}).")


def _add_deferred_files(run: TrackedRun, echo: Echo) -> None:
    """Make the files whose making was deferred; skip those that fail."""
    while run.deferred_files:
        try:
            run.files |= run.deferred_files.pop()()
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are kept
            reason = f"{type(error).__name__}: {error}"
            echo(f"Warning: some of the run's plots could not be made ({reason}).")


def _log(run: TrackedRun, settings: Settings, echo: Echo, progress: Progress) -> None:
    """Log the run to the tracking server; to the local store if the server does not accept it."""
    address = without_password(settings.mlflow_tracking_uri)
    try:
        with progress.step(f"Tracking the run in {address}"):
            run_id = _log_with_timeout(run, settings.mlflow_tracking_uri)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, keep the run
        with progress.step(f"Keeping the run in {settings.spool_path}"):
            LocalStore(settings.spool_path).add(run)
        echo(
            f"Warning: {address} did not accept the run ({reason_of(error)}). "
            f"It waits in {settings.spool_path}; later: python model.py track --send"
        )
    else:
        echo(f"Tracked as run {run_id}. Look at it: make mlflow")


def _log_with_timeout(run: TrackedRun, uri: str) -> str:
    """The identifier of the logged run; TimeoutError after LOGGING_TIMEOUT.

    The thread is a daemon: if it hangs, the process can still exit.
    """
    future: Future[str] = Future()

    def log() -> None:
        try:
            client = connect(uri)
            future.set_result(log_run(client, get_or_create_experiment(client, uri), run))
        except BaseException as error:  # noqa: BLE001 - raised again by `result`
            future.set_exception(error)

    threading.Thread(target=log, daemon=True).start()
    try:
        return future.result(LOGGING_TIMEOUT)
    except TimeoutError as error:
        raise TimeoutError(f"no answer within {LOGGING_TIMEOUT} s") from error
