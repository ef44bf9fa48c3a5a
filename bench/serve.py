"""Throughput of the whole service, compared with a bare Flask route and with a DataFrame route.

Three servers run under gunicorn with the settings of gunicorn.conf.py and two workers. They are
loaded in turn, round by round, over 8 kept-alive connections:

- ours: `/predict` validates 125 features, decides and commits the decision to the log (SQLite)
  before it answers; then `/predict/explain`, and `/predict/batch` with 1,000 applicants;
- bare: a Flask route that parses the same JSON and answers three numbers;
- DataFrame: a Flask route that makes a one-row pandas DataFrame and calls `predict_proba`.

    python bench/serve.py [--quick] [--bundle FOLDER]

A figure is the median over the rounds, a ratio the median of the rounds' ratios. Other programs on
the machine change the rates, and hardly the workers' processor time, which is printed too. The last
line is one JSON object.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _http_load import CONNECTIONS, generate_load, generator_name
from _options import parse_options

APPS = {"ours": "app:app", "bare": "bench._bare_app:app", "DataFrame": "bench._dataframe_app:app"}
START_TIMEOUT = 60  # seconds
BATCH_SIZE = 1000  # applicants
IDLE = 0.03  # seconds of processor time in half a second


@contextlib.contextmanager
def run_gunicorn(app: str, log: Path, **variables: str) -> Iterator[tuple[str, psutil.Process]]:
    """Serve `app` on a free port; yields its URL and gunicorn's master process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CREDIT_SCORING_")}
    environment |= {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "2"}
    environment |= {"MALLOC_ARENA_MAX": "1", **variables}  # as in the Procfile
    command = [sys.executable, "-m", "gunicorn", app]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(START_TIMEOUT)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for /health; SystemExit with the server's output if it does not answer."""
    for _ in range(START_TIMEOUT * 10):
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            get_json(f"{url}/health")
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"{url} does not answer:\n{log.read_text()}")


def get_json(url: str) -> Any:
    """The JSON at `url`."""
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - our own address
        return json.load(response)


def app_environment(bundle: Path, folder: Path) -> dict[str, str]:
    """Default settings, with a database in `folder`."""
    return {
        "CREDIT_SCORING_MODEL_PATH": str(bundle.resolve()),
        "CREDIT_SCORING_KEYS": "off",
        "DATABASE_URL": f"sqlite:///{folder}/decisions.db",
        "CREDIT_SCORING_MODEL_STORE": f"{folder}/models",
        "BUNDLE": str(bundle.resolve()),
    }


class Measurement(NamedTuple):
    """Applicants per second, 99th percentile of latency (ms), processor time per applicant (µs)."""

    rate: float
    p99: float
    processor_time: float


@dataclass(frozen=True)
class Workload:
    """A request that is sent again and again to one server.

    Its body has `applicants`; it takes `duration_factor` as long as the others to measure.
    """

    url: str
    body: bytes
    master: psutil.Process
    applicants: int = 1
    duration_factor: int = 1

    def measure(self, seconds: float) -> Measurement:
        """Send the request for `seconds`."""
        before = self._wait_until_idle()
        result = generate_load(self.url, self.body, seconds=self.duration_factor * seconds)
        used = self._processor_time() - before
        applicants = result.requests * self.applicants
        return Measurement(result.rate * self.applicants, result.p99, 1e6 * used / applicants)

    def _wait_until_idle(self) -> float:
        """The workers' processor time (s) once they have finished an earlier load."""
        now = self._processor_time()
        while True:
            time.sleep(0.5)
            before, now = now, self._processor_time()
            if now - before < IDLE:
                return now

    def _processor_time(self) -> float:
        times = [worker.cpu_times() for worker in self.master.children()]
        return float(sum(t.user + t.system for t in times))


def workloads(
    servers: dict[str, tuple[str, psutil.Process]], features: dict[str, Any]
) -> dict[str, Workload]:
    """The workloads by name; `features` are those of a request that our model can score."""
    ours, our_master = servers["ours"]
    bare, bare_master = servers["bare"]
    dataframe, dataframe_master = servers["DataFrame"]
    single = encode(features=features)
    batch = encode(applicants=[features] * BATCH_SIZE)
    dataframe_request = encode(features=get_json(f"{dataframe}/health")["features"])
    return {
        "ours": Workload(f"{ours}/predict", single, our_master),
        "bare": Workload(f"{bare}/predict", single, bare_master),
        "DataFrame": Workload(f"{dataframe}/predict", dataframe_request, dataframe_master),
        "ours: explain": Workload(f"{ours}/predict/explain", single, our_master),
        "ours: batch": Workload(f"{ours}/predict/batch", batch, our_master, BATCH_SIZE, 3),
    }


def measure(
    bundle: Path, folder: Path, *, rounds: int, seconds: float
) -> dict[str, list[Measurement]]:
    """The measurement of every round, by workload."""
    environment = app_environment(bundle, folder)
    with contextlib.ExitStack() as stack:
        servers = {
            name: stack.enter_context(run_gunicorn(app, folder / name, **environment))
            for name, app in APPS.items()
        }
        loads = workloads(servers, example_features(bundle))
        for load in loads.values():
            load.measure(1)  # warm up
        results = [
            {name: load.measure(seconds) for name, load in loads.items()} for _ in range(rounds)
        ]
    return {name: [result[name] for result in results] for name in loads}


def example_features(bundle: Path) -> dict[str, Any]:
    """The features of the bundle's first golden row."""
    manifest = json.loads((bundle / "model.json").read_text(encoding="utf-8"))
    features: dict[str, Any] = manifest["golden_rows"][0]["features"]
    return features


def print_table(measurements: dict[str, list[Measurement]]) -> None:
    """Print the medians over the rounds."""
    print(f"{'':<16} {'applicants/s':>13} {'p99, ms':>10} {'processor, µs':>14}")
    for name, rounds in measurements.items():
        rate, p99, processor_time = (median(column) for column in zip(*rounds, strict=True))
        print(f"{name:<16} {rate:>13,.0f} {p99:>10,.1f} {processor_time:>14,.0f}")


def summary(measurements: dict[str, list[Measurement]]) -> dict[str, float]:
    """The figures of the last line."""

    def ratio(peer: str, figure: str) -> float:
        pairs = zip(measurements["ours"], measurements[peer], strict=True)
        ratios: list[float] = [
            getattr(ours, figure) / getattr(other, figure) for ours, other in pairs
        ]
        return median(ratios)

    def median_rate(name: str) -> float:
        return median(measurement.rate for measurement in measurements[name])

    return {
        "predict_over_bare": ratio("bare", "rate"),
        "p99_over_bare": ratio("bare", "p99"),
        "predict_over_dataframe": ratio("DataFrame", "rate"),
        "explain_per_second": median_rate("ours: explain"),
        "batch_applicants_per_second": median_rate("ours: batch"),
        "processor_over_bare": ratio("bare", "processor_time"),
    }


def encode(**members: Any) -> bytes:
    """The body of a request."""
    return json.dumps(members).encode()


def main() -> None:
    options = parse_options(__doc__ or "", "a minute instead of five")
    rounds, seconds = (3, 2) if options.quick else (9, 5)
    load = f"{CONNECTIONS} connections by {generator_name()}"
    print(f"{options.bundle}; {load}, two workers, {rounds} rounds of {seconds} s\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        measurements = measure(options.bundle, Path(folder), rounds=rounds, seconds=seconds)
    print_table(measurements)
    print(json.dumps({name: round(v, 2) for name, v in summary(measurements).items()}))


if __name__ == "__main__":
    main()
