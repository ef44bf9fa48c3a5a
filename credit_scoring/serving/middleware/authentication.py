"""Authentication and authorisation: the API key of a request and the scope that its route requires.

The key is sent as a bearer token, or it is the key of the session that the cookie names. A route
declares its scope with `@requires_scope("score")` or `@public`; without a declaration it requires
an admin key.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from flask import Request, current_app

from credit_scoring.access.api_key import SCOPES, ApiKey
from credit_scoring.access.key_requirement import is_loopback_host
from credit_scoring.errors import RequestError
from credit_scoring.serving.flask_objects import request_state
from credit_scoring.serving.middleware.session_cookie import SESSION, cookie_secret

if TYPE_CHECKING:
    from credit_scoring.access.key_cache import KeyCache
    from credit_scoring.access.key_requirement import KeyRequirement
    from credit_scoring.access.sessions import SessionStore

KEY_CACHE = "credit_scoring.keys"  # name of the KeyCache in app.extensions
KEY_REQUIREMENT = "credit_scoring.key_requirement"  # name of the KeyRequirement in app.extensions
SESSIONS = "credit_scoring.sessions"  # name of the SessionStore in app.extensions
PUBLIC = "public"
REALM = 'Bearer realm="credit-scoring"'
View = TypeVar("View", bound=Callable[..., object])


def requires_scope(scope: str) -> Callable[[View], View]:
    """Restrict a route to keys with `scope` while authentication is on.

    Goes below the route's decorator.
    """
    if scope not in (*SCOPES, PUBLIC):
        raise ValueError(f"unknown scope {scope}: expected one of {', '.join(SCOPES)}")

    def mark(view: View) -> View:
        view.scope = scope  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Open a route to everybody; for routes that reveal nothing about an applicant."""
    return requires_scope(PUBLIC)(view)


def required_scope(request: Request) -> str:
    """The scope that `request` requires; public if no route matches and for OPTIONS."""
    endpoint = request.endpoint
    if endpoint is None or request.method == "OPTIONS":
        return PUBLIC
    return str(getattr(current_app.view_functions[endpoint], "scope", "admin"))


def authenticate(request: Request, scope: str) -> ApiKey | None:
    """The request's API key; None if the route is public, no key was sent or the key is invalid.

    StorageError if the keys or the sessions cannot be read.
    """
    if scope == PUBLIC:
        return None
    if (token := _bearer_token(request)) is not None:
        key_cache: KeyCache = current_app.extensions[KEY_CACHE]
        return key_cache.find(token)
    return _session_key(request)


def _session_key(request: Request) -> ApiKey | None:
    """The key of the session that the cookie names; None without a valid session."""
    secret = cookie_secret(request, SESSION)
    if secret is None:
        return None
    store: SessionStore = current_app.extensions[SESSIONS]
    key = store.find_key(secret)
    request_state()["has_session"] = key is not None
    return key


def authorize(request: Request, scope: str, key: ApiKey | None) -> None:
    """RequestError 401 if a key is required and there is none, 403 if the key lacks `scope`.

    Also 403 for a foreign Host while keys are off.
    """
    if scope == PUBLIC:
        return
    if not authentication_required(request):
        _require_loopback_host(request)
        return
    if key is None:
        raise _unauthorized(request)
    if not key.allows(scope):
        scopes = " and ".join(key.scopes)
        challenge = f'{REALM}, error="insufficient_scope", scope="{scope}"'
        raise RequestError(
            f"this key has the scope {scopes}: {request.method} on this route requires the scope "
            f"{scope}", status=403, title="Scope missing", headers={"WWW-Authenticate": challenge},
        )  # fmt: skip


def authentication_required(request: Request) -> bool:
    """Whether `request` requires a key unless its route is public."""
    extensions = current_app.extensions
    requirement: KeyRequirement = extensions[KEY_REQUIREMENT]
    key_cache: KeyCache = extensions[KEY_CACHE]
    return requirement.applies(request.environ["SERVER_NAME"]) or (
        key_cache.authentication_required()
    )


def _require_loopback_host(request: Request) -> None:
    """RequestError 403 for a Host that is not loopback's, unless CREDIT_SCORING_KEYS is off.

    Another site can let its own name resolve to 127.0.0.1 (DNS rebinding): then the browser treats
    its scripts as this app's own.
    """
    requirement: KeyRequirement = current_app.extensions[KEY_REQUIREMENT]
    host = request.environ.get("HTTP_HOST")
    if host is None or requirement.policy == "off" or is_loopback_host(host):
        return
    raise RequestError(
        "keys are off and the Host of the request is not this machine's (127.0.0.1, localhost): "
        "create a key with python model.py keys create, or set CREDIT_SCORING_KEYS=off",
        status=403, title="Host refused",
    )  # fmt: skip


def _bearer_token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _unauthorized(request: Request) -> RequestError:
    has_header = "Authorization" in request.headers
    if cookie_secret(request, SESSION) and not has_header:
        reason = "the session has ended"
    else:
        reason = "the key is unknown, expired or revoked" if has_header else "a key is required"
    challenge = REALM + (', error="invalid_token"' if has_header else "")
    return RequestError(
        f"{reason}: send it as Authorization: Bearer KEY (create one with "
        "python model.py keys create)",
        status=401, title="Key needed", headers={"WWW-Authenticate": challenge},
    )  # fmt: skip
