"""The memory of a process that a benchmark runs."""

import subprocess
import time

import psutil

MEGABYTE = 1 << 20
SAMPLE_PERIOD = 0.05  # seconds between two measurements


def peak_memory(process: subprocess.Popen[bytes]) -> float:
    """The highest resident memory (MB) of a process until it ends."""
    peak = 0
    running = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            peak = max(peak, running.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(SAMPLE_PERIOD)
    return peak / MEGABYTE
