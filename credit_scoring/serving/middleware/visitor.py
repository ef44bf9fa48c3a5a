"""The visitor of a page: the key of the session, and what the page may offer."""

from dataclasses import dataclass

from credit_scoring.access.api_key import ApiKey
from credit_scoring.errors import StorageError
from credit_scoring.serving.flask_objects import current_request, request_state
from credit_scoring.serving.middleware.authentication import (
    authenticate,
    authentication_required,
    authorize,
)

NOT_PUBLIC = "score"  # any scope


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who requests the page: `key` is None if keys are off or nobody has signed in."""

    key: ApiKey | None
    needs_key: bool

    def allows(self, scope: str) -> bool:
        """Whether the visitor may use a route with `scope`."""
        return not self.needs_key or (self.key is not None and self.key.allows(scope))


UNKNOWN = Visitor(key=None, needs_key=True)  # while the database is not available


def visitor() -> Visitor:
    """The visitor of the current request; on a public route the session is looked up here.

    StorageError if the keys or the sessions cannot be read.
    """
    state = request_state()
    known: Visitor | None = state.get("visitor")
    if known is None:
        request = current_request()
        key = state.get("api_key") or authenticate(request, NOT_PUBLIC)
        state["visitor"] = known = Visitor(key, authentication_required(request))
    return known


def visitor_allows(scope: str) -> bool:
    """Whether the visitor may use a route with `scope`: what a page offers."""
    return visitor().allows(scope)


def require_scope(scope: str) -> None:
    """For a part of a public route: RequestError 401 or 403 unless the visitor has `scope`."""
    authorize(current_request(), scope, visitor().key)


def tolerate_unknown_visitor() -> None:
    """Show error pages for an unknown visitor if the database fails."""
    try:
        visitor()
    except StorageError:
        request_state()["visitor"] = UNKNOWN
