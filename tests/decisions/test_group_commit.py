"""Group commit: threads share commits, none waits forever, and each gets its own result."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from credit_scoring.decisions.group_commit import GroupCommit
from credit_scoring.errors import StorageError

THREADS = 16


class BlockingCommit:
    """A commit that blocks until it is released, and records its groups."""

    def __init__(self):
        self.started = threading.Semaphore(0)
        self.permits = threading.Semaphore(0)
        self.groups = []
        self.faulty_item = None
        self.error = None

    def __call__(self, items):
        self.groups.append(list(items))
        self.started.release()
        self.permits.acquire()
        if self.faulty_item in items:
            raise self.error
        return [f"stored {item}" for item in items]

    def release(self):
        self.permits.release(100)


@pytest.fixture
def commit():
    return BlockingCommit()


@pytest.fixture
def group_commit(commit):
    return GroupCommit(commit)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(THREADS) as threads:
        yield threads


def store_together(group_commit, commit, pool, items):
    """Store the first item; the others arrive, in order, during its commit. Return the futures."""
    futures = [pool.submit(group_commit.store, items[0])]
    commit.started.acquire()
    for count, item in enumerate(items[1:], 1):
        futures.append(pool.submit(group_commit.store, item))
        while len(group_commit._waiting) < count:
            threading.Event().wait(0.001)
    commit.release()
    return futures


def test_single_item_is_committed_alone(group_commit, commit):
    commit.release()
    assert group_commit.store(1) == "stored 1"
    assert commit.groups == [[1]]


def test_items_that_arrive_during_a_commit_share_the_next(group_commit, commit, pool):
    futures = store_together(group_commit, commit, pool, [1, 2, 3, 4])
    results = [future.result() for future in futures]
    assert results == ["stored 1", "stored 2", "stored 3", "stored 4"]
    assert commit.groups == [[1], [2, 3, 4]]


def test_storage_error_reaches_all_waiting_threads(group_commit, commit, pool):
    commit.faulty_item = 1
    commit.error = StorageError("down")
    for future in store_together(group_commit, commit, pool, [1, 2, 3]):
        with pytest.raises(StorageError, match="down"):
            future.result()
    assert commit.groups == [[1]]
    commit.faulty_item = None
    assert group_commit.store(4) == "stored 4"


def test_faulty_item_does_not_harm_the_others(group_commit, commit, pool):
    commit.faulty_item = 3
    commit.error = ValueError("3 is wrong")
    first, second, third, fourth = store_together(group_commit, commit, pool, [1, 2, 3, 4])
    results = [future.result() for future in (first, second, fourth)]
    assert results == ["stored 1", "stored 2", "stored 4"]
    with pytest.raises(ValueError, match="3 is wrong"):
        third.result()
    assert commit.groups == [[1], [2, 3, 4], [2], [3], [4]]


def test_interrupted_commit_is_an_error_for_the_waiting(group_commit, commit, pool):
    """Their items are not stored, although the leading thread ended without an error of its own."""
    commit.faulty_item = 3
    commit.error = SystemExit()
    first, second, third = store_together(group_commit, commit, pool, [1, 2, 3])
    assert first.result() == "stored 1"
    with pytest.raises(SystemExit):
        second.result()
    with pytest.raises(StorageError, match="interrupted"):
        third.result()
    assert group_commit.store(4) == "stored 4"


def test_thousand_items_are_each_stored_once(pool):
    stored_items = []

    def commit(items):
        stored_items.extend(items)
        return [-item for item in items]

    group_commit = GroupCommit(commit)
    results = list(pool.map(group_commit.store, range(1000)))
    assert results == [-item for item in range(1000)]
    assert sorted(stored_items) == list(range(1000))
