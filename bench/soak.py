"""Memory and open descriptors of the whole service, gunicorn's master and two workers, under load.

Each round sends decisions, explanations, batches of 100 applicants and refused requests over 8
kept-alive connections, then rests a moment and measures. Memory is PSS: pages that the processes
share count once for the service, and in part if other programs share them too.

    python bench/soak.py [--quick] [--minutes 60] [--swap 60] [--bundle FOLDER]

With `--swap 60` the model is swapped every 60 seconds, see `_model_swaps.py`.
The slope is that of the least-squares line through the rounds of the second half, when every thread
has made its buffers. The last line is one JSON object; `pss_mb` and `descriptors` are the maxima.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import contextlib
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _http_load import CONNECTIONS, generate_load, generator_name
from _model_swaps import Swapper, copy_bundle
from _options import parse_options
from serve import app_environment, encode, example_features, get_json, run_gunicorn

REST = 1  # seconds
ROUTE_SECONDS = {"predict": 2, "predict/explain": 1, "predict/batch": 1}  # per round
MIN_ROUNDS = 8
MEGABYTE = 1 << 20
REFUSED_REQUESTS = (
    ("predict", b'{"features": {"EXT_SOURCE_2": '),  # not JSON
    ("predict", b'{"features": {"X": 1}}'),  # an unknown feature
    ("nowhere", b"{}"),
)


class Sample(NamedTuple):
    """Requests so far, PSS (MB) and open descriptors of all processes."""

    requests: int
    pss: float
    descriptors: int


def bodies(bundle: Path) -> dict[str, bytes]:
    """The body for each route, from the bundle's first golden row."""
    features = example_features(bundle)
    single = encode(features=features)
    batch = encode(applicants=[features] * 100)
    return {"predict": single, "predict/explain": single, "predict/batch": batch}


def refused_counts(url: str) -> Iterator[int]:
    """The number of refused requests, by kind; RuntimeError if one was answered 200."""
    for route, body in REFUSED_REQUESTS:
        result = generate_load(f"{url}/{route}", body, seconds=1)
        if result.requests:
            raise RuntimeError(f"{result.requests} wrong requests to /{route} were answered 200")
        yield result.failed


def sample(master: psutil.Process, requests: int) -> Sample:
    """Measure the service's processes."""
    processes = [master, *master.children()]
    pss = sum(process.memory_full_info().pss for process in processes) / MEGABYTE
    return Sample(requests, pss, sum(process.num_fds() for process in processes))


def print_sample(sample: Sample) -> None:
    line = "{:>10,} requests {:>8.1f} MB {:>5} descriptors"
    print(line.format(*sample), flush=True)


@dataclass(frozen=True)
class Length:
    """How long to go on: at least this number of requests and of seconds."""

    requests: int
    seconds: float = 0

    def is_reached(self, samples: list[Sample], start: float) -> bool:
        """Whether enough rounds, requests and seconds since `start` are done."""
        is_late = time.monotonic() - start >= self.seconds
        return len(samples) > MIN_ROUNDS and samples[-1].requests >= self.requests and is_late


def soak(bundle: Path, folder: Path, length: Length, swap_period: float) -> list[Sample]:
    """The samples at the start and after each round, printed as they are taken.

    The model is swapped every `swap_period` seconds; never if that is 0.
    """
    configured = copy_bundle(bundle, folder)
    environment = app_environment(configured, folder)
    with run_gunicorn("app:app", folder / "log", **environment) as (url, master):
        with swapping(url, configured, swap_period):
            samples = [sample(master, 0)]
            print_sample(samples[0])
            start = time.monotonic()
            while not length.is_reached(samples, start):
                requests = samples[-1].requests + send_round(url, bodies(bundle))
                samples.append(sample(master, requests))
                print_sample(samples[-1])
        if get_json(f"{url}/health/ready")["model"] != "ok":
            raise RuntimeError("the deployed model is not served: look at the server's log")
    return samples


@contextlib.contextmanager
def swapping(url: str, configured: Path, period: float) -> Iterator[None]:
    """Swap the model every `period` seconds during the block; RuntimeError if a swap failed."""
    if not period:
        yield
        return
    swapper = Swapper(url, configured)
    stopped = threading.Event()
    failures: list[OSError] = []

    def swap_until_stopped() -> None:
        try:
            while not stopped.wait(period):
                swapper.swap()
        except OSError as error:  # also a status other than 200
            failures.append(error)

    thread = threading.Thread(target=swap_until_stopped)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
    if failures:
        raise RuntimeError(f"a swap failed: {failures[0]}")
    print(f"{swapper.count} swaps")


def send_round(url: str, bodies: dict[str, bytes]) -> int:
    """Send one round and return its number of requests; the connections are closed at the end."""
    results = [
        generate_load(f"{url}/{route}", body, seconds=ROUTE_SECONDS[route])
        for route, body in bodies.items()
    ]
    if failed := sum(result.failed for result in results):
        raise RuntimeError(f"{failed} requests failed: look at the server")
    requests = sum(result.requests for result in results) + sum(refused_counts(url))
    time.sleep(REST)
    return requests


def slope(samples: list[Sample]) -> float:
    """The growth of the PSS in MB per 100,000 requests, over the second half of the rounds."""
    late = samples[len(samples) // 2 :]
    line = linear_regression([s.requests for s in late], [s.pss for s in late])
    return 1e5 * line.slope


def main() -> None:
    options = parse_options(
        __doc__ or "",
        "10,000 requests instead of 100,000",
        minutes="go on for this long at least",
        swap="seconds between two swaps of the model; 0: none",
    )
    length = Length(10_000 if options.quick else 100_000, 60 * options.minutes)
    load = f"{CONNECTIONS} connections by {generator_name()}"
    print(f"{options.bundle}; {load}, two workers\n")
    with tempfile.TemporaryDirectory() as folder:
        samples = soak(options.bundle, Path(folder), length, options.swap)
    figures = {
        "pss_mb": round(max(sample.pss for sample in samples), 1),
        "pss_slope_mb_per_100k": round(slope(samples), 2),
        "descriptors": max(sample.descriptors for sample in samples),
        "descriptors_at_the_end": samples[-1].descriptors,
        "requests": samples[-1].requests,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
