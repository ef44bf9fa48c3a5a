"""What a challenger costs the answers: the service with and without one, under the same load.

Two servers run under gunicorn with the settings of gunicorn.conf.py and two workers; one of them
has a challenger, the same model with half the threshold. `/predict` is loaded in turn, round by
round, over 8 kept-alive connections.

    python bench/shadow.py [--quick] [--bundle FOLDER]

A figure is the median over the rounds, a ratio the median of the rounds' ratios (with over
without). At full load the challenger drops what does not fit into its share of the processor;
`scored_share` is what it scored of all decisions. The last line is one JSON object.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import contextlib
import json
import sqlite3
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _http_load import CONNECTIONS, LoadResult, generate_load, generator_name
from _options import parse_options
from serve import app_environment, encode, example_features, run_gunicorn

from credit_scoring.bundle.read_bundle import read_bundle
from tests.other_bundle import write_with_threshold

Rounds = dict[str, list[LoadResult]]  # by server
FIGURES = ("rate", "p50", "p99")


def measure(bundle: Path, folder: Path, *, rounds: int, seconds: float) -> tuple[Rounds, float]:
    """The results of every round by server, and the share of decisions that were scored."""
    threshold = read_bundle(bundle).model.threshold_ / 2
    challenger = write_with_threshold(bundle, threshold, folder / "challenger")
    body = encode(features=example_features(bundle))
    results: Rounds = {"without": [], "with": []}
    with contextlib.ExitStack() as stack:
        urls = {}
        for name in results:
            environment = app_environment(bundle, _new_folder(folder / name))
            if name == "with":
                environment["CREDIT_SCORING_CHALLENGER"] = str(challenger)
            server = run_gunicorn("app:app", folder / f"{name}.log", **environment)
            urls[name] = f"{stack.enter_context(server)[0]}/predict"
            generate_load(urls[name], body, seconds=1)  # warm up
        for _ in range(rounds):
            for name, url in urls.items():
                results[name].append(generate_load(url, body, seconds=seconds))
    return results, _scored_share(folder / "with/decisions.db")


def _new_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _scored_share(database: Path) -> float:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        query = "SELECT (SELECT count(*) FROM shadow_scores) * 1.0 / count(*) FROM decisions"
        return float(connection.execute(query).fetchone()[0])


def ratio(results: Rounds, figure: str) -> float:
    """The median ratio of a figure, with a challenger over without."""
    pairs = zip(results["with"], results["without"], strict=True)
    ratios: list[float] = [getattr(one, figure) / getattr(alone, figure) for one, alone in pairs]
    return median(ratios)


def print_table(results: Rounds) -> None:
    """Print the medians over the rounds."""
    print(f"{'challenger':<12} {'requests/s':>11} {'p50, ms':>9} {'p99, ms':>9}")
    for name, rounds in results.items():
        rate, p50, p99 = (median(getattr(r, figure) for r in rounds) for figure in FIGURES)
        print(f"{name:<12} {rate:>11,.0f} {p50:>9,.2f} {p99:>9,.2f}")


def main() -> None:
    options = parse_options(__doc__ or "", "half a minute instead of three")
    rounds, seconds = (5, 2) if options.quick else (15, 5)
    load = f"{CONNECTIONS} connections by {generator_name()}"
    print(f"{options.bundle}; {load}, two workers, {rounds} rounds of {seconds} s\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        results, scored = measure(options.bundle, Path(folder), rounds=rounds, seconds=seconds)
    print_table(results)
    figures = {f"{figure}_ratio": round(ratio(results, figure), 3) for figure in FIGURES}
    print(json.dumps({**figures, "scored_share": round(scored, 3)}))


if __name__ == "__main__":
    main()
