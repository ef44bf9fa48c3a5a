"""Whose turn a new connection is: the worker's with the fewest, but nobody waits long for another."""

import pytest

from credit_scoring.serving import turns
from credit_scoring.serving.turns import OFFENCE, PATIENCE, PAUSE, PLACES, Turns, leave


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(turns, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def worker():
    made = []

    def make(age, connections):
        one = Turns(age)
        one.tell(connections)
        made.append(age)
        return one

    yield make
    for age in made:
        leave(age)


def test_who_has_the_fewest_takes_it_and_the_others_wait(worker):
    one, other = worker(1, 2), worker(2, 1)
    assert one.waits() == PAUSE
    assert other.waits() == 0
    one.tell(1)
    assert (one.waits(), other.waits()) == (0, 0)


def test_a_worker_alone_or_whose_fellows_have_gone_takes_all(worker):
    one, _other = worker(1, 50), worker(2, 0)
    assert one.waits() == PAUSE
    leave(2)
    assert one.waits() == 0


def test_of_a_fellow_that_hangs_no_connection_waits_long_and_the_next_ones_not_at_all(
    worker, clock
):
    one, _hanging = worker(1, 5), worker(2, 0)
    waited = 0.0
    while pause := one.waits():
        clock[0] += pause
        waited += pause
    assert PATIENCE <= waited <= PATIENCE + 2 * PAUSE
    clock[0] += OFFENCE / 2
    assert one.waits() == 0
    clock[0] += OFFENCE
    assert one.waits() == PAUSE


def test_patience_is_for_each_connection_anew(worker, clock):
    one, _other = worker(1, 5), worker(2, 0)
    assert one.waits() == PAUSE
    clock[0] += 1  # the other took it; this is the next
    assert one.waits() == PAUSE


def test_more_workers_than_places_share_one(worker):
    one = worker(PLACES + 3, 4)
    assert one.waits() == 0
    worker(3 + 2 * PLACES, 0)
    assert one.waits() == 0  # they count as one
