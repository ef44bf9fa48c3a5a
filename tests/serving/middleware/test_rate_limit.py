"""The rate: what is let through, what the refused are told, and one count for processes and threads alike."""

import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.serving.middleware import rate_limit as module
from credit_scoring.serving.middleware.rate_limit import BUCKETS, WAYS, RateLimit, network
from credit_scoring.settings.parsers import Rate
from tests.clock import Clock

SLOW = Rate(20, 86_400)  # no test takes so long that one more is let through


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def limited(make_app, app_settings):
    """Make a client of an app with a rate of three a minute."""
    rate = Rate(3, 60)
    return lambda **changes: make_app(
        dataclasses.replace(app_settings, rate_limit=rate, **changes)
    ).test_client()


@pytest.mark.parametrize(
    "rate", [Rate(1, 1), Rate(7, 1), Rate(600, 60), Rate(3, 3600), Rate(1000, 86_400)]
)
def test_as_many_as_the_rate_says_at_once_then_none_until_one_is_due(clock, rate):
    limit = RateLimit(rate)
    standings = [limit.take("a") for _ in range(rate.requests)]
    assert all(standing.allowed for standing in standings)
    assert [standing.remaining for standing in standings] == list(range(rate.requests))[::-1]
    refused = limit.take("a")
    assert not refused.allowed
    assert refused.wait == pytest.approx(rate.seconds / rate.requests)
    assert refused.reset == pytest.approx(rate.seconds)
    clock.now += refused.wait
    assert limit.take("a").allowed
    assert not limit.take("a").allowed


def test_a_refused_request_is_not_counted(clock):
    limit = RateLimit(Rate(2, 2))
    for _ in range(100):
        limit.take("a")
    clock.now += 1
    assert limit.take("a").allowed


def test_who_waits_long_enough_may_do_all_again(clock):
    limit = RateLimit(Rate(5, 60))
    for _ in range(3):
        assert [limit.take("a").allowed for _ in range(6)] == [True] * 5 + [False]
        clock.now += 60


def test_each_client_has_its_own_count():
    limit = RateLimit(Rate(1, 3600))
    assert [limit.take(client).allowed for client in "abab"] == [True, True, False, False]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 5)), max_size=60))
def test_in_no_stretch_of_time_more_than_a_burst_and_what_the_rate_adds(steps):
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "time", clock)
        limit, passed = RateLimit(Rate(4, 2)), {}
        for client, pause in steps:
            clock.now += pause
            if limit.take(str(client)).allowed:
                passed.setdefault(client, []).append(clock.now)
    for moments in passed.values():
        for first in range(len(moments)):
            for last in range(first, len(moments)):
                assert last - first + 1 <= 4 + (moments[last] - moments[first]) * 2 + 1e-6


@pytest.mark.usefixtures("clock")
def test_more_clients_than_places_take_those_of_the_least_busy():
    limit = RateLimit(Rate(100, 100))
    for _ in range(50):
        limit.take("busy")
    for number in range(BUCKETS * WAYS * 2):
        limit.take(f"client {number}")
    assert limit.take("busy").remaining == 49


def test_threads_share_one_count():
    limit = RateLimit(SLOW)
    with ThreadPoolExecutor(16) as pool:
        allowed = list(pool.map(lambda _: limit.take("a").allowed, range(400)))
    assert sum(allowed) == 20


def test_forked_processes_share_one_count_and_one_that_dies_holds_up_nobody():
    limit = RateLimit(SLOW)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            os._exit(sum(limit.take("a").allowed for _ in range(100)))
        children.append(child)
    dying = os.fork()
    if dying == 0:
        with limit._alone(hash("b") % BUCKETS):
            os._exit(0)
    os.waitpid(dying, 0)
    assert limit.take("b").allowed
    assert sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children) == 20


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_customer_is_an_address_or_a_network_of_ipv6(address, shown):
    assert network(address) == shown


def test_an_answer_says_where_the_client_stands_and_a_refusal_when_to_come_back(limited):
    client = limited()
    found = [client.get("/model/info") for _ in range(4)]
    assert [answer.status_code for answer in found] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in found] == ["2", "1", "0", "0"]
    refused = found[-1]
    assert refused.headers["RateLimit-Limit"] == "3"
    assert refused.headers["RateLimit-Policy"] == "3;w=60"
    assert refused.headers["RateLimit-Reset"] == "60"
    assert refused.headers["Retry-After"] == "20"
    assert refused.json["type"] == "urn:credit-scoring:too-many-requests"
    assert refused.json["detail"] == "more than 3 requests in 60 s: ask again in 20 s"


def test_health_is_never_limited_but_what_is_not_there_is(limited):
    client = limited()
    assert {client.get("/health").status_code for _ in range(10)} == {200}
    assert [client.get("/nowhere").status_code for _ in range(4)] == [404, 404, 404, 429]


def test_wrong_keys_are_counted_by_address_and_right_ones_by_key(limited):
    client = limited(api_key="k" * 40)
    wrong = {"Authorization": "Bearer wrong"}
    assert [client.get("/model/info", headers=wrong).status_code for _ in range(4)] == [
        401,
        401,
        401,
        429,
    ]
    right = {"Authorization": f"Bearer {'k' * 40}"}
    assert client.get("/model/info", headers=right).status_code == 200


@pytest.mark.parametrize(("proxies", "second"), [(0, 429), (1, 200)])
def test_the_address_is_read_from_a_header_only_behind_trusted_proxies(limited, proxies, second):
    client = limited(trusted_proxies=proxies)
    for _ in range(3):
        client.get("/model/info", headers={"X-Forwarded-For": "198.51.100.1"})
    assert (
        client.get("/model/info", headers={"X-Forwarded-For": "198.51.100.2"}).status_code == second
    )


def test_an_address_in_front_of_the_trusted_proxies_is_not_believed(limited):
    client = limited(trusted_proxies=1)
    forged = [f"203.0.113.{number}, 198.51.100.1" for number in range(4)]
    answers = [
        client.get("/model/info", headers={"X-Forwarded-For": value}).status_code
        for value in forged
    ]
    assert answers == [200, 200, 200, 429]
