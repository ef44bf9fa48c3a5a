"""What the whole service holds while it answers: memory and open descriptors of gunicorn's master and two workers.

Round after round it is asked for decisions, explanations, batches of 100 applicants, and what it refuses, over 8
kept-alive connections; after each round it may rest a moment and is measured. Memory is PSS: what is shared counts
once for the service (and in part only where other programs share it too, as they do a library).

    python bench/soak.py [--quick] [--bundle FOLDER]

The slope is that of the line through the rounds of the second half, by least squares: by then every thread has made
its buffers. The last line is one JSON object; `pss_mb` and `descriptors` are the most that was seen.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import linear_regression

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _load import CONNECTIONS, load, means
from serve import asked, body, chosen, environment, get, served

REST = 1  # seconds
ROUND = {"predict": 2, "predict/explain": 1, "predict/batch": 1}  # seconds of each in a round
ROUNDS = 8  # at least
MEGABYTE = 1 << 20


def bodies(bundle):
    """The requests by route, of the model's first golden row."""
    features = json.loads((bundle / "model.json").read_text(encoding="utf-8"))["golden_rows"][0][
        "features"
    ]
    one = body(features=features)
    return {
        "predict": one,
        "predict/explain": one,
        "predict/batch": body(applicants=[features] * 100),
    }


def refused(url):
    """How many requests were refused, one after the other: no JSON, an unknown feature, no such route."""
    wrong = (
        ("predict", b'{"features": {"EXT_SOURCE_2": '),
        ("predict", b'{"features": {"X": 1}}'),
        ("nowhere", b"{}"),
    )
    for route, data in wrong:
        loaded = load(f"{url}/{route}", data, seconds=1)
        if loaded.requests:
            raise RuntimeError(f"{loaded.requests} wrong requests to /{route} were answered 200")
        yield loaded.failed


def held(master):
    """PSS (MB) and open descriptors of the service's processes together."""
    processes = [master, *master.children()]
    return sum(p.memory_full_info().pss for p in processes) / MEGABYTE, sum(
        p.num_fds() for p in processes
    )


def soak(bundle, folder, requests):
    """(requests so far, PSS, descriptors) at the start and after each round, printed as they come."""
    found, done = [], 0
    with served(("app:app",), folder / "log", **environment(bundle, folder)) as (url, master):
        while len(found) <= ROUNDS or done < requests:
            if found:
                done += one_round(url, bodies(bundle))
            found.append((done, *held(master)))
            print("{:>10,} requests {:>8.1f} MB {:>5} descriptors".format(*found[-1]), flush=True)
        get(f"{url}/health/ready")
    return found


def one_round(url, bodies):
    """How many requests a round was; then the connections are closed."""
    loads = [load(f"{url}/{route}", data, seconds=ROUND[route]) for route, data in bodies.items()]
    if failed := sum(each.failed for each in loads):
        raise RuntimeError(f"{failed} requests failed: look at the server")
    answered = sum(each.requests for each in loads) + sum(refused(url))
    time.sleep(REST)
    return answered


def slope(found):
    """MB for 100,000 requests, over the second half of the rounds."""
    late = found[len(found) // 2 :]
    return (
        1e5 * linear_regression([asked for asked, _, _ in late], [pss for _, pss, _ in late]).slope
    )


def main():
    options = asked(__doc__, "10,000 requests instead of 100,000")
    bundle = chosen(options.bundle)
    print(f"{bundle}; {CONNECTIONS} connections by {means()}, two workers\n")
    with tempfile.TemporaryDirectory() as folder:
        found = soak(bundle, Path(folder), 10_000 if options.quick else 100_000)
    figures = {
        "pss_mb": round(max(pss for _, pss, _ in found), 1),
        "pss_slope_mb_per_100k": round(slope(found), 2),
        "descriptors": max(descriptors for _, _, descriptors in found),
        "descriptors_at_the_end": found[-1][2],
        "requests": found[-1][0],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
