"""Threads that store at the same moment share a commit; none waits for ever, none gets another's result."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from credit_scoring.decisions.group_commit import GroupCommit
from credit_scoring.errors import StorageError

THREADS = 16


class Slow:
    """A commit that waits until it is let go on, and remembers the groups it was given."""

    def __init__(self):
        self.begun, self.go, self.groups, self.fault = (
            threading.Semaphore(0),
            threading.Semaphore(0),
            [],
            None,
        )

    def __call__(self, works):
        self.groups.append(list(works))
        self.begun.release()
        self.go.acquire()
        if self.fault and self.fault[0] in works:
            raise self.fault[1]
        return [f"stored {work}" for work in works]

    def let_go(self, times=100):
        self.go.release(times)


def waiting(group, count):
    """Until `count` works are in the queue."""
    while len(group._waiting) < count:
        threading.Event().wait(0.001)


@pytest.fixture
def commit():
    return Slow()


@pytest.fixture
def group(commit):
    return GroupCommit(commit)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(THREADS) as threads:
        yield threads


def gathered(group, commit, pool, works):
    """The first work leads, the others gather while it is committed."""
    first = pool.submit(group.store, works[0])
    commit.begun.acquire()
    rest = []
    for number, work in enumerate(works[1:], 1):
        rest.append(pool.submit(group.store, work))
        waiting(group, number)
    commit.let_go()
    return [first, *rest]


def test_a_single_work_is_committed_alone(group, commit):
    commit.let_go()
    assert group.store(1) == "stored 1"
    assert commit.groups == [[1]]


def test_those_that_come_during_a_commit_share_the_next_one(group, commit, pool):
    results = [future.result() for future in gathered(group, commit, pool, [1, 2, 3, 4])]
    assert results == ["stored 1", "stored 2", "stored 3", "stored 4"]
    assert commit.groups == [[1], [2, 3, 4]]


def test_a_failure_of_storage_is_said_to_all_that_wait_and_the_next_commit_works(
    group, commit, pool
):
    commit.fault = (1, StorageError("down"))
    for future in gathered(group, commit, pool, [1, 2, 3]):
        with pytest.raises(StorageError, match="down"):
            future.result()
    assert commit.groups == [[1]]
    commit.fault = None
    assert group.store(4) == "stored 4"


def test_one_that_is_at_fault_harms_no_other(group, commit, pool):
    commit.fault = (3, ValueError("3 is wrong"))
    first, second, third, fourth = gathered(group, commit, pool, [1, 2, 3, 4])
    assert [f.result() for f in (first, second, fourth)] == ["stored 1", "stored 2", "stored 4"]
    with pytest.raises(ValueError, match="3 is wrong"):
        third.result()
    assert commit.groups == [[1], [2, 3, 4], [2], [3], [4]]


def test_a_thousand_works_of_many_threads_are_each_stored_once(pool):
    stored = []

    def commit(works):
        stored.extend(works)
        return [-work for work in works]

    group = GroupCommit(commit)
    assert list(pool.map(group.store, range(1000))) == [-work for work in range(1000)]
    assert sorted(stored) == list(range(1000))
