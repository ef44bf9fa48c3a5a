"""Time to load a model: ours with all checks, and `pickle.load` with `lightgbm.Booster`.

The model is trained here on random rows until it has some 3 MB. Ours is `verify_bundle`: limits,
digest, the pickle's operations, its state, the grammar of LightGBM's text and, the first time, the
child process that reads it and reproduces the golden rows. The peer reads the file, unpickles a
dictionary, lets LightGBM read the text and trusts both. Every time is the best of several rounds,
taken in turn; the processor's time, the child's included, does not depend on what else runs.

    python bench/load_model.py [--quick]

The last line is one JSON object; `times` are ours over the peer's.
"""

# ruff: noqa: E402 - the path and the number of threads come before the imports they are for

import json
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter

os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import lightgbm as lgb
from _options import parse_options

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.lightgbm_text.check import require_valid_text
from credit_scoring.bundle.lightgbm_text.header import binary
from credit_scoring.bundle.manifest import MODEL_FILE
from credit_scoring.bundle.safe_pickle import load_state
from credit_scoring.bundle.verified_digests import VerifiedDigests
from credit_scoring.scoring.verify_bundle import read_verified_bundle
from tests.serving.small_bundle import write

SIZES = {"leaves": 32, "trees": 800}  # 3 MB
LABELS = {
    "first": "ours, the first time",
    "known": "ours, digest known",
    "grammar": "  of these the grammar of the text",
    "peer": "pickle.load and lightgbm.Booster",
}


def best_times(functions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Milliseconds of each function, and of the processor for it: the best of the rounds.

    Each function runs once per round.
    """
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, function in functions.items():
            start, start_cpu = perf_counter(), processor_time()
            function()
            times.setdefault(f"{name}_ms", []).append(1000 * (perf_counter() - start))
            times.setdefault(f"{name}_cpu_ms", []).append(1000 * (processor_time() - start_cpu))
    return {name: min(values) for name, values in times.items()}


def processor_time() -> float:
    """Seconds that the processor worked for this process and its children."""
    usages = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def functions(folder: Path, peer_file: Path) -> dict[str, Callable[[], object]]:
    """What is timed, by its name in the last line."""
    known = VerifiedDigests(folder.parent / "verified")
    read_verified_bundle(folder, known=known)
    learned = load_state(read_bundle_files(folder)[MODEL_FILE], MODEL_FILE)["fitted"]
    names = learned["names"]
    levels = {names.index(name): len(texts) for name, texts in learned["categories"].items()}
    peer_file.write_bytes(pickle.dumps(learned, protocol=4))

    def load_as_usual() -> lgb.Booster:
        with peer_file.open("rb") as file:
            return lgb.Booster(model_str=pickle.load(file)["model"])  # noqa: S301 - the peer's way

    return {
        "first": lambda: read_verified_bundle(folder, known=VerifiedDigests()),
        "known": lambda: read_verified_bundle(folder, known=known),
        "grammar": lambda: require_valid_text(
            learned["model"], "model", binary(len(names)), levels
        ),
        "peer": load_as_usual,
    }


def main() -> None:
    options = parse_options(__doc__ or "", "three rounds instead of fifteen")
    with tempfile.TemporaryDirectory() as temporary:
        folder = write(
            Path(temporary) / "model", num_leaves=SIZES["leaves"], num_iterations=SIZES["trees"],
            learning_rate=1e-4, min_data_in_leaf=2, feature_fraction=1.0, lambda_l2=0.0,
            early_stopping_round=SIZES["trees"],
        )  # fmt: skip
        megabytes = (folder / MODEL_FILE).stat().st_size / 1e6
        timed = functions(folder, Path(temporary) / "peer.pkl")
        figures = best_times(timed, rounds=3 if options.quick else 15)
    print(f"A model of {megabytes:.1f} MB; LightGBM {lgb.__version__}\n")
    for name, label in LABELS.items():
        wall, processor = figures[f"{name}_ms"], figures[f"{name}_cpu_ms"]
        ratio = wall / figures["peer_ms"]
        print(
            f"{label:<36} {wall:>8,.0f} ms {ratio:>6.1f} × {processor:>8,.0f} ms of the processor"
        )
    rounded = {name: round(value, 1) for name, value in figures.items()}
    times = {
        f"times_{name}": round(figures[f"{name}_ms"] / figures["peer_ms"], 2)
        for name in ("first", "known")
    }
    print(json.dumps({**rounded, **times, "model_mb": round(megabytes, 2)}))


if __name__ == "__main__":
    main()
