"""Rate limit per API key or address, with one count for all workers of a machine.

Implements the generic cell rate algorithm (ITU-T I.371). Of each client it stores one time: the
theoretical arrival time, when all its requests so far would be through at the allowed rate. An
unknown client equals one whose time has passed, so nothing is ever cleaned up. The times are in a
hash table of fixed size, in memory that is created before the fork and shared by the workers. A
file lock protects it, which the kernel releases when a process dies.
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
from ipaddress import IPv6Address, IPv6Network
from threading import Lock

from flask import Request, current_app
from werkzeug.datastructures import Headers

from credit_scoring.access.ip_address import parse_address
from credit_scoring.errors import RequestError
from credit_scoring.settings.parsers import Rate

LIMIT = "credit_scoring.rate_limit"  # key of the app's RateLimit, or None, in its extensions
# The hash table counts 32,768 clients; then it forgets the one whose time comes first.
BUCKETS = 1 << 12
SLOTS = 8  # per bucket
WORD = 8  # bytes of a fingerprint, and of a time
FINGERPRINT_MASK = (1 << 64) - 1
TOLERANCE = 1e-6  # requests, for rounding errors in sums of fractions


@dataclass(frozen=True, slots=True)
class RateLimitStatus:
    """A client's state after a request.

    `reset` is in how many seconds the whole rate is available again, `wait` in how many one
    request is.
    """

    allowed: bool
    remaining: int
    reset: float
    wait: float


class RateLimit:
    """Allows bursts of `rate.requests`, and that many per `rate.seconds` in the long run.

    Create it before the fork.
    """

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._interval = rate.seconds / rate.requests  # seconds that one request takes
        memory = memoryview(mmap.mmap(-1, 2 * BUCKETS * SLOTS * WORD))
        half = len(memory) // 2
        self._fingerprints = memory[:half].cast("Q")
        # By time.monotonic(), which all processes of a machine share.
        self._arrival_times = memory[half:].cast("d")
        self._thread_lock = Lock()
        self._lock_file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this object
        weakref.finalize(self, self._lock_file.close)

    def take(self, client: str) -> RateLimitStatus:
        """Count a request of `client` if it is allowed."""
        # The hash depends on a secret of this process and its forks: no client can aim at
        # another's slot.
        fingerprint = hash(client) & FINGERPRINT_MASK
        with self._locked(fingerprint % BUCKETS):
            return self._take(fingerprint, time.monotonic())

    def _take(self, fingerprint: int, now: float) -> RateLimitStatus:
        slot = self._slot(fingerprint, now)
        is_known = self._fingerprints[slot] == fingerprint
        arrival = max(self._arrival_times[slot], now) if is_known else now
        next_arrival = arrival + self._interval
        wait = next_arrival - now - self.rate.seconds
        allowed = wait <= self._interval * TOLERANCE
        if allowed:
            arrival = next_arrival
            self._fingerprints[slot] = fingerprint
            self._arrival_times[slot] = arrival
        backlog = arrival - now  # seconds
        remaining = int((self.rate.seconds - backlog) / self._interval + TOLERANCE)
        return RateLimitStatus(allowed, max(0, remaining), backlog, 0.0 if allowed else wait)

    def _slot(self, fingerprint: int, now: float) -> int:
        """The client's slot in its bucket, or a free one, or the one that is free first."""
        first = fingerprint % BUCKETS * SLOTS
        slots = range(first, first + SLOTS)
        for slot in slots:
            if self._fingerprints[slot] == fingerprint:
                return slot
        return min(slots, key=lambda slot: max(self._arrival_times[slot], now))

    @contextmanager
    def _locked(self, bucket: int) -> Iterator[None]:
        with self._thread_lock:
            fcntl.lockf(self._lock_file, fcntl.LOCK_EX, 1, bucket)
            try:
                yield
            finally:
                fcntl.lockf(self._lock_file, fcntl.LOCK_UN, 1, bucket)


def count(request: Request, key_id: str) -> RateLimitStatus | None:
    """Count `request` for its key or, without one, its address; None if the rate is unlimited."""
    limit: RateLimit | None = current_app.extensions[LIMIT]
    return None if limit is None else limit.take(key_id or network(request.remote_addr or ""))


def require_allowed(status: RateLimitStatus | None) -> None:
    """RequestError 429 if the request is beyond the rate."""
    if status is not None and not status.allowed:
        limit: RateLimit = current_app.extensions[LIMIT]
        raise too_many_requests(limit.rate, status)


def too_many_requests(rate: Rate, status: RateLimitStatus) -> RequestError:
    """The error of a client that is beyond `rate`; it says when to try again."""
    seconds = max(1, math.ceil(status.wait))
    return RequestError(
        f"more than {rate.requests} requests in {rate.seconds} s: ask again in {seconds} s",
        status=429,
        title="Too many requests",
        headers={"Retry-After": str(seconds)},
    )


def add_headers(headers: Headers, status: RateLimitStatus | None) -> None:
    """Add the client's state to the response, if the request was counted."""
    if status is not None:
        rate = current_app.extensions[LIMIT].rate
        headers["RateLimit-Policy"] = f"{rate.requests};w={rate.seconds}"
        headers["RateLimit-Limit"] = str(rate.requests)
        headers["RateLimit-Remaining"] = str(status.remaining)
        headers["RateLimit-Reset"] = str(math.ceil(status.reset))


def network(address: str) -> str:
    """What a provider gives one customer: an IPv4 address, or an IPv6 network of 64 bits.

    Clients without an address, for example of a proxy that writes "unknown", share one count.
    """
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed), 64), strict=False))
    return "" if parsed is None else str(parsed)
