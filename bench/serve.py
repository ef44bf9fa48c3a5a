"""How many answers a second the whole service gives, beside a bare Flask route and beside the usual way.

Three servers stand under gunicorn with two workers of sixteen threads each, and are loaded one after the other,
round by round, over 8 kept-alive connections:

- ours: `/predict` validates 125 features, decides and commits the decision to the log (SQLite) before it answers;
- bare: a Flask route that parses the same JSON and answers three numbers;
- usual: a Flask route that makes a one-row pandas DataFrame of the request and calls `predict_proba`.

Then ours is asked for explanations and for batches of 1,000 applicants.

    python bench/serve.py [--quick] [--bundle FOLDER]

A ratio is the median over the rounds. The last line is one JSON object.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _load import load

BUNDLES = ("models/latest", "models/local")
PEERS = ("--config", "bench/_gunicorn.py")
SERVERS = {"ours": ("app:app",), "bare": (*PEERS, "bench._bare:app"), "usual": (*PEERS, "bench._usual:app")}
START = 60  # seconds until a server must answer
BATCH = 1000


@contextlib.contextmanager
def served(arguments, log, **variables):
    """The address of what gunicorn serves with these arguments, on a free port, until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    ours = {name: text for name, text in os.environ.items() if not name.startswith("CREDIT_SCORING_")}
    environment = {**ours, "HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "2", **variables}
    with log.open("w") as output:
        command = [sys.executable, "-m", "gunicorn", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(START)


def wait(url, process, log):
    """Until /health answers; SystemExit with what the server wrote where it does not."""
    for _ in range(START * 10):
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            return get(f"{url}/health")
        if process.poll() is not None:
            break
        time.sleep(0.1)
    return sys.exit(f"{url} does not answer:\n{log.read_text()}")


def get(url):
    """The JSON that `url` answers."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - an address of our own
        return json.load(answer)


def environment(bundle, folder):
    """Ours by its defaults, but for a database of its own and no limit on how fast one client may ask."""
    return {
        "CREDIT_SCORING_MODEL_PATH": str(bundle),
        "DATABASE_URL": f"sqlite:///{folder}/decisions.db",
        "BUNDLE": str(bundle),
    }


def rounds(urls, bodies, *, times, seconds):
    """Rate (answers a second) and p99 (ms) by server and round, the servers taken in turn."""
    for name, url in urls.items():
        load(f"{url}/predict", bodies[name], seconds=1)  # warm
    found = {name: [] for name in urls}
    for _ in range(times):
        for name, url in urls.items():
            found[name].append(load(f"{url}/predict", bodies[name], seconds=seconds))
    return found


def ratio(ours, theirs, figure):
    """The median over the rounds of our figure over theirs."""
    return median(getattr(a, figure) / getattr(b, figure) for a, b in zip(ours, theirs, strict=True))


def measure(bundle, folder, *, times, seconds):
    """The figures by name, printed as they come."""
    features = json.loads((bundle / "model.json").read_text(encoding="utf-8"))["golden_rows"][0]["features"]
    with contextlib.ExitStack() as stack:
        variables = environment(bundle, folder)
        urls = {
            name: stack.enter_context(served(how, folder / f"{name}.log", **variables)) for name, how in SERVERS.items()
        }
        usual = get(f"{urls['usual']}/health")["features"]
        bodies = {name: body(features=features) for name in urls} | {"usual": body(features=usual)}
        found = rounds(urls, bodies, times=times, seconds=seconds)
        for name, loads in found.items():
            line(f"{name}: /predict", median(each.rate for each in loads), median(each.p99 for each in loads))
        explained = load(f"{urls['ours']}/predict/explain", bodies["ours"], seconds=seconds)
        line("ours: /predict/explain", explained.rate, explained.p99)
        batches = load(f"{urls['ours']}/predict/batch", body(applicants=[features] * BATCH), seconds=2 * seconds)
        line("ours: /predict/batch, applicants", batches.rate * BATCH, batches.p99)
    return {
        "predict_over_bare": ratio(found["ours"], found["bare"], "rate"),
        "p99_over_bare": ratio(found["ours"], found["bare"], "p99"),
        "predict_over_dataframe": ratio(found["ours"], found["usual"], "rate"),
        "explain_per_second": explained.rate,
        "batch_applicants_per_second": batches.rate * BATCH,
    }


def body(**members):
    """A request's bytes."""
    return json.dumps(members).encode()


def line(what, rate, p99):
    print(f"{what:<36} {rate:>10,.0f} a second   p99 {p99:>8,.1f} ms", flush=True)


def chosen(folder):
    """The bundle asked for, else the first there is."""
    folders = [folder] if folder else [ROOT / name for name in BUNDLES]
    return next((path for path in folders if (path / "model.json").is_file()), folders[0]).resolve()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="half a minute instead of two")
    parser.add_argument("--bundle", type=Path, help=f"default: {' or '.join(BUNDLES)}")
    options = parser.parse_args()
    times, seconds = (3, 2) if options.quick else (7, 5)
    by = "wrk" if shutil.which("wrk") else "threads (wrk is not installed)"
    print(f"{chosen(options.bundle)}; 8 connections by {by}, two workers, {times} rounds of {seconds} s\n")
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(chosen(options.bundle), Path(folder), times=times, seconds=seconds)
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
