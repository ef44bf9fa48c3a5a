"""Store of the API keys in the database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, insert, select, update

from credit_scoring.access.api_key import ApiKey
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import checked, read_transaction
from credit_scoring.database.table_definitions import keys
from credit_scoring.errors import AccessError


class KeyStore:
    """The keys in the database of `engine`; all methods raise StorageError if it is unavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, key: ApiKey) -> None:
        """Store a new key."""
        with translate_database_errors(), self._engine.begin() as connection:
            connection.execute(insert(keys), _row(key))

    def all(self) -> list[ApiKey]:
        """Return every key, oldest first, including revoked and expired ones."""
        query = select(keys).order_by(keys.c.created_at, keys.c.key_id)
        with read_transaction(self._engine) as connection:
            return [_key(row) for row in connection.execute(query).mappings()]

    def revoke(self, key_id: str) -> None:
        """Revoke a key permanently; AccessError if it does not exist or is already revoked."""
        query = select(keys.c.key_id).where(keys.c.key_id == key_id)
        revoke = update(keys).where(keys.c.key_id == key_id, keys.c.revoked_at.is_(None))
        with translate_database_errors(), self._engine.begin() as connection:
            row = connection.execute(query).one_or_none()
            revoked = connection.execute(revoke.values(revoked_at=datetime.now(UTC))).rowcount
        if row is None:
            raise AccessError(f'unknown key "{key_id}": python model.py keys list shows all keys')
        if not revoked:
            raise AccessError(f"the key {key_id} is already revoked")


def _row(key: ApiKey) -> dict[str, Any]:
    values = {name: getattr(key, name) for name in ApiKey.__slots__}
    return {**values, "scopes": ",".join(key.scopes)}


def _key(row: RowMapping) -> ApiKey:
    checked(row, keys)
    return ApiKey(**{**row, "scopes": tuple(row["scopes"].split(","))})
