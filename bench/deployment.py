"""Size, start and memory of a deployment as Heroku makes it: slug, dyno start, two workers.

The slug is a copy of the files in git without those in .slugignore, the packages of
requirements.txt, installed into a new environment, and this Python without its tests. It is
compressed as one .tar.gz. The web process of the Procfile then runs from the read-only copy, which
has no bytecode yet, as on a new dyno:

- start: seconds from the command to the answer of the first `/predict`, and the processor time of
  all processes until then, which other programs on the machine hardly change;
- memory: PSS of gunicorn's master and two workers, after the first request and after decisions,
  explanations and batches of 1,000 applicants over 8 connections.

    python bench/deployment.py [--quick] [--bundle FOLDER]

A figure of the start is the median over the rounds. The last line is one JSON object.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _http_load import generate_load
from _options import parse_options
from serve import app_environment, encode, example_features

from tests.platforms.deployments import DEPLOYMENTS
from tests.platforms.replay import check_out, read_only, run, start_process
from tests.server_process import free_port
from tests.serving_environment import install_requirements

MEGABYTE = 1 << 20
MARKS = {"slug_mb": 150, "start_s": 3.0, "pss_mb": 260}
START_TIMEOUT = 60  # seconds
WORKERS_START = 2  # seconds until also the second worker has started
HEROKU = DEPLOYMENTS["heroku"]
OF_A_BUILD_MACHINE = {"test", "tests", "idlelib", "idle_test", "tkinter", "turtledemo", "lib2to3"}
ROUTES = ("predict", "predict/explain", "predict/batch")


class Start(NamedTuple):
    """Seconds until the first answer, by the clock and of the processor."""

    seconds: float
    processor: float


class Memory(NamedTuple):
    """PSS (MB) after the first request and after the load, and the number of its requests."""

    first: float
    loaded: float
    requests: int


@dataclass(frozen=True)
class Dyno:
    """The copy of the files, its Python and the variables of its processes."""

    checkout: Path
    python: Path
    variables: dict[str, str]

    @contextmanager
    def running(self) -> Iterator[tuple[psutil.Process, str]]:
        """Run the web process during the block; yields it and its URL, which may not answer yet."""
        port = str(free_port())
        variables = {name: text.replace("{port}", port) for name, text in self.variables.items()}
        log = self.python.parent / "log"
        with start_process(HEROKU.web, self.checkout, variables, log) as web:
            yield psutil.Process(web.pid), f"http://127.0.0.1:{port}"


def tar_size(folders: dict[Path, str], file: Path) -> float:
    """The size of `file` (MB) in which the folders are packed under their names."""
    with tarfile.open(file, "w:gz", compresslevel=6) as archive:
        for folder, name in folders.items():
            archive.add(folder, name, filter=_without_build_files)
    return file.stat().st_size / MEGABYTE


def _without_build_files(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """None for Python's own tests and static libraries, which no platform's Python has."""
    parts = member.name.split("/")
    is_python = parts[0] == "python"
    is_build_file = parts[-1].startswith("config-3") or parts[-1].endswith(".a")
    is_foreign = "site-packages" in parts or parts[-1] in OF_A_BUILD_MACHINE
    return None if is_python and (is_build_file or is_foreign) else member


def slug_sizes(checkout: Path, python: Path, scratch: Path) -> dict[str, float]:
    """Compressed sizes (MB): code and model, packages, Python."""
    standard_library = Path(sys.base_prefix) / f"lib/python3.{sys.version_info.minor}"
    parts = {
        "code": {checkout: "app"},
        "packages": {python.parent.parent / "lib": "lib"},
        "python": {standard_library: "python", Path(sys.executable).resolve(): "bin/python"},
    }
    return {name: tar_size(folders, scratch / f"{name}.tar.gz") for name, folders in parts.items()}


def first_answer(url: str, body: bytes, process: psutil.Process) -> None:
    """Wait until `/predict` answers; SystemExit if the process ends or takes too long."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{url}/predict", body, {"Content-Type": "application/json"}
    )
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end and process.is_running():
        try:
            with urllib.request.urlopen(request, timeout=START_TIMEOUT):  # noqa: S310
                return
        except urllib.error.HTTPError as error:
            sys.exit(f"/predict is answered {error.code}: {error.read().decode()}")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    sys.exit(f"{url} does not answer")


def processes_of(master: psutil.Process) -> list[psutil.Process]:
    return [master, *master.children(recursive=True)]


def pss(master: psutil.Process) -> float:
    """The memory of all processes (MB); a page that they share counts once."""
    return float(sum(p.memory_full_info().pss for p in processes_of(master)) / MEGABYTE)


def measure_start(dyno: Dyno, body: bytes) -> Start:
    """Start the web process and stop it after its first answer."""
    begin = time.monotonic()
    with dyno.running() as (master, url):
        first_answer(url, body, master)
        seconds = time.monotonic() - begin
        times = [process.cpu_times() for process in processes_of(master)]
        return Start(seconds, sum(t.user + t.system for t in times))


def measure_memory(dyno: Dyno, bodies: dict[str, bytes], seconds: int) -> Memory:
    """Send each of the bodies for `seconds`."""
    with dyno.running() as (master, url):
        first_answer(url, bodies["predict"], master)
        time.sleep(WORKERS_START)
        first = pss(master)
        results = [
            generate_load(f"{url}/{route}", body, seconds=seconds) for route, body in bodies.items()
        ]
        return Memory(first, pss(master), sum(result.requests for result in results))


def prepare(bundle: Path, scratch: Path) -> Dyno:
    """Build the slug in `scratch`."""
    checkout = scratch / "app"
    check_out(checkout, HEROKU.ignore_file)
    python = install_requirements(scratch / "venv")
    variables = {
        **HEROKU.variables,
        **app_environment(bundle, scratch),
        "CREDIT_SCORING_API_KEY": "",
        "CREDIT_SCORING_RATE_LIMIT": "off",
        "HOME": str(checkout),
        "PATH": f"{python.parent}:/usr/bin:/bin",
    }
    return Dyno(checkout, python, variables)


def measure(bundle: Path, scratch: Path, *, rounds: int, seconds: int) -> dict[str, float]:
    """The figures of the last line."""
    features = example_features(bundle)
    single = encode(features=features)
    bodies = dict(zip(ROUTES, (single, single, encode(applicants=[features] * 1000)), strict=True))
    dyno = prepare(bundle, scratch)
    sizes = slug_sizes(dyno.checkout, dyno.python, scratch)
    with read_only(dyno.checkout):
        run(HEROKU.release, dyno.checkout, {**dyno.variables, "PORT": "8000"})
        starts = [measure_start(dyno, single) for _ in range(rounds)]
        memory = measure_memory(dyno, bodies, seconds)
    return {
        **{f"{name}_mb": size for name, size in sizes.items()},
        "slug_mb": sum(sizes.values()),
        "start_s": median(start.seconds for start in starts),
        "start_cpu_s": median(start.processor for start in starts),
        "first_pss_mb": memory.first,
        "requests": memory.requests,
        "pss_mb": memory.loaded,
    }


def main() -> None:
    options = parse_options(__doc__ or "", "two starts and a short load")
    with tempfile.TemporaryDirectory() as temporary:
        rounds, seconds = (2, 2) if options.quick else (7, 20)
        figures = measure(options.bundle, Path(temporary), rounds=rounds, seconds=seconds)
    for name, figure in figures.items():
        mark = f"  (the mark: at most {MARKS[name]})" if name in MARKS else ""
        print(f"{name:<18} {figure:>10,.2f}{mark}")
    print(json.dumps({name: round(figure, 2) for name, figure in figures.items()}))


if __name__ == "__main__":
    main()
