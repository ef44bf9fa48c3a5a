"""CSRF tokens: a page of another site cannot make a visitor's browser change anything here.

A token is the hash of a cookie's secret, masked by random bytes: it differs in each response, so
that the length of compressed responses does not reveal it (BREACH).
"""

import secrets
from hashlib import sha256
from hmac import compare_digest

from flask import Flask, Request, Response

from credit_scoring.errors import RequestError
from credit_scoring.serving.flask_objects import current_request, request_state
from credit_scoring.serving.middleware.session_cookie import (
    FORMS,
    SESSION,
    cookie_secret,
    delete_cookie,
    new_secret,
    set_cookie,
)

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
JSON = "application/json"  # another site's page cannot send it without a preflight request
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
PAGE_SUFFIX = "_page"  # of the blueprints of pages
OTHER_SITES = ("cross-site", "same-site")  # values of Sec-Fetch-Site; an other subdomain is one
SIZE = sha256().digest_size


class FormExpiredError(RequestError):
    """The CSRF token of a request is missing or is not of the browser's current session."""

    def __init__(self) -> None:
        super().__init__(
            "the CSRF token is missing or belongs to another session: load the page again; a "
            f"program sends Authorization: Bearer KEY, or the token in the header {HEADER}",
            status=403,
            title="Form expired",
        )


def register(app: Flask) -> None:
    """Make `csrf_token()` available in all templates of `app`."""
    app.jinja_env.globals["csrf_token"] = csrf_token


def csrf_token() -> str:
    """A token for a form or a meta tag of the page that is being rendered."""
    mask = secrets.token_bytes(SIZE)
    return (mask + _xor(mask, _digest(page_secret()))).hex()


def page_secret() -> str:
    """The secret that binds the tokens of the current page: the session's, or that of forms."""
    request, state = current_request(), request_state()
    if "page_secret" not in state:
        name = SESSION if state.get("has_session") else FORMS
        state["page_secret"] = cookie_secret(request, name) or new_secret()
    return str(state["page_secret"])


def keep_page_secret(response: Response) -> None:
    """Set the cookie of forms if the page has tokens of a new secret; delete an ended session's."""
    request, state = current_request(), request_state()
    secret = state.get("page_secret")
    if secret not in (None, cookie_secret(request, SESSION), cookie_secret(request, FORMS)):
        set_cookie(response, FORMS, secret)
    if state.get("has_session") is False:
        delete_cookie(response, SESSION)


def require_token(request: Request, *, by_bearer: bool, by_cookie: bool) -> None:
    """FormExpiredError if a request that changes something has no valid token but requires one.

    Required if the session's cookie authenticates the request, and for forms, which another site
    can send without a preflight request. A bearer key, which no browser sends on its own, is enough
    without a token.
    """
    if request.method in SAFE_METHODS or by_bearer or not (by_cookie or _is_form(request)):
        return
    names = (SESSION,) if by_cookie else (SESSION, FORMS)
    secrets_sent = filter(None, (cookie_secret(request, name) for name in names))
    token = _sent_token(request)
    is_foreign = request.headers.get("Sec-Fetch-Site") in OTHER_SITES
    if is_foreign or not any(is_valid(token, secret) for secret in secrets_sent):
        raise FormExpiredError


def is_valid(token: str, secret: str) -> bool:
    """Whether `token` was made for `secret`."""
    try:
        data = bytes.fromhex(token)
    except ValueError:
        return False
    return len(data) == 2 * SIZE and compare_digest(_xor(data[:SIZE], data[SIZE:]), _digest(secret))


def is_form_of_page(request: Request) -> bool:
    """Whether `request` is a form that one of the app's pages has."""
    return _is_of_page(request) and request.mimetype in FORM_TYPES


def _is_of_page(request: Request) -> bool:
    return (request.blueprint or "").endswith(PAGE_SUFFIX)


def _is_form(request: Request) -> bool:
    """Whether a page's form may have sent `request`; programs send forms without Origin."""
    if request.environ.get("CONTENT_TYPE") == JSON:
        return False
    if _is_of_page(request):
        return request.mimetype != JSON
    return request.mimetype in FORM_TYPES and "Origin" in request.headers


def _sent_token(request: Request) -> str:
    token = request.headers.get(HEADER)
    if token is None and request.mimetype in FORM_TYPES:
        token = request.form.get(FIELD)
    return token or ""


def _digest(secret: str) -> bytes:
    return sha256(b"csrf:" + secret.encode()).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
