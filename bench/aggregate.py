"""Rate and memory of the aggregator, on SQLite and on PostgreSQL, and of the summary after it.

A log of a million decisions over 180 days is generated in each database: random applicants between
the bundle's golden rows, half of the accepted with an outcome. A process of its own counts them
with `Aggregator.run`. Then `read_summary` makes the summary of GET /monitoring/summary.

    python bench/aggregate.py [--quick] [--bundle FOLDER]

PostgreSQL is a private server, started from the installed programs. The last line is one JSON
object: decisions per second by the clock, processor time per decision with and without the
database server's, the peak of resident memory, and the summary's time by the clock and by the
processor.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

os.environ["OMP_NUM_THREADS"] = "1"  # as model.py sets it
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import psutil
from _decision_log import fill_log
from _memory import peak_memory
from _options import parse_options
from sqlalchemy import Engine

from credit_scoring.bundle.read_bundle import Bundle, read_bundle
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from credit_scoring.monitoring.alarms.rules import load_rules
from credit_scoring.monitoring.counts_store import models, uncounted_records
from credit_scoring.monitoring.summary import SummaryQuery, SummarySource, read_summary
from tests.database_fixtures import PostgresqlCluster, postgresql_programs

DAYS = 180  # of the log
COPIES = 10  # decisions of each random applicant
SUMMARIES = 10
HEADER = (
    "database     decisions  outcomes  seconds  decisions/s  cpu, us  with server  peak, MB  "
    "summary, ms  cpu, ms"
)
COUNT = """
import json, sys
from time import perf_counter, process_time
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.database.engine import open_database
from credit_scoring.monitoring.aggregate import Aggregator
bundle = read_bundle(sys.argv[2])
start, cpu_start = perf_counter(), process_time()
Aggregator(open_database(sys.argv[1], limited=False), lambda digest: bundle).run()
print(json.dumps([perf_counter() - start, process_time() - cpu_start]))
"""
ServerSeconds = Callable[[], float]  # processor seconds of the database server until now


@dataclass(frozen=True)
class Result:
    """What was counted, and what that took.

    `decisions_per_second` is by the clock, with the outcomes. `cpu_us`: processor time of the
    aggregator per decision in microseconds, `cpu_us_with_server` with that of the database server.
    `summary_ms` is by the clock, `summary_cpu_ms` by this process's processor time.
    """

    decisions: int
    outcomes: int
    seconds: float
    decisions_per_second: int
    cpu_us: float
    cpu_us_with_server: float
    peak_mb: float
    summary_ms: float
    summary_cpu_ms: float


def measure(
    url: str, server_seconds: ServerSeconds, bundle_folder: Path, bundle: Bundle, size: int
) -> Result:
    """Generate a log in the database `url`, count it and read its summary."""
    engine = open_database(url, limited=False)
    migrate(engine)
    fill_log(engine, bundle, size, days=DAYS, copies=COPIES)
    outcomes = uncounted_records(engine) - size
    # the connection stays open: the time of a server process that is just ending would be lost
    server_start = server_seconds()
    seconds, cpu_seconds, peak = _count(url, bundle_folder)
    with_server = cpu_seconds + server_seconds() - server_start
    _require_counted(engine, size)
    summary_ms, summary_cpu_ms = _summary_ms(engine, bundle)
    engine.dispose()
    return Result(
        decisions=size,
        outcomes=outcomes,
        seconds=round(seconds, 1),
        decisions_per_second=round(size / seconds),
        cpu_us=round(cpu_seconds / size * 1e6, 1),
        cpu_us_with_server=round(with_server / size * 1e6, 1),
        peak_mb=round(peak, 1),
        summary_ms=round(summary_ms, 1),
        summary_cpu_ms=round(summary_cpu_ms, 1),
    )


def _count(url: str, bundle_folder: Path) -> tuple[float, float, float]:
    """Count in a process of its own: seconds, processor seconds, peak of memory (MB)."""
    command = [sys.executable, "-c", COUNT, url, str(bundle_folder.resolve())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        peak = peak_memory(process)
        output = process.communicate()[0]
    if process.returncode:
        sys.exit("the aggregation failed")
    seconds, cpu_seconds = json.loads(output)
    return seconds, cpu_seconds, peak


def _require_counted(engine: Engine, size: int) -> None:
    (model,) = models(engine)
    if uncounted_records(engine) or model.decisions != size:
        sys.exit(f"{model.decisions} decisions were counted: expected {size}")


def _summary_ms(engine: Engine, bundle: Bundle) -> tuple[float, float]:
    """The median time of a summary as JSON, by the clock and by the processor (milliseconds).

    Each has a source of its own: the facts that a source keeps would make the others faster.
    """
    rules = load_rules(None)
    sources = [
        SummarySource(engine, lambda _digest: bundle.manifest, rules) for _ in range(SUMMARIES)
    ]
    clock, cpu = zip(*map(_time_summary, sources), strict=True)
    return median(clock), median(cpu)


def _time_summary(source: SummarySource) -> tuple[float, float]:
    start, cpu_start = time.perf_counter(), time.process_time()
    json.dumps(read_summary(source, SummaryQuery()))
    return (time.perf_counter() - start) * 1000, (time.process_time() - cpu_start) * 1000


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, tuple[str, ServerSeconds]]]:
    """Empty databases: the URL of each; without PostgreSQL's programs only SQLite's."""
    only_sqlite = {"sqlite": (f"sqlite:///{folder}/decisions.db", lambda: 0.0)}
    programs = postgresql_programs()
    if programs is None:
        print("PostgreSQL is not installed: SQLite only")
        yield only_sqlite
        return
    cluster_folder = folder / "postgresql"
    cluster_folder.mkdir()
    folder.chmod(0o755)  # PostgreSQL's user passes through it
    cluster = PostgresqlCluster(programs, cluster_folder)
    try:
        with cluster.database() as url:
            yield {**only_sqlite, "postgresql": (url, _server_seconds(cluster_folder / "data"))}
    finally:
        cluster.stop("fast")


def _server_seconds(data_folder: Path) -> ServerSeconds:
    """The processor seconds of a PostgreSQL server, with its processes that have ended."""
    server = psutil.Process(int((data_folder / "postmaster.pid").read_text().split()[0]))

    def seconds() -> float:
        times = [server.cpu_times(), *(process.cpu_times() for process in server.children())]
        ended = times[0].children_user + times[0].children_system
        return float(ended + sum(t.user + t.system for t in times))

    return seconds


def _line(name: str, result: Result) -> str:
    return (
        f"{name:<11} {result.decisions:>10,} {result.outcomes:>9,} {result.seconds:>8.1f} "
        f"{result.decisions_per_second:>12,} {result.cpu_us:>8.1f} "
        f"{result.cpu_us_with_server:>12.1f} {result.peak_mb:>9.1f} {result.summary_ms:>12.1f} "
        f"{result.summary_cpu_ms:>8.1f}"
    )


def main() -> None:
    options = parse_options(__doc__ or "", "50,000 decisions instead of a million")
    size = 50_000 if options.quick else 1_000_000
    bundle = read_bundle(options.bundle)
    if bundle.manifest.reference is None:
        sys.exit(f"{options.bundle} has no reference: train it again, or name another by --bundle")
    print(HEADER)
    results = {}
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for name, (url, server_seconds) in urls.items():
            results[name] = measure(url, server_seconds, options.bundle, bundle, size)
            print(_line(name, results[name]), flush=True)
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(json.dumps({name: asdict(result) for name, result in results.items()}))


if __name__ == "__main__":
    main()
