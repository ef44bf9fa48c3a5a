"""A disk on which a running server cannot write."""

import contextlib
import os
import resource
import subprocess

import psutil

SMALL_FILE = 8 << 10  # bytes, too few for a decision


def workers(server):
    return psutil.Process(server.process.pid).children()


def mount(folder, size):
    """Mount a small file system; whether it worked: it takes root, and fails in some containers."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    return (
        os.geteuid() == 0
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


class FullDisk:
    """A full disk: a file system of four megabytes."""

    def __init__(self, folder):
        self.folder = folder
        self._filling = folder / "filling"

    def ready(self, _server):
        return True

    def fill(self, _server):
        with contextlib.suppress(OSError), self._filling.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def free(self, _server):
        self._filling.unlink()


class FailingWrites:
    """Write errors: no worker may write beyond the first pages of a file."""

    def __init__(self, folder):
        self.folder = folder

    def ready(self, server):
        """Whether each worker has created its metrics file, which is longer than the limit."""
        return all(
            any("counter_" in mapped.path for mapped in worker.memory_maps())
            for worker in workers(server)
        )

    def fill(self, server):
        self._limit(server, SMALL_FILE)

    def free(self, server):
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server, limit):
        for worker in workers(server):
            worker.rlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
