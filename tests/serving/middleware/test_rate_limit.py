"""Rate limit: what is allowed, what a refusal says, one count for processes and threads."""

import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.serving.middleware import rate_limit as module
from credit_scoring.serving.middleware.rate_limit import BUCKETS, SLOTS, RateLimit, network
from credit_scoring.settings.parsers import Rate
from tests.clock import Clock

SLOW = Rate(20, 86_400)  # a test ends before one more request is allowed


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def limited_client(make_app, app_settings):
    """Create a client of an app that allows three requests per minute."""
    rate = Rate(3, 60)
    return lambda **changes: make_app(
        dataclasses.replace(app_settings, rate_limit=rate, **changes)
    ).test_client()


@pytest.mark.parametrize(
    "rate", [Rate(1, 1), Rate(7, 1), Rate(600, 60), Rate(3, 3600), Rate(1000, 86_400)]
)
def test_burst_is_allowed_then_one_per_interval(clock, rate):
    limit = RateLimit(rate)
    statuses = [limit.take("a") for _ in range(rate.requests)]
    assert all(status.allowed for status in statuses)
    assert [status.remaining for status in statuses] == list(range(rate.requests))[::-1]
    refused = limit.take("a")
    assert not refused.allowed
    assert refused.wait == pytest.approx(rate.seconds / rate.requests)
    assert refused.reset == pytest.approx(rate.seconds)
    clock.now += refused.wait
    assert limit.take("a").allowed
    assert not limit.take("a").allowed


def test_refused_request_is_not_counted(clock):
    limit = RateLimit(Rate(2, 2))
    for _ in range(100):
        limit.take("a")
    clock.now += 1
    assert limit.take("a").allowed


def test_whole_burst_is_allowed_after_the_period(clock):
    limit = RateLimit(Rate(5, 60))
    for _ in range(3):
        assert [limit.take("a").allowed for _ in range(6)] == [True] * 5 + [False]
        clock.now += 60


def test_each_client_has_its_own_count():
    limit = RateLimit(Rate(1, 3600))
    assert [limit.take(client).allowed for client in "abab"] == [True, True, False, False]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 5)), max_size=60))
def test_no_period_exceeds_burst_plus_rate(steps):
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "time", clock)
        limit = RateLimit(Rate(4, 2))
        allowed_at = {}
        for client, pause in steps:
            clock.now += pause
            if limit.take(str(client)).allowed:
                allowed_at.setdefault(client, []).append(clock.now)
    for times in allowed_at.values():
        for first in range(len(times)):
            for last in range(first, len(times)):
                assert last - first + 1 <= 4 + (times[last] - times[first]) * 2 + 1e-6


@pytest.mark.usefixtures("clock")
def test_full_table_forgets_the_least_busy_client():
    limit = RateLimit(Rate(100, 100))
    for _ in range(50):
        limit.take("busy")
    for number in range(BUCKETS * SLOTS * 2):
        limit.take(f"client {number}")
    assert limit.take("busy").remaining == 49


def test_threads_share_one_count():
    limit = RateLimit(SLOW)
    with ThreadPoolExecutor(16) as pool:
        allowed = list(pool.map(lambda _: limit.take("a").allowed, range(400)))
    assert sum(allowed) == 20


def test_forked_processes_share_one_count():
    """A process that dies while it holds the lock does not block the others."""
    limit = RateLimit(SLOW)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            os._exit(sum(limit.take("a").allowed for _ in range(100)))
        children.append(child)
    dying = os.fork()
    if dying == 0:
        with limit._locked(hash("b") % BUCKETS):
            os._exit(0)
    os.waitpid(dying, 0)
    assert limit.take("b").allowed
    assert sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children) == 20


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
        ("[2001:db8:1:2:3:4:5:6]:51234", "2001:db8:1:2::/64"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_clients_are_counted_by_address_or_network(address, counted):
    assert network(address) == counted


def test_headers_give_remaining_requests_and_wait(limited_client):
    client = limited_client()
    responses = [client.get("/model/info") for _ in range(4)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert [response.headers["RateLimit-Remaining"] for response in responses] == [
        "2",
        "1",
        "0",
        "0",
    ]
    refused = responses[-1]
    assert refused.headers["RateLimit-Limit"] == "3"
    assert refused.headers["RateLimit-Policy"] == "3;w=60"
    assert refused.headers["RateLimit-Reset"] == "60"
    assert refused.headers["Retry-After"] == "20"
    assert refused.json["type"] == "urn:credit-scoring:too-many-requests"
    assert refused.json["detail"] == "more than 3 requests in 60 s: ask again in 20 s"


def test_health_is_not_limited_but_unknown_paths_are(limited_client):
    client = limited_client()
    assert {client.get("/health").status_code for _ in range(10)} == {200}
    assert [client.get("/nowhere").status_code for _ in range(4)] == [404, 404, 404, 429]


def test_invalid_keys_are_counted_by_address(limited_client):
    client = limited_client(api_key="k" * 40)
    invalid = {"Authorization": "Bearer wrong"}
    assert [client.get("/model/info", headers=invalid).status_code for _ in range(4)] == [
        401,
        401,
        401,
        429,
    ]
    valid = {"Authorization": f"Bearer {'k' * 40}"}
    assert client.get("/model/info", headers=valid).status_code == 200


@pytest.mark.parametrize(("proxies", "second"), [(0, 429), (1, 200)])
def test_forwarded_address_needs_trusted_proxies(limited_client, proxies, second):
    client = limited_client(trusted_proxies=proxies)
    for _ in range(3):
        client.get("/model/info", headers={"X-Forwarded-For": "198.51.100.1"})
    assert (
        client.get("/model/info", headers={"X-Forwarded-For": "198.51.100.2"}).status_code == second
    )


@pytest.mark.parametrize("port", [":1", ":65535"])
@pytest.mark.parametrize("address", ["198.51.100.1", "[2001:db8::1]", "[::ffff:198.51.100.9]"])
def test_forwarded_port_is_ignored(limited_client, address, port):
    """Some proxies, for example Azure's, write the client's port after its address."""
    client = limited_client(trusted_proxies=1)
    values = [f"{address}:{number}" for number in range(3)] + [f"{address}{port}"]
    statuses = [
        client.get("/model/info", headers={"X-Forwarded-For": value}).status_code
        for value in values
    ]
    assert statuses == [200, 200, 200, 429]


def test_address_before_trusted_proxies_is_ignored(limited_client):
    client = limited_client(trusted_proxies=1)
    forged = [f"203.0.113.{number}, 198.51.100.1" for number in range(4)]
    statuses = [
        client.get("/model/info", headers={"X-Forwarded-For": value}).status_code
        for value in forged
    ]
    assert statuses == [200, 200, 200, 429]
