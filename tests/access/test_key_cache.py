"""The keys as a web process knows them: fresh within two seconds, without a database round trip a request."""

import threading

import pytest

from credit_scoring.access import key_cache as module
from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_cache import ENVIRONMENT_KEY_ID, MAX_AGE, REFRESH_AFTER, KeyCache
from credit_scoring.access.key_store import KeyStore
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import prepare_database
from credit_scoring.errors import AccessError, StorageError
from tests.clock import Clock


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def store(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path}/keys.db")
    prepare_database(engine)
    yield KeyStore(engine)
    engine.dispose()


def added(store, *scopes, expires_at=None):
    key, text = new_key("branch", scopes, expires_at)
    store.add(key)
    return key, text


def test_without_a_key_none_is_asked_for(store):
    assert not KeyCache(store.all).authentication_required()


def test_a_stored_key_is_found_by_its_text(store):
    key, text = added(store, "score", "review")
    known = KeyCache(store.all)
    assert known.authentication_required()
    assert known.find(text) == key
    assert known.find(text[:-1] + ("0" if text[-1] != "0" else "1")) is None
    assert known.find("") is None


def test_an_expired_key_is_not_found(store):
    key, text = new_key("branch", ["score"])
    _, gone = added(store, "score", expires_at=key.created_at)
    store.add(key)
    known = KeyCache(store.all)
    assert known.find(gone) is None
    assert known.find(text) == key


def test_a_revoked_key_stops_working_and_revoking_the_last_one_opens_nothing(store, clock):
    key, text = added(store, "score")
    known = KeyCache(store.all)
    assert known.find(text)
    store.revoke(key.key_id)
    clock.now += REFRESH_AFTER
    assert known.find(text) is None
    assert known.authentication_required()


def test_a_key_that_is_made_while_the_server_runs_turns_them_on(store, clock):
    known = KeyCache(store.all)
    assert not known.authentication_required()
    added(store, "score")
    clock.now += REFRESH_AFTER
    assert known.authentication_required()


def test_the_database_is_asked_once_a_second_however_many_requests_come(store, clock):
    reads = []
    known = KeyCache(lambda: reads.append(1) or store.all())
    for _ in range(1000):
        known.find("x")
        clock.now += 0.01
    assert len(reads) == 10


def test_while_one_thread_reads_the_others_go_on_until_the_keys_are_stale(store, clock):
    _, text = added(store, "score")
    reading, go_on = threading.Event(), threading.Event()

    def slow():
        reading.set()
        go_on.wait(10)
        return store.all()

    known = KeyCache(store.all)
    assert known.find(text)
    known._read = slow
    clock.now += REFRESH_AFTER
    reader = threading.Thread(target=known.authentication_required)
    reader.start()
    reading.wait(10)
    assert known.find(text)  # does not wait
    clock.now += MAX_AGE
    found = []
    waiting = threading.Thread(target=lambda: found.append(known.find(text)))
    waiting.start()
    waiting.join(0.2)
    assert not found  # waits
    go_on.set()
    waiting.join(10)
    reader.join(10)
    assert found[0]


def test_keys_that_cannot_be_read_are_a_failure_of_the_storage_not_an_open_door():
    def fail():
        raise StorageError("away")

    with pytest.raises(StorageError):
        KeyCache(fail).authentication_required()
    given = KeyCache(fail, "k" * 32)
    assert given.authentication_required()
    assert given.find("k" * 32).key_id == ENVIRONMENT_KEY_ID
    with pytest.raises(StorageError):
        given.find("another")


def test_the_key_of_the_environment_has_every_scope(store):
    found = KeyCache(store.all, "k" * 32).find("k" * 32)
    assert all(found.allows(scope) for scope in ("score", "review", "admin"))


def test_revoking_names_what_is_wrong(store):
    key, _ = added(store, "score")
    store.revoke(key.key_id)
    with pytest.raises(AccessError, match=f"the key {key.key_id} is revoked already"):
        store.revoke(key.key_id)
    with pytest.raises(
        AccessError, match=r'there is no key "abcdef01": python model\.py keys list'
    ):
        store.revoke("abcdef01")
