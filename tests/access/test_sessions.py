"""Sessions of the pages on both databases: for all instances, until they end."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_cache import KeyCache
from credit_scoring.access.key_store import KeyStore
from credit_scoring.access.sessions import SessionStore
from credit_scoring.database.engine import open_database
from credit_scoring.database.table_definitions import sessions
from credit_scoring.serving.middleware.session_cookie import new_secret

HOUR = timedelta(hours=1)


def store_on(engine, duration=HOUR):
    return SessionStore(engine, KeyCache(KeyStore(engine).all), duration)


@pytest.fixture
def key(engine):
    key, _ = new_key("Ada", ["review"])
    KeyStore(engine).add(key)
    return key


def count(engine):
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(sessions)).scalar_one()


def test_session_is_known_to_another_instance_until_it_ends(engine, database_url, key):
    secret = new_secret()
    store_on(engine).start(secret, key)
    other = open_database(database_url)
    assert store_on(other).find_key(secret) == key
    assert store_on(other).find_key(new_secret()) is None
    store_on(other).end(secret)
    other.dispose()
    assert store_on(engine).find_key(secret) is None


def test_expired_sessions_are_deleted_by_the_next_sign_in(engine, key):
    expired, current = new_secret(), new_secret()
    store_on(engine, -HOUR).start(expired, key)
    assert store_on(engine).find_key(expired) is None
    store_on(engine).start(current, key)
    assert count(engine) == 1
    assert store_on(engine).find_key(current) == key


def test_database_does_not_hold_the_secret(engine, key):
    secret = new_secret()
    store_on(engine).start(secret, key)
    with engine.connect() as connection:
        row = connection.execute(select(sessions)).one()
    assert secret not in str(row)
