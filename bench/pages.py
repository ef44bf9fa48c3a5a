"""How fast and how heavy the pages are, on a log of 100,000 decisions of 90 days.

    python bench/pages.py [--quick] [--bundle FOLDER]

The service runs under gunicorn, monitoring is up to date. Each page is requested over a kept-alive
connection, with gzip; `ms` is the median until the last byte, `p95` the 95th percentile. Other
programs on the machine change both, and hardly the workers' processor time per request. `first
view` is what Chromium receives with an empty cache until the page is complete; without Chromium it
is left out. A what-if is `POST /what-if`. The last line is one JSON object; the exit code is 1 if a
page takes 100 ms or weighs 300 KB, or a what-if takes 50 ms.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
import requests

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _decision_log import fill_log
from _options import parse_options
from serve import example_features, run_gunicorn

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from tests.pages.chromium import find_chromium, start_chromium
from tests.pages.every_page import PAGES, Page

DECISIONS = 100_000
DAYS = 90
COPIES = 10  # decisions of each applicant: the log is written faster
TIMEOUT = 60  # seconds
PAGE_LIMIT, WHAT_IF_LIMIT = 100, 50  # ms
WEIGHT_LIMIT = 300  # KB
KB = 1000
Figures = dict[str, float | None]


def write_log(bundle: Path, path: Path, size: int) -> str:
    """Write a log whose decisions are all counted for monitoring; returns its URL."""
    contents = read_bundle(bundle)
    url = f"sqlite:///{path}"
    engine = open_database(url, limited=False)
    migrate(engine)
    fill_log(engine, contents, size, days=DAYS, copies=COPIES)
    engine.dispose()
    environment = {**os.environ, "DATABASE_URL": url, "CREDIT_SCORING_MODEL_PATH": str(bundle)}
    command = [sys.executable, "model.py", "monitor"]
    subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.DEVNULL)
    return url


def durations(send: Callable[[], requests.Response], count: int) -> Iterator[float]:
    """The milliseconds of each of `count` requests after two that warm up."""
    for number in range(count + 2):
        start = time.perf_counter()
        send().raise_for_status()
        if number > 1:
            yield 1000 * (time.perf_counter() - start)


def speed(send: Callable[[], requests.Response], count: int, master: psutil.Process) -> Figures:
    """Milliseconds of a request: median, 95th percentile, and processor time of the workers."""
    before = processor_time(master)
    times = list(durations(send, count))
    used = 1000 * (processor_time(master) - before) / (count + 2)
    p95 = quantiles(times, n=20)[-1]
    return {"ms": round(median(times), 1), "p95": round(p95, 1), "processor_ms": round(used, 1)}


def processor_time(master: psutil.Process) -> float:
    """Seconds of processor time that the workers have used."""
    times = [worker.cpu_times() for worker in master.children()]
    return float(sum(time.user + time.system for time in times))


def weigh(browser: Any, url: str, page: Page) -> float:
    """The kilobytes that an empty browser receives until the page is complete."""
    tab = browser.new_page()
    network = tab.context.new_cdp_session(tab)
    network.send("Network.enable")
    received: list[float] = []
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    tab.goto(url)
    tab.locator(page.ready).first.wait_for()
    tab.wait_for_load_state("networkidle")
    tab.context.close()
    return round(sum(received) / KB, 1)


def measure(root: str, bundle: Path, count: int, master: psutil.Process) -> dict[str, Figures]:
    """The figures of each page, and of a what-if."""
    with requests.Session() as session:
        html = {"Accept": "text/html"}
        addresses = {page: page.address(root, session.get) for page in PAGES}
        results = {}
        for page, url in addresses.items():
            get = partial(session.get, url, headers=html, timeout=TIMEOUT)
            results[page.name] = speed(get, count, master)
        body = {"features": example_features(bundle)}
        ask = f"{root}/what-if"
        what_if = speed(lambda: session.post(ask, json=body, timeout=TIMEOUT), count, master)
    if path := find_chromium():
        with start_chromium(path) as browser:
            for page, url in addresses.items():
                results[page.name]["kb"] = weigh(browser, url, page)
    return {**results, "what-if": what_if}


def broken_limits(results: dict[str, Figures]) -> list[str]:
    """The pages that are too slow or too heavy, and the what-if if it is too slow."""
    slow = [
        name
        for name, figures in results.items()
        if (figures["ms"] or 0) >= (WHAT_IF_LIMIT if name == "what-if" else PAGE_LIMIT)
    ]
    heavy = [name for name, figures in results.items() if (figures.get("kb") or 0) >= WEIGHT_LIMIT]
    return slow + heavy


def print_table(results: dict[str, Figures]) -> None:
    """Print one line per page."""
    print(f"{'page':<18} {'ms':>8} {'p95':>8} {'processor, ms':>14} {'first view, KB':>15}")
    for name, figures in results.items():
        weight = figures.get("kb")
        shown = "" if weight is None else f"{weight:.0f}"
        times = f"{figures['ms']:>8.1f} {figures['p95']:>8.1f} {figures['processor_ms']:>14.1f}"
        print(f"{name:<18} {times} {shown:>15}")


def main() -> None:
    options = parse_options(__doc__ or "", "10,000 decisions and 20 requests instead of 100")
    size, count = (DECISIONS // 10, 20) if options.quick else (DECISIONS, 100)
    print(f"{options.bundle}; {size:,} decisions of {DAYS} days, {count} requests\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        variables = {
            "DATABASE_URL": write_log(options.bundle, folder / "decisions.db", size),
            "CREDIT_SCORING_MODEL_PATH": str(options.bundle),
            "CREDIT_SCORING_MODEL_STORE": str(folder / "models"),
        }
        with run_gunicorn("app:app", folder / "log", **variables) as (root, master):
            results = measure(root, options.bundle, count, master)
    print_table(results)
    print(json.dumps(results))
    if broken := broken_limits(results):
        raise SystemExit(f"over the limit: {', '.join(broken)}")


if __name__ == "__main__":
    main()
