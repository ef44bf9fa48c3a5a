"""Who asks: the key of a request, and the scope that its route wants.

A route says beside it what it wants: `@asks("score")` or `@public`. One that says nothing wants an admin key.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from flask import current_app, g, request

from credit_scoring.access.api_key import SCOPES, Key
from credit_scoring.errors import RequestError

if TYPE_CHECKING:
    from credit_scoring.access.key_cache import KnownKeys

KEYS = "credit_scoring.keys"  # where the app has its KnownKeys
PUBLIC = "public"
View = TypeVar("View", bound=Callable[..., object])


def asks(scope: str) -> Callable[[View], View]:
    """Let only keys with `scope` ask for the route, once keys are on. Stands below the route's own decorator."""
    if scope not in (*SCOPES, PUBLIC):
        raise ValueError(f"{scope} is no scope: expected one of {', '.join(SCOPES)}")

    def marked(view: View) -> View:
        view.scope = scope  # type: ignore[attr-defined]
        return view

    return marked


def public(view: View) -> View:
    """Let everybody ask for the route: it tells nothing about an applicant."""
    return asks(PUBLIC)(view)


def wanted() -> str:
    """The scope that the running request needs; public where no route matches or only its options are asked for."""
    if request.endpoint is None or request.method == "OPTIONS":
        return PUBLIC
    return str(getattr(current_app.view_functions[request.endpoint], "scope", "admin"))


def identify(scope: str) -> Key | None:
    """The key that the request for `scope` was sent with; None where none is needed, or none of ours was sent.

    `flask.g.key_id` is its id, "" where keys are off. StorageError where the keys cannot be read.
    """
    g.key_id = ""
    known: KnownKeys = current_app.extensions[KEYS]
    text = "" if scope == PUBLIC else _sent()
    key = known.find(text) if text else None
    if key is not None:
        g.key_id = key.key_id
    return key


def require(scope: str, key: Key | None) -> None:
    """RequestError 401 without a key where one is needed, 403 where the key does not allow `scope`."""
    known: KnownKeys = current_app.extensions[KEYS]
    if scope == PUBLIC or not known.on():
        return
    if key is None:
        raise _unauthorized()
    if not key.allows(scope):
        has = " and ".join(key.scopes)
        raise RequestError(
            f"this key may {has}: {request.method} here needs a key with the scope {scope}",
            status=403, title="Scope missing",
            headers={"WWW-Authenticate": f'Bearer realm="credit-scoring", error="insufficient_scope", scope="{scope}"'},
        )  # fmt: skip


def _sent() -> str:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def _unauthorized() -> RequestError:
    sent = "Authorization" in request.headers
    detail = "the key is unknown, expired or revoked" if sent else "a key is needed"
    challenge = 'Bearer realm="credit-scoring"' + (', error="invalid_token"' if sent else "")
    return RequestError(
        f"{detail}: send yours as Authorization: Bearer KEY (python model.py keys create makes one)",
        status=401, title="Key needed", headers={"WWW-Authenticate": challenge},
    )  # fmt: skip
