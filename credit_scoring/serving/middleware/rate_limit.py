"""How many requests a key or an address may make: one count for all workers of this machine.

The generic cell rate algorithm (ITU-T I.371): of each client only the moment is kept at which, at the allowed rate,
all its requests so far would be through. Who is not known is as good as who was here long ago, so nothing is ever
cleaned up: the moments lie in a table of fixed size, in memory that is shared by the workers because it is made
before they are forked. A file lock guards them, which the kernel takes from a process that dies.
"""

import fcntl
import math
import mmap
import tempfile
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Network
from threading import Lock

from flask import current_app, g, request
from werkzeug.datastructures import Headers

from credit_scoring.errors import RequestError
from credit_scoring.settings.parsers import Rate

LIMIT = "credit_scoring.rate_limit"  # where the app has its RateLimit, or None
BUCKETS, WAYS = (
    1 << 12,
    8,
)  # clients that can be counted at once: 32,768; then the one is forgotten that waits least
WORD = 8  # bytes of a fingerprint, and of a moment
MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a client stands after a request: in seconds, `reset` until all is allowed again, `wait` until one is."""

    allowed: bool
    remaining: int
    reset: float
    wait: float


class RateLimit:
    """At most `rate.requests` at once, and as many in `rate.seconds` in the long run. Make it before the fork."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._each = rate.seconds / rate.requests
        memory = memoryview(mmap.mmap(-1, 2 * BUCKETS * WAYS * WORD))
        half = len(memory) // 2
        self._clients = memory[:half].cast("Q")
        self._through = memory[half:].cast(
            "d"
        )  # by time.monotonic(), which all processes of a machine share
        self._threads = Lock()
        self._processes = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this lives
        weakref.finalize(self, self._processes.close)

    def take(self, client: str) -> Standing:
        """Count one more request of `client`, unless it is refused."""
        mark = (
            hash(client) & MASK
        )  # with a secret of this process and its forks: nobody can aim at another's place
        bucket = mark % BUCKETS
        with self._alone(bucket):
            now = time.monotonic()
            place = self._place(bucket, mark, now)
            through = max(self._through[place], now) if self._clients[place] == mark else now
            after = through + self._each
            wait = after - now - self.rate.seconds
            allowed = wait <= self._each * 1e-6  # what is lost by adding fractions is no request
            if allowed:
                self._clients[place], self._through[place] = mark, after
        ahead = (after if allowed else through) - now
        remaining = int((self.rate.seconds - ahead) / self._each + 1e-6)
        return Standing(allowed, max(0, remaining), ahead, 0.0 if allowed else wait)

    def _place(self, bucket: int, mark: int, now: float) -> int:
        """The client's place in its bucket; else a place that is free, or the one which soonest is."""
        places = range(bucket * WAYS, (bucket + 1) * WAYS)
        known = next((place for place in places if self._clients[place] == mark), None)
        return (
            known
            if known is not None
            else min(places, key=lambda place: max(self._through[place], now))
        )

    @contextmanager
    def _alone(self, bucket: int) -> Iterator[None]:
        with self._threads:
            fcntl.lockf(self._processes, fcntl.LOCK_EX, 1, bucket)
            try:
                yield
            finally:
                fcntl.lockf(self._processes, fcntl.LOCK_UN, 1, bucket)


def count() -> None:
    """Count the running request for its key or its address; RequestError 429 where it is one too many."""
    limit: RateLimit | None = current_app.extensions[LIMIT]
    if limit is None:
        return
    g.standing = standing = limit.take(g.key_id or network(request.remote_addr or ""))
    if not standing.allowed:
        seconds = max(1, math.ceil(standing.wait))
        raise RequestError(
            f"more than {limit.rate.requests} requests in {limit.rate.seconds} s: ask again in {seconds} s",
            status=429, title="Too many requests", headers={"Retry-After": str(seconds)},
        )  # fmt: skip


def tell(headers: Headers, standing: Standing | None) -> None:
    """Say in the answer where the client stands, if it was counted."""
    if standing is not None:
        rate = current_app.extensions[LIMIT].rate
        headers["RateLimit-Policy"] = f"{rate.requests};w={rate.seconds}"
        headers["RateLimit-Limit"] = str(rate.requests)
        headers["RateLimit-Remaining"] = str(standing.remaining)
        headers["RateLimit-Reset"] = str(math.ceil(standing.reset))


def network(address: str) -> str:
    """What one customer of a provider has: an IPv4 address, or an IPv6 network of 64 bits."""
    return (
        str(IPv6Network(f"{address.partition('%')[0]}/64", strict=False))
        if ":" in address
        else address
    )
