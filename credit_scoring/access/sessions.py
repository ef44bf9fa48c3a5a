"""Sessions of the pages: which browser signed in with which API key, for all instances.

The database holds the SHA-256 of a session's secret, not the secret, and the id of the key with a
proof, a hash of the secret and the key's digest. A session is valid only while its key is: it ends
with the expiry, the revocation or the replacement of the key.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy import Engine, delete, insert, select

from credit_scoring.access.api_key import ApiKey
from credit_scoring.access.key_cache import KeyCache
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import checked, read_transaction
from credit_scoring.database.table_definitions import sessions


@dataclass(frozen=True, slots=True)
class SessionStore:
    """The sessions in the database of `engine`, with the keys of `keys`.

    All methods raise StorageError if the database is not available.
    """

    engine: Engine
    keys: KeyCache
    duration: timedelta

    def start(self, secret: str, key: ApiKey) -> None:
        """Store a session of `key`; delete those that have expired."""
        now = datetime.now(UTC)
        row = {
            "secret_digest": _digest(secret),
            "key_id": key.key_id,
            "key_proof": _proof(secret, key),
            "created_at": now,
            "expires_at": now + self.duration,
        }
        with translate_database_errors(), self.engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            connection.execute(insert(sessions), row)

    def find_key(self, secret: str) -> ApiKey | None:
        """Return the active key of a session that has not expired; None if there is none."""
        query = select(sessions).where(sessions.c.secret_digest == _digest(secret))
        with read_transaction(self.engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
            if row is None or checked(row, sessions)["expires_at"] <= datetime.now(UTC):
                return None
        key = self.keys.active_key(row["key_id"])
        return key if key and compare_digest(_proof(secret, key), row["key_proof"]) else None

    def end(self, secret: str) -> None:
        """Delete a session, if it exists."""
        query = delete(sessions).where(sessions.c.secret_digest == _digest(secret))
        with translate_database_errors(), self.engine.begin() as connection:
            connection.execute(query)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _proof(secret: str, key: ApiKey) -> str:
    """A hash from which nobody who reads the database can guess a key of the environment."""
    return sha256(f"{secret}:{key.digest}".encode()).hexdigest()
