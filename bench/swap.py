"""Latency of decisions while the model is swapped, compared with the usual one.

Rounds without and with swaps alternate: 8 kept-alive connections send `/predict` to gunicorn with
two workers; in a round with swaps the model changes again and again, 50 times in all. Every swap
verifies the bundle, records the deployment, and each worker loads the model.

    python bench/swap.py [--quick] [--bundle FOLDER]

The last line is one JSON object; `p99_ratio` is the median over pairs of rounds.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _http_load import CONNECTIONS, LoadResult, generate_load, generator_name
from _model_swaps import Swapper, copy_bundle
from _options import parse_options
from serve import app_environment, encode, example_features, run_gunicorn

PERIOD = 1.0  # seconds between two swaps: each reaches both workers before the next one


def load_with_swaps(url: str, body: bytes, seconds: int, swapper: Swapper | None) -> LoadResult:
    """Send `body` for `seconds`, and swap the model once per `PERIOD` if there is a `swapper`."""
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(generate_load, f"{url}/predict", body, seconds=seconds)
        while swapper is not None and not load.done():
            swapper.swap()
            time.sleep(PERIOD)
        return load.result()


def main() -> None:
    options = parse_options(__doc__ or "", "10 swaps instead of 50")
    pairs, seconds = (1, 10) if options.quick else (5, 10)
    load = f"{CONNECTIONS} connections by {generator_name()}"
    print(f"{options.bundle}; {load}, two workers, {pairs} pairs of rounds of {seconds} s\n")
    body = encode(features=example_features(options.bundle))
    with tempfile.TemporaryDirectory() as name:
        configured = copy_bundle(options.bundle, Path(name))
        environment = app_environment(configured, Path(name))
        with run_gunicorn("app:app", Path(name) / "log", **environment) as (url, _):
            swapper = Swapper(url, configured)
            load_with_swaps(url, body, 3, None)  # warm up
            results = [
                tuple(load_with_swaps(url, body, seconds, each) for each in (None, swapper))
                for _ in range(pairs)
            ]
    for usual, swapping in results:
        print(
            f"p99 {usual.p99:.1f} ms, with swaps {swapping.p99:.1f} ms; "
            f"{usual.rate:.0f} and {swapping.rate:.0f} requests per second"
        )
    figures = {
        "p99_ratio": round(median(swapping.p99 / usual.p99 for usual, swapping in results), 2),
        "failed": sum(result.failed for pair in results for result in pair),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
