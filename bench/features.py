"""Building all features from raw tables, against the usual pandas recipe on the same files in the same run.

    python bench/features.py [--quick] [--full]

Each way runs twice, in turn, in a process of its own: seconds of the work without the imports and peak memory of the
process, the less of two, since others may use the machine. `--quick` takes one small size; `--full` adds the size of
the real data (58 million rows; the recipe wants 7 GB and patience).
The last line is a JSON object with the figures of the largest size.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
BASE, TIMES, QUICK, FULL = 10_000, (1, 4, 10), 5_000, 356_255
ROUNDS = 2
READING = "[scan.collect() for scan in read_tables(folder).values()]"
WAYS = {  # reading alone comes first: it brings the files into memory for those that follow
    "only reading the CSV files": (READING, "csv"),
    "only reading the Parquet files": (READING, "parquet"),
    "ours, from CSV": ("build_features(read_tables(folder))", "csv"),
    "ours, from Parquet": ("build_features(read_tables(folder))", "parquet"),
    "pandas recipe, from CSV": ("recipe.build(folder)", "csv"),
}
PROBE = """
import json, resource, sys, time
from pathlib import Path
sys.path[:0] = [{root!r}, {root!r} + "/bench"]
{imports}
folder = Path({folder!r})
begun = time.perf_counter()
result = {work}
seconds = time.perf_counter() - begun
print(json.dumps({{"seconds": seconds, "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}}))
"""
OURS = """from credit_scoring.tables.read_tables import read_tables
from credit_scoring.features import compiled
from credit_scoring.features.assemble import build_features"""
THEIRS = "import warnings; warnings.simplefilter('ignore'); import _recipe as recipe"


def measure(way: str, folder: Path) -> dict[str, float]:
    """Seconds and peak GiB of one way, in a fresh process."""
    work, kind = WAYS[way]
    imports = THEIRS if "recipe" in work else OURS
    code = PROBE.format(root=str(ROOT), imports=imports, folder=str(folder / kind), work=work)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure_all(folder: Path) -> dict[str, dict[str, float]]:
    """Every way's best seconds and GiB."""
    rounds = [{way: measure(way, folder) for way in WAYS} for _ in range(ROUNDS)]
    return {
        way: {what: min(found[way][what] for found in rounds) for what in ("seconds", "gib")}
        for way in WAYS
    }


def make(folder: Path, applicants: int) -> None:
    """The same sample as CSV and as Parquet."""
    for kind in ("csv", "parquet"):
        command = [
            "model.py",
            "sample",
            "--applicants",
            str(applicants),
            "--out",
            str(folder / kind),
            "--format",
            kind,
        ]
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
    os.sync()  # no writing of these files during the measurements


def ratios(found: dict[str, dict[str, float]]) -> dict[str, float]:
    """Ours against the recipe."""
    floor, _, csv, parquet, recipe = (found[way] for way in WAYS)
    return {
        "speedup_csv": recipe["seconds"] / csv["seconds"],
        "speedup_parquet": recipe["seconds"] / parquet["seconds"],
        "memory_ratio": csv["gib"] / recipe["gib"],
        "read_floor_ratio": csv["seconds"] / floor["seconds"],
    }


def main() -> None:
    """Measure every size, print the table, then the JSON line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one small size")
    parser.add_argument("--full", action="store_true", help="the size of the real data too")
    arguments = parser.parse_args()
    sizes = (
        [QUICK] if arguments.quick else [BASE * times for times in TIMES] + [FULL] * arguments.full
    )
    table = Table("applicants", "way", "seconds", "peak GiB", title="All features from raw tables")
    by_size = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), size)
            by_size[size] = measure_all(Path(folder))
        for way, found in by_size[size].items():
            table.add_row(f"{size:,}", way, f"{found['seconds']:.2f}", f"{found['gib']:.2f}")
    Console().print(table)
    largest = ratios(by_size[sizes[-1]])
    print(
        json.dumps(
            {
                "applicants": sizes[-1],
                **largest,
                "sizes": {str(s): ratios(f) for s, f in by_size.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
