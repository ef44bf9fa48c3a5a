"""Rate and memory of the aggregator, on SQLite and on PostgreSQL, and of reading its counts.

A log of a million decisions over 180 days is generated in each database: random applicants between
the bundle's golden rows, half of the accepted with an outcome. A process of its own counts them
with `Aggregator.run`. Then the counts of 90 days are read.

    python bench/aggregate.py [--quick] [--bundle FOLDER]

PostgreSQL is a private server, started from the installed programs. The last line is one JSON
object: decisions per second, the peak of resident memory and the time to read the counts.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

os.environ["OMP_NUM_THREADS"] = "1"  # as model.py sets it
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _decision_log import fill_log
from _memory import peak_memory
from _options import parse_options
from sqlalchemy import Engine

from credit_scoring.bundle.read_bundle import Bundle, read_bundle
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from credit_scoring.monitoring.counts_store import models, read_counts, uncounted_records
from tests.database_fixtures import PostgresqlCluster, postgresql_programs

DAYS = 180  # of the log
WINDOW = 90  # days of counts that are read
HEADER = "database     decisions  outcomes  seconds  cpu s  decisions/s  peak, MB  read, ms"
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


class Result(NamedTuple):
    """The records that were counted, and what that took.

    `cpu_seconds`: processor time without the database server's. `read_ms`: of reading the counts.
    """

    decisions: int
    outcomes: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    read_ms: float

    @property
    def rate(self) -> float:
        """Decisions per second, with their outcomes."""
        return self.decisions / self.seconds


def measure(url: str, bundle_folder: Path, bundle: Bundle, size: int) -> Result:
    """Generate a log in the database `url`, count it and read the counts."""
    engine = open_database(url, limited=False)
    migrate(engine)
    fill_log(engine, bundle, size, days=DAYS)
    queued = uncounted_records(engine)
    engine.dispose()
    command = [sys.executable, "-c", COUNT, url, str(bundle_folder.resolve())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        peak = peak_memory(process)
        seconds, cpu_seconds = json.loads(process.communicate()[0] or "[0, 0]")
    if process.returncode or uncounted_records(engine):
        sys.exit("the aggregation failed")
    (model,) = models(engine)
    if model.decisions != size:
        sys.exit(f"{model.decisions} decisions were counted: expected {size}")
    read_ms = median(_read_ms(engine, model.digest) for _ in range(10))
    engine.dispose()
    return Result(size, queued - size, seconds, cpu_seconds, peak, read_ms)


def _read_ms(engine: Engine, digest: str) -> float:
    since = (datetime.now(UTC) - timedelta(days=WINDOW)).date()
    start = time.perf_counter()
    read_counts(engine, digest, since)
    return (time.perf_counter() - start) * 1000


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """The URLs of empty databases; without PostgreSQL's programs only SQLite's."""
    urls = {"sqlite": f"sqlite:///{folder}/decisions.db"}
    programs = postgresql_programs()
    if programs is None:
        print("PostgreSQL is not installed: SQLite only")
        yield urls
        return
    cluster_folder = folder / "postgresql"
    cluster_folder.mkdir()
    folder.chmod(0o755)  # PostgreSQL's user passes through it
    cluster = PostgresqlCluster(programs, cluster_folder)
    try:
        with cluster.database() as url:
            yield urls | {"postgresql": url}
    finally:
        cluster.stop("fast")


def main() -> None:
    options = parse_options(__doc__ or "", "50,000 decisions instead of a million")
    size = 50_000 if options.quick else 1_000_000
    bundle = read_bundle(options.bundle)
    if bundle.manifest.reference is None:
        sys.exit(f"{options.bundle} has no reference: train it again, or name another by --bundle")
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        results = {name: measure(url, options.bundle, bundle, size) for name, url in urls.items()}
    print(HEADER)
    for name, result in results.items():
        print(
            f"{name:<11} {result.decisions:>10,} {result.outcomes:>9,} {result.seconds:>8.1f} "
            f"{result.cpu_seconds:>6.1f} {result.rate:>12,.0f} {result.peak_mb:>9.1f} "
            f"{result.read_ms:>9.1f}"
        )
    figures = {
        name: {
            "decisions_per_second": round(result.rate),
            "peak_mb": round(result.peak_mb, 1),
            "read_ms": round(result.read_ms, 1),
        }
        for name, result in results.items()
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
