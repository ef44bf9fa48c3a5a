"""What is lost when connections idle, when the service reloads and when workers are killed.

Three phases on one service as deployed behind a proxy (two workers, SQLite):

- idle: 1,000 kept connections idle for 60 s after a response, then ask again;
- reloads: 20 times SIGHUP under 8 clients that keep their connections;
- kills: 100 times kill -9 of a worker under the same load.

    python bench/faults.py [--quick] [--bundle FOLDER]

A request is unanswered if its connection ends without a byte of the response, incomplete if it ends
within it. Every decision that was answered with 200 is looked up in the log afterwards. The last
line is one JSON object; the exit code is 1 if an answered decision is not in the log.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import contextlib
import json
import random
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _options import parse_options
from serve import START_TIMEOUT, app_environment, example_features, run_gunicorn

from tests.reliability.load_clients import LoadClients, read_response, wait_until

CLIENTS = 8
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
TIMEOUT = 30  # seconds


class Amounts(NamedTuple):
    """How much each phase does."""

    connections: int
    idle: float  # seconds
    reloads: int
    kills: int


FULL = Amounts(connections=1000, idle=60, reloads=20, kills=100)
QUICK = Amounts(connections=100, idle=10, reloads=3, kills=5)


class Service(NamedTuple):
    """The running service: its port and gunicorn's master."""

    port: int
    master: psutil.Process

    def workers(self) -> dict[int, psutil.Process]:
        return {child.pid: child for child in self.master.children()}


def lost_after_idling(service: Service, amounts: Amounts) -> int:
    """How many kept connections do not answer after idling."""
    with contextlib.ExitStack() as stack:
        address = ("127.0.0.1", service.port)
        connections = [
            stack.enter_context(socket.create_connection(address, TIMEOUT))
            for _ in range(amounts.connections)
        ]
        unanswered_at_first = amounts.connections - sum(map(is_answered, connections))
        time.sleep(amounts.idle)
        return unanswered_at_first + sum(not is_answered(each) for each in connections)


def is_answered(connection: socket.socket) -> bool:
    """Whether a request gets a whole response that keeps the connection open."""
    with contextlib.suppress(OSError):
        connection.sendall(HEALTH)
        status, headers, _ = read_response(connection, bytearray())
        return bool(status == HTTPStatus.OK and headers["connection"] == "keep-alive")
    return False


def reload(service: Service) -> None:
    """SIGHUP, and wait until other workers have taken over."""
    old = service.workers().keys()
    service.master.send_signal(signal.SIGHUP)
    wait_until(lambda: not old & service.workers().keys(), seconds=START_TIMEOUT)


def kill_worker(service: Service) -> None:
    """Kill a worker, and wait until another has taken its place."""
    workers = service.workers()
    victim = random.choice([*workers])  # noqa: S311 - no secret
    workers[victim].kill()
    wait_until(lambda: len(service.workers().keys() - {victim}) == len(workers), START_TIMEOUT)


def under_load(
    service: Service, features: dict[str, object], fault: Callable[[Service], None], times: int
) -> tuple[dict[str, float], dict[str, int]]:
    """The answered probabilities by decision id, and the numbers of responses and failures."""
    server = SimpleNamespace(port=service.port)
    with LoadClients(server, features, CLIENTS) as report:
        for _ in range(times):
            expected = len(report.responses) + CLIENTS
            fault(service)
            wait_until(lambda count=expected: len(report.responses) > count, START_TIMEOUT)
    counts = {
        "answered": len(report.responses),
        "unanswered": len(report.unanswered),
        "incomplete": len(report.incomplete),
    }
    return {key: body["probability"] for key, body in report.decisions.items()}, counts


def stored_probabilities(database: Path) -> dict[str, float]:
    """The probabilities in the log by decision id."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT decision_id, probability FROM decisions"))


def measure(bundle: Path, folder: Path, amounts: Amounts) -> Iterator[tuple[str, object]]:
    """The figures by name, as they are measured."""
    environment = app_environment(bundle, folder) | {"CREDIT_SCORING_TRUSTED_PROXIES": "1"}
    features = example_features(bundle)
    with run_gunicorn("app:app", folder / "log", **environment) as (url, master):
        service = Service(int(url.rpartition(":")[2]), master)
        yield "idle_connections", amounts.connections
        yield "idle_lost", lost_after_idling(service, amounts)
        reloaded, counts = under_load(service, features, reload, amounts.reloads)
        yield "reloads", {"times": amounts.reloads, **counts}
        killed, counts = under_load(service, features, kill_worker, amounts.kills)
        yield "kills", {"times": amounts.kills, **counts}
    answered = reloaded | killed
    yield "decisions", len(answered)
    yield (
        "decisions_lost",
        len(answered.items() - stored_probabilities(folder / "decisions.db").items()),
    )


def main() -> None:
    options = parse_options(__doc__ or "", "a tenth of the faults, and 10 s of idling")
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measure(options.bundle, Path(folder), QUICK if options.quick else FULL):
            print(f"{name}: {value}", flush=True)
            figures[name] = value
    print(json.dumps(figures))
    sys.exit(figures["decisions_lost"] != 0)


if __name__ == "__main__":
    main()
