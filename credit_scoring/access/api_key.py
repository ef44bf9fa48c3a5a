"""An API key: `cs_`, a public id that identifies it, and a secret that proves it.

Only the key's SHA-256 is stored. Passwords need a slow hash because people choose from few; a key
has 256 random bits that cannot be guessed, and a slow hash would only slow down every request.
"""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest

from credit_scoring.errors import AccessError

SCOPES = {
    "score": "decide, explain, read what the model is",
    "review": "read stored decisions, review them, report outcomes",
    "admin": "everything",
}
KEY_PATTERN = re.compile(r"cs_([0-9a-f]{8})_[0-9a-f]{64}")
MAX_NAME = 100  # characters
ENVIRONMENT_KEY_ID = "environment"  # the id of the key of CREDIT_SCORING_API_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A stored key, without its secret. Times are UTC; `digest` is the SHA-256 of the whole key."""

    key_id: str
    name: str
    scopes: tuple[str, ...]
    digest: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def is_environment(self) -> bool:
        """Whether it is the key of CREDIT_SCORING_API_KEY."""
        return self.key_id == ENVIRONMENT_KEY_ID

    def matches(self, digest: str) -> bool:
        """Return whether `digest` is this key's, in constant time."""
        return compare_digest(self.digest, digest)

    def state(self, now: datetime) -> str:
        """Return the key's state at `now`: active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"

    def allows(self, scope: str) -> bool:
        """Return whether the key may be used where `scope` is required."""
        return scope in self.scopes or "admin" in self.scopes


def new_key(
    name: str, scopes: Collection[str], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Create a key and its text, which is not stored; AccessError for an invalid name or scope."""
    if not (name.isprintable() and name.strip() and len(name) <= MAX_NAME):
        raise AccessError(
            f'the name is "{name[:MAX_NAME]}": expected 1 to {MAX_NAME} printable characters'
        )
    if not scopes or any(scope not in SCOPES for scope in scopes):
        raise AccessError(
            f'the scopes are "{", ".join(scopes)}": expected some of {", ".join(SCOPES)}'
        )
    key_id = secrets.token_hex(4)
    text = f"cs_{key_id}_{secrets.token_hex(32)}"
    key = ApiKey(
        key_id=key_id,
        name=name,
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        digest=key_digest(text),
        created_at=datetime.now(UTC),
        expires_at=expires_at,
    )
    return key, text


def key_digest(text: str) -> str:
    """Return the SHA-256 of a key's text, in hexadecimal."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def parse_key_id(text: str) -> str | None:
    """Return the public id in a key's text; None if the text does not have the form of a key."""
    match = KEY_PATTERN.fullmatch(text)
    return match[1] if match else None
