"""Replays a deployment as a platform makes it: its files, its environment, its commands.

The checkout is read-only for the service, as in an image: a service that runs as root gives up the
privilege to write to it anyway.
"""

import contextlib
import os
import shutil
import signal
import subprocess

from tests.server_process import PATIENCE, ROOT, Server

WITHOUT_OVERRIDE = ("setpriv", "--bounding-set=-dac_override")
UNPRIVILEGED = WITHOUT_OVERRIDE if os.geteuid() == 0 else ()
KEY = "0123456789abcdef" * 4  # as a platform generates it


def deployed_files(ignore_file=None):
    """The paths in git, without those that `ignore_file` names."""
    listed = _git("ls-files")
    ignored = _git("ls-files", "-ci", f"--exclude-from={ignore_file}") if ignore_file else []
    return sorted({*listed} - {*ignored})


def _git(*arguments):
    command = ["git", *arguments]
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in result.stdout.splitlines() if (ROOT / name).is_file()]


def check_out(folder, ignore_file=None):
    """Copy the deployed files to `folder`."""
    for name in deployed_files(ignore_file):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)


@contextlib.contextmanager
def read_only(folder):
    """Nobody may write to `folder` during the block."""
    _set_writable(folder, writable=False)
    try:
        yield
    finally:  # so that it can be removed
        _set_writable(folder, writable=True)


def _set_writable(folder, *, writable):
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(0o755 if writable else 0o555)


def run(command, folder, environment):
    """Run a release command to its end; returns the process with its output."""
    return subprocess.run(
        [*UNPRIVILEGED, *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@contextlib.contextmanager
def start_process(command, folder, environment, log):
    """Start the web process; at the end of the block it is stopped."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [*UNPRIVILEGED, *command],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            terminate(process, every_process=True)
        process.wait(PATIENCE)


@contextlib.contextmanager
def serve(command, folder, environment, log):
    """Run the web process until the end of the block; yields it once it answers."""
    with start_process(command, folder, environment, log) as process:
        server = Server(process, int(environment["PORT"]), log)
        server.wait()
        yield server


def terminate(process, *, every_process):
    """Send SIGTERM as the platform does: to every process, or to the first one."""
    send = os.killpg if every_process else os.kill
    send(process.pid, signal.SIGTERM)
