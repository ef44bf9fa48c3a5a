"""The cookie of a browser: a random secret that identifies a session and binds CSRF tokens.

Before the sign-in the secret is anonymous: it binds the tokens of forms and means nothing to the
database. The sign-in replaces it by the secret of a session (no session fixation).
"""

import re
import secrets
from typing import Any

from flask import Request, current_app, request
from werkzeug.wrappers import Response

NAME = "credit_scoring_session"
EMBEDDED = "EMBEDDED"  # in app.config: whether other sites may show the app in a frame
ALWAYS_TLS = "ALWAYS_TLS"  # in app.config: whether the platform serves the app over HTTPS only
ANONYMOUS = "a"
SESSION = "s"
SECRET = re.compile(f"[{ANONYMOUS}{SESSION}][A-Za-z0-9_-]{{43}}")


def new_secret(kind: str) -> str:
    """A secret of 256 random bits, after its kind: `ANONYMOUS` or `SESSION`."""
    return kind + secrets.token_urlsafe(32)


def cookie_secret(request: Request) -> str | None:
    """The secret in the request's cookie; None if no cookie was sent or it is malformed."""
    if "HTTP_COOKIE" not in request.environ:
        return None
    secret = request.cookies.get(cookie_name(request), "")
    return secret if SECRET.fullmatch(secret) else None


def session_secret(request: Request) -> str | None:
    """The secret of a session in the request's cookie; None if the cookie is anonymous."""
    secret = cookie_secret(request)
    return secret if secret is not None and secret.startswith(SESSION) else None


def cookie_name(request: Request) -> str:
    """The cookie's name. Behind TLS its prefix keeps other hosts of the domain from setting it.

    `__Host-` requires the path `/`. An app under a path of its host has `__Secure-`: its cookie is
    not sent to the other apps.
    """
    if not _is_secure(request):
        return NAME
    return ("__Secure-" if request.script_root else "__Host-") + NAME


def set_cookie(response: Response, secret: str) -> None:
    """Let the browser keep `secret` until it is closed."""
    attributes = cookie_attributes(request, "Strict")
    response.set_cookie(cookie_name(request), secret, **attributes)


def delete_cookie(response: Response) -> None:
    """Let the browser forget the secret."""
    response.delete_cookie(cookie_name(request), **cookie_attributes(request, "Strict"))


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
