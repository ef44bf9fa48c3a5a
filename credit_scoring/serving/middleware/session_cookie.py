"""The cookie of a browser: a random secret that identifies a session and binds CSRF tokens.

Before the sign-in the secret is anonymous: it binds the tokens of forms and means nothing to the
database. The sign-in replaces it by the secret of a session (no session fixation).
"""

import re
import secrets

from flask import Request, Response, current_app, request

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


def cookie_name(request: Request) -> str:
    """The cookie's name. Behind TLS its prefix keeps other hosts of the domain from setting it.

    `__Host-` requires the path `/`. An app under a path of its host has `__Secure-`: its cookie is
    not sent to the other apps.
    """
    if not _is_secure(request):
        return NAME
    return ("__Secure-" if request.script_root else "__Host-") + NAME


def set_cookie(response: Response, secret: str) -> None:
    """Let the browser keep `secret` until it is closed.

    A partitioned cookie works in a frame of another site, and only below that site.
    """
    secure = _is_secure(request)
    in_frames = secure and bool(current_app.config[EMBEDDED])
    response.set_cookie(
        cookie_name(request),
        secret,
        path=request.script_root or "/",
        secure=secure,
        httponly=True,
        samesite="None" if in_frames else "Strict",
        partitioned=in_frames,
    )


def _is_secure(request: Request) -> bool:
    return request.is_secure or bool(current_app.config[ALWAYS_TLS])
