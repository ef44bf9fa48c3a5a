"""Compare building all features from raw tables with the usual pandas recipe on the same files.

    python bench/features.py [--quick] [--full]

Each way runs twice, in turn, in its own process: seconds of the work without the imports, and the
peak memory of the process. The lower of the two counts, since others may use the machine. `--quick`
measures one small size; `--full` adds the size of the real data (58 million rows; the recipe needs
7 GB and takes long). The last line is a JSON object with the figures of the largest size.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
SIZES = (10_000, 40_000, 100_000)  # applicants
QUICK_SIZE = 5_000
FULL_SIZE = 356_255
ROUNDS = 2
READ_TABLES = "[scan.collect() for scan in read_tables(folder).values()]"
WAYS = {  # reading alone comes first: it brings the files into memory for the others
    "only reading the CSV files": (READ_TABLES, "csv"),
    "only reading the Parquet files": (READ_TABLES, "parquet"),
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
start = time.perf_counter()
result = {work}
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({{"seconds": seconds, "gib": peak}}))
"""
OUR_IMPORTS = """from credit_scoring.tables.read_tables import read_tables
from credit_scoring.features.engines import numba_kernels
from credit_scoring.features.assemble import build_features"""
RECIPE_IMPORTS = "import warnings; warnings.simplefilter('ignore'); import _recipe as recipe"
Measurement = dict[str, float]  # "seconds" and "gib", the peak memory


def measure(way: str, folder: Path) -> Any:
    """The Measurement of one way, in a new process."""
    work, file_format = WAYS[way]
    imports = RECIPE_IMPORTS if "recipe" in work else OUR_IMPORTS
    folder /= file_format
    code = PROBE.format(root=str(ROOT), imports=imports, folder=str(folder), work=work)
    command = [sys.executable, "-c", code]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"{way}: {process.stderr[-2000:]}")
    return json.loads(process.stdout.splitlines()[-1])


def measure_all(folder: Path) -> dict[str, Measurement]:
    """Every way's lowest seconds and GiB."""
    rounds = [{way: measure(way, folder) for way in WAYS} for _ in range(ROUNDS)]
    return {
        way: {unit: min(measured[way][unit] for measured in rounds) for unit in ("seconds", "gib")}
        for way in WAYS
    }


def generate(folder: Path, applicants: int) -> None:
    """Write the same sample as CSV and as Parquet."""
    for file_format in ("csv", "parquet"):
        options = f"--applicants {applicants} --format {file_format} --out".split()
        command = [sys.executable, "model.py", "sample", *options, str(folder / file_format)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    os.sync()  # nothing writes these files during the measurements


def ratios(measured: dict[str, Measurement]) -> Measurement:
    """Ours relative to the recipe."""
    reading, _, csv, parquet, recipe = (measured[way] for way in WAYS)
    return {
        "speedup_csv": recipe["seconds"] / csv["seconds"],
        "speedup_parquet": recipe["seconds"] / parquet["seconds"],
        "memory_ratio": csv["gib"] / recipe["gib"],
        "read_floor_ratio": csv["seconds"] / reading["seconds"],
    }


def sizes_to_measure() -> list[int]:
    """The numbers of applicants that the command line selects."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one small size")
    parser.add_argument("--full", action="store_true", help="also the size of the real data")
    arguments = parser.parse_args()
    return [QUICK_SIZE] if arguments.quick else [*SIZES, *[FULL_SIZE] * arguments.full]


def main() -> None:
    """Measure every size, print the table, then the JSON line."""
    sizes = sizes_to_measure()
    table = Table("applicants", "way", "seconds", "peak GiB", title="All features from raw tables")
    by_size = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder), size)
            measured = measure_all(Path(folder))
        by_size[size] = ratios(measured)
        for way, figures in measured.items():
            table.add_row(f"{size:,}", way, f"{figures['seconds']:.2f}", f"{figures['gib']:.2f}")
    Console().print(table)
    summary = {"applicants": sizes[-1], **by_size[sizes[-1]], "sizes": by_size}
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
