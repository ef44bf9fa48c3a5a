"""Memory and rate of `python model.py replay --bundle` on a log of a million decisions.

Two logs are generated, of a tenth and of the whole size: random applicants between the bundle's
golden rows, decided by it. The command decides every request again under the same model with half
the threshold, which refuses more, and writes the changed decisions to a CSV file. Its memory is
bounded if it is the same for both logs.

    python bench/replay.py [--quick] [--bundle FOLDER]

The last line is one JSON object: decisions per second and the peak of the command's resident
memory for the whole log, and how much higher that peak is than for the tenth.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

os.environ["OMP_NUM_THREADS"] = "1"  # as model.py sets it
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _decision_log import create_log
from _memory import peak_memory
from _options import parse_options

from credit_scoring.bundle.read_bundle import read_bundle
from tests.other_bundle import write_with_threshold


class Replay(NamedTuple):
    """Decisions of the log, duration of the command (s), peak of its resident memory (MB)."""

    decisions: int
    seconds: float
    peak: float

    @property
    def rate(self) -> float:
        """Decisions per second, the start of the command included."""
        return self.decisions / self.seconds


def measure(bundle: Path, folder: Path, size: int) -> Replay:
    """Generate a log of `size` decisions and replay it under a stricter bundle."""
    folder.mkdir()
    original = read_bundle(bundle)
    threshold = original.model.threshold_ / 2
    stricter = write_with_threshold(bundle, threshold, folder / "stricter")
    create_log(folder / "decisions.db", original, size).dispose()
    command = [sys.executable, "model.py", "replay", "--bundle", str(stricter)]
    command += ["--made-by", str(bundle.resolve()), "--out", str(folder / "changes.csv")]
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/decisions.db"}
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        peak = peak_memory(process)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return Replay(size, time.perf_counter() - start, peak)


def main() -> None:
    options = parse_options(__doc__ or "", "100,000 decisions instead of a million")
    size = 100_000 if options.quick else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        replays = [
            measure(options.bundle, Path(folder) / str(count), count)
            for count in (size // 10, size)
        ]
    print(f"\n{'decisions':>10} {'decisions/s':>12} {'peak, MB':>9}")
    for replay in replays:
        print(f"{replay.decisions:>10,} {replay.rate:>12,.0f} {replay.peak:>9,.1f}")
    tenth, whole = replays
    figures = {
        "decisions_per_second": round(whole.rate),
        "peak_mb": round(whole.peak, 1),
        "growth_mb": round(whole.peak - tenth.peak, 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
