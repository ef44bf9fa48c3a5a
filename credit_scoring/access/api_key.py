"""An API key: `cs_`, a public id that finds it, and a secret that proves it.

Only a key's SHA-256 is kept. A password needs a slow hash because people choose few of them; a key has 256 random
bits, which no speed of guessing reaches, and a slow hash would only cost every request its time.
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
FORM = re.compile(r"cs_([0-9a-f]{8})_[0-9a-f]{64}")
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is kept: everything but its secret. Times are UTC; `digest` is the SHA-256 of the whole key."""

    key_id: str
    name: str
    scopes: tuple[str, ...]
    digest: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def matches(self, digest: str) -> bool:
        """Whether `digest` is that of this key, in a time that does not tell how much of it is right."""
        return compare_digest(self.digest, digest)

    def state(self, now: datetime) -> str:
        """At `now`: active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"

    def allows(self, scope: str) -> bool:
        """Whether it may be used for what asks for `scope`."""
        return scope in self.scopes or "admin" in self.scopes


def new_key(
    name: str, scopes: Collection[str], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its text, which nothing keeps; AccessError where name or scopes are not as expected."""
    if not (name.isprintable() and name.strip() and len(name) <= LONGEST_NAME):
        raise AccessError(
            f'the name is "{name[:LONGEST_NAME]}": expected 1 to {LONGEST_NAME} printable characters'
        )
    if not scopes or any(scope not in SCOPES for scope in scopes):
        raise AccessError(
            f'the scopes are "{", ".join(scopes)}": expected some of {", ".join(SCOPES)}'
        )
    key_id = secrets.token_hex(4)
    text = f"cs_{key_id}_{secrets.token_hex(32)}"
    ordered = tuple(scope for scope in SCOPES if scope in scopes)
    now = datetime.now(UTC)
    return ApiKey(
        key_id=key_id, name=name, scopes=ordered, digest=key_digest(text), created_at=now, expires_at=expires_at
    ), text  # fmt: skip


def key_digest(text: str) -> str:
    """SHA-256 of a key's text, in hexadecimal."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def parse_key_id(text: str) -> str | None:
    """The public id in a key's text; None where it has not the form of a key."""
    found = FORM.fullmatch(text)
    return found[1] if found else None
