"""Authentication and authorisation: the API key of a request and the scope that its route requires.

A route declares its scope with `@requires_scope("score")` or `@public`. Without a declaration
it requires an admin key.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from flask import Request, current_app, g, request

from credit_scoring.access.api_key import SCOPES, ApiKey
from credit_scoring.errors import RequestError

if TYPE_CHECKING:
    from credit_scoring.access.key_cache import KeyCache
    from credit_scoring.access.key_requirement import KeyRequirement

KEY_CACHE = "credit_scoring.keys"  # name of the KeyCache in app.extensions
KEY_REQUIREMENT = "credit_scoring.key_requirement"  # name of the KeyRequirement in app.extensions
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

    StorageError if the keys cannot be read.
    """
    if scope == PUBLIC or not (token := _bearer_token(request)):
        return None
    key_cache: KeyCache = current_app.extensions[KEY_CACHE]
    return key_cache.find(token)


def authorize(request: Request, scope: str, key: ApiKey | None) -> None:
    """RequestError 401 if a key is required and there is none, 403 if the key lacks `scope`."""
    if scope == PUBLIC or not _authentication_required(request):
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


def visitor_allows(scope: str) -> bool:
    """Whether the current request may use a route with `scope`: what a page offers its visitor."""
    key: ApiKey | None = g.get("api_key")
    return not _authentication_required(request) or (key is not None and key.allows(scope))


def _authentication_required(request: Request) -> bool:
    extensions = current_app.extensions
    requirement: KeyRequirement = extensions[KEY_REQUIREMENT]
    key_cache: KeyCache = extensions[KEY_CACHE]
    return requirement.applies(request.environ["SERVER_NAME"]) or (
        key_cache.authentication_required()
    )


def _bearer_token(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _unauthorized(request: Request) -> RequestError:
    has_header = "Authorization" in request.headers
    reason = "the key is unknown, expired or revoked" if has_header else "a key is required"
    challenge = REALM + (', error="invalid_token"' if has_header else "")
    return RequestError(
        f"{reason}: send it as Authorization: Bearer KEY (create one with "
        "python model.py keys create)",
        status=401, title="Key needed", headers={"WWW-Authenticate": challenge},
    )  # fmt: skip
