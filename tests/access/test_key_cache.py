"""Cache of the API keys: at most two seconds old, without a database query per request."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from credit_scoring.access import key_cache as key_cache_module
from credit_scoring.access.api_key import ENVIRONMENT_KEY_ID, new_key
from credit_scoring.access.key_cache import MAX_AGE, REFRESH_AFTER, KeyCache
from credit_scoring.access.key_store import KeyStore
from credit_scoring.database import time_limit
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import prepare_database
from credit_scoring.errors import AccessError, StorageError
from tests.clock import Clock
from tests.server_process import PATIENCE

SECRET = "k" * 32


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(key_cache_module, "time", clock)
    return clock


@pytest.fixture
def store(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path}/keys.db")
    prepare_database(engine)
    yield KeyStore(engine)
    engine.dispose()


def add_key(store, *scopes, expires_at=None):
    key, text = new_key("branch", scopes, expires_at)
    store.add(key)
    return key, text


def unavailable():
    raise StorageError("unavailable")


def test_no_keys_turn_authentication_off(store):
    assert not KeyCache(store.all).authentication_required()


def test_key_is_found_by_its_text(store):
    key, text = add_key(store, "score", "review")
    cache = KeyCache(store.all)
    assert cache.authentication_required()
    assert cache.find(text) == key
    wrong_text = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert cache.find(wrong_text) is None
    assert cache.find("") is None


def test_expired_key_is_not_found(store):
    key, text = new_key("branch", ["score"])
    _, expired_text = add_key(store, "score", expires_at=key.created_at)
    store.add(key)
    cache = KeyCache(store.all)
    assert cache.find(expired_text) is None
    assert cache.find(text) == key


def test_revoked_last_key_keeps_authentication_on(store, clock):
    key, text = add_key(store, "score")
    cache = KeyCache(store.all)
    assert cache.find(text)
    store.revoke(key.key_id)
    clock.now += REFRESH_AFTER
    assert cache.find(text) is None
    assert cache.authentication_required()


def test_first_key_turns_authentication_on(store, clock):
    cache = KeyCache(store.all)
    assert not cache.authentication_required()
    add_key(store, "score")
    clock.now += REFRESH_AFTER
    assert cache.authentication_required()


def test_keys_are_read_once_per_second(store, clock):
    reads = []
    cache = KeyCache(lambda: reads.append(1) or store.all())
    for _ in range(1000):
        cache.find("x")
        clock.now += 0.01
    assert len(reads) == 10


def test_threads_wait_only_for_keys_past_their_age(store, clock):
    """While one thread reads, the others use the old keys until those reach their maximum age."""
    _, text = add_key(store, "score")
    reading = threading.Event()
    may_finish = threading.Event()

    def read_slowly():
        reading.set()
        may_finish.wait(PATIENCE)
        return store.all()

    cache = KeyCache(store.all)
    assert cache.find(text)
    cache._read = read_slowly
    clock.now += REFRESH_AFTER
    reader = threading.Thread(target=cache.authentication_required)
    reader.start()
    reading.wait(PATIENCE)
    assert cache.find(text)  # does not wait
    clock.now += MAX_AGE
    found_keys = []
    waiter = threading.Thread(target=lambda: found_keys.append(cache.find(text)))
    waiter.start()
    waiter.join(0.2)
    assert not found_keys  # waits
    may_finish.set()
    waiter.join(PATIENCE)
    reader.join(PATIENCE)
    assert found_keys[0]


def test_unreadable_keys_are_a_storage_error():
    with pytest.raises(StorageError):
        KeyCache(unavailable).authentication_required()


def test_threads_share_a_failed_read():
    """A read that takes the whole time limit costs the waiting threads no second one."""
    reads = []

    def fail_when_all_wait():
        reads.append(1)
        while len(time_limit._started) < 8:
            threading.Event().wait(0.01)
        unavailable()

    def find(_number):
        with pytest.raises(StorageError):
            cache.find("x")

    cache = KeyCache(fail_when_all_wait)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(find, range(8)))
    assert len(reads) == 1


def test_environment_key_works_without_a_database():
    cache = KeyCache(unavailable, SECRET)
    assert cache.authentication_required()
    assert cache.find(SECRET).key_id == ENVIRONMENT_KEY_ID
    with pytest.raises(StorageError):
        cache.find("another")


def test_environment_key_has_every_scope(store):
    key = KeyCache(store.all, SECRET).find(SECRET)
    assert all(key.allows(scope) for scope in ("score", "review", "admin"))


def test_key_that_cannot_be_revoked_is_named(store):
    key, _ = add_key(store, "score")
    store.revoke(key.key_id)
    with pytest.raises(AccessError, match=f"the key {key.key_id} is already revoked"):
        store.revoke(key.key_id)
    unknown = r'unknown key "abcdef01": python model\.py keys list'
    with pytest.raises(AccessError, match=unknown):
        store.revoke("abcdef01")
