"""How many answers a second the whole service gives, beside a bare Flask route and beside the usual way.

Three servers stand under gunicorn with two workers of sixteen threads each, and are loaded one after the other,
round by round, over 8 kept-alive connections:

- ours: `/predict` validates 125 features, decides and commits the decision to the log (SQLite) before it answers;
  then `/predict/explain`, and `/predict/batch` with 1,000 applicants;
- bare: a Flask route that parses the same JSON and answers three numbers;
- usual: a Flask route that makes a one-row pandas DataFrame of the request and calls `predict_proba`.

    python bench/serve.py [--quick] [--bundle FOLDER]

A figure is the median over the rounds, a ratio the median of the rounds' ratios. What else runs on the machine
changes the rates and hardly the processor time of the workers, which stands beside them. The last line is one JSON
object.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _load import CONNECTIONS, load, means

BUNDLES = ("models/latest", "models/local")
PEERS = ("--config", "bench/_gunicorn.py")
SERVERS = {
    "ours": ("app:app",),
    "bare": (*PEERS, "bench._bare:app"),
    "usual": (*PEERS, "bench._usual:app"),
}
START = 60  # seconds until a server must answer
BATCH = 1000
IDLE = 0.03  # seconds of processor time in half a second


@contextlib.contextmanager
def served(arguments, log, **variables):
    """Address and process of what gunicorn serves with these arguments, on a free port, until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    ours = {
        name: text for name, text in os.environ.items() if not name.startswith("CREDIT_SCORING_")
    }
    environment = {
        **ours,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": "2",
        **variables,
    }
    with log.open("w") as output:
        command = [sys.executable, "-m", "gunicorn", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
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
    """Ours by its defaults, but for a database of its own."""
    return {
        "CREDIT_SCORING_MODEL_PATH": str(bundle),
        "DATABASE_URL": f"sqlite:///{folder}/decisions.db",
        "BUNDLE": str(bundle),
    }


@dataclass(frozen=True)
class Job:
    """What one server is asked for: a URL, a body with so many applicants, the server's process.

    `times` as long as the others: a batch takes a while.
    """

    url: str
    body: bytes
    master: psutil.Process
    applicants: int = 1
    times: int = 1

    def run(self, seconds):
        """Applicants a second, p99 (ms) and processor time of the workers for an applicant (µs)."""
        before = self._idle()
        done = load(self.url, self.body, seconds=self.times * seconds)
        return (
            done.rate * self.applicants,
            done.p99,
            1e6 * (self._used() - before) / done.requests / self.applicants,
        )

    def _idle(self):
        """The processor time so far, once nothing is left of an earlier job: a server does not see its client go."""
        now = self._used()
        while True:
            time.sleep(0.5)
            before, now = now, self._used()
            if now - before < IDLE:
                return now

    def _used(self):
        return sum(sum(worker.cpu_times()[:2]) for worker in self.master.children())


def jobs(servers, features):
    """The jobs by name; `features` are those of a request that our model answers."""
    (ours, us), (bare, it), (usual, they) = (servers[name] for name in SERVERS)
    one, theirs = body(features=features), body(features=get(f"{usual}/health")["features"])
    return {
        "ours: /predict": Job(f"{ours}/predict", one, us),
        "bare: /predict": Job(f"{bare}/predict", one, it),
        "usual: /predict": Job(f"{usual}/predict", theirs, they),
        "ours: /predict/explain": Job(f"{ours}/predict/explain", one, us),
        "ours: /predict/batch": Job(
            f"{ours}/predict/batch", body(applicants=[features] * BATCH), us, BATCH, 3
        ),
    }


def measure(bundle, folder, *, times, seconds):
    """By job, what each round found; printed in the end."""
    features = json.loads((bundle / "model.json").read_text(encoding="utf-8"))["golden_rows"][0][
        "features"
    ]
    with contextlib.ExitStack() as stack:
        here = environment(bundle, folder)
        servers = {
            name: stack.enter_context(served(how, folder / name, **here))
            for name, how in SERVERS.items()
        }
        works = jobs(servers, features)
        for job in works.values():
            job.run(1)  # warm
        rounds = [{name: job.run(seconds) for name, job in works.items()} for _ in range(times)]
    found = {name: [each[name] for each in rounds] for name in works}
    print(f"{'':<24} {'applicants/s':>13} {'p99, ms':>10} {'processor, µs':>14}")
    for name, figures in found.items():
        rate, p99, used = (median(column) for column in zip(*figures, strict=True))
        print(f"{name:<24} {rate:>13,.0f} {p99:>10,.1f} {used:>14,.0f}")
    return found


def summary(found):
    """The figures of the last line."""
    ours, bare, usual, explain, batch = found.values()
    rate, p99, used = range(3)

    def ratio(theirs, figure):
        return median(a[figure] / b[figure] for a, b in zip(ours, theirs, strict=True))

    return {
        "predict_over_bare": ratio(bare, rate),
        "p99_over_bare": ratio(bare, p99),
        "predict_over_dataframe": ratio(usual, rate),
        "explain_per_second": median(each[rate] for each in explain),
        "batch_applicants_per_second": median(each[rate] for each in batch),
        "processor_over_bare": ratio(bare, used),
    }


def body(**members):
    """A request's bytes."""
    return json.dumps(members).encode()


def chosen(folder):
    """The bundle asked for, else the first there is."""
    folders = [folder] if folder else [ROOT / name for name in BUNDLES]
    return next((path for path in folders if (path / "model.json").is_file()), folders[0]).resolve()


def asked(description, quick):
    """The command line's options, the same for every bench of the service."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--bundle", type=Path, help=f"default: {' or '.join(BUNDLES)}")
    return parser.parse_args()


def main():
    options = asked(__doc__, "a minute instead of five")
    times, seconds = (3, 2) if options.quick else (9, 5)
    bundle = chosen(options.bundle)
    print(
        f"{bundle}; {CONNECTIONS} connections by {means()}, two workers, {times} rounds of {seconds} s\n",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        found = measure(bundle, Path(folder), times=times, seconds=seconds)
    print(json.dumps({name: round(value, 2) for name, value in summary(found).items()}))


if __name__ == "__main__":
    main()
