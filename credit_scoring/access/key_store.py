"""The keys in the database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, insert, select, update

from credit_scoring.access.api_key import ApiKey
from credit_scoring.database.engine import READ_ONLY
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.table_definitions import keys
from credit_scoring.errors import AccessError


class KeyStore:
    """The keys in the database of `engine`. All raise StorageError where it cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(**READ_ONLY)

    def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        with translate_database_errors(), self._engine.begin() as connection:
            connection.execute(insert(keys), _row(key))

    def all(self) -> list[ApiKey]:
        """Every key ever made, the oldest first."""
        with translate_database_errors(), self._reading.connect() as connection:
            rows = connection.execute(
                select(keys).order_by(keys.c.created_at, keys.c.key_id)
            ).mappings()
            return [_key(row) for row in rows]

    def revoke(self, key_id: str) -> None:
        """Make a key useless for ever; AccessError where there is none, or it was revoked before."""
        mine = keys.c.key_id == key_id
        now = datetime.now(UTC)
        with translate_database_errors(), self._engine.begin() as connection:
            revoked = connection.execute(
                update(keys).where(mine, keys.c.revoked_at.is_(None)).values(revoked_at=now)
            )
            known = (
                revoked.rowcount
                or connection.execute(select(keys.c.key_id).where(mine)).one_or_none()
            )
        if not known:
            raise AccessError(
                f'there is no key "{key_id}": python model.py keys list shows them all'
            )
        if not revoked.rowcount:
            raise AccessError(f"the key {key_id} is revoked already")


def _row(key: ApiKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in ApiKey.__slots__} | {
        "scopes": ",".join(key.scopes)
    }


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(**{**row, "scopes": tuple(row["scopes"].split(","))})
