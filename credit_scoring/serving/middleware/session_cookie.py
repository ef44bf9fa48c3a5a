"""The session cookie, and the cookie of forms before a sign-in: each a random secret.

The sign-in always makes a new secret (no session fixation). The cookies are apart because browsers
do not send them when a link on another site is followed: the answer to such a request sets a new
secret of forms and must not replace a session.
"""

import re
import secrets
from typing import Any

from flask import Request, current_app, request
from werkzeug.wrappers import Response

SESSION = "credit_scoring_session"
FORMS = "credit_scoring_forms"
EMBEDDED = "EMBEDDED"  # in app.config: whether other sites may show the app in a frame
ALWAYS_TLS = "ALWAYS_TLS"  # in app.config: whether the platform serves the app over HTTPS only
SECRET = re.compile("[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """A secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def cookie_secret(request: Request, name: str) -> str | None:
    """The secret in a cookie, `SESSION` or `FORMS`; None if it was not sent or is malformed."""
    if "HTTP_COOKIE" not in request.environ:
        return None
    secret = request.cookies.get(full_name(request, name), "")
    return secret if SECRET.fullmatch(secret) else None


def full_name(request: Request, name: str) -> str:
    """The cookie's name. Behind TLS its prefix keeps other hosts of the domain from setting it.

    `__Host-` requires the path `/`. An app under a path of its host has `__Secure-`: its cookie is
    not sent to the other apps.
    """
    if not _is_secure(request):
        return name
    return ("__Secure-" if request.script_root else "__Host-") + name


def set_cookie(response: Response, name: str, secret: str) -> None:
    """Let the browser keep `secret` until it is closed."""
    attributes = cookie_attributes(request, "Strict")
    response.set_cookie(full_name(request, name), secret, **attributes)


def delete_cookie(response: Response, name: str) -> None:
    """Let the browser forget the secret."""
    response.delete_cookie(full_name(request, name), **cookie_attributes(request, "Strict"))


def cookie_attributes(request: Request, same_site: str) -> dict[str, Any]:
    """The attributes of a cookie; `same_site` is SameSite of an app that is not in a frame.

    A partitioned cookie works in a frame of another site, and only below that site.
    """
    secure = _is_secure(request)
    in_frames = secure and bool(current_app.config[EMBEDDED])
    return {
        "path": request.script_root or "/",
        "secure": secure,
        "httponly": True,
        "samesite": "None" if in_frames else same_site,
        "partitioned": in_frames,
    }


def _is_secure(request: Request) -> bool:
    return request.is_secure or bool(current_app.config[ALWAYS_TLS])
