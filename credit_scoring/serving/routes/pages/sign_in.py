"""/sign-in and /sign-out: a session of the pages, opened by an API key."""

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, current_app, redirect, request
from werkzeug.wrappers import Response

from credit_scoring.access.api_key import ApiKey
from credit_scoring.errors import StorageError
from credit_scoring.serving.flask_objects import request_state
from credit_scoring.serving.middleware.authentication import KEY_CACHE, SESSIONS, public
from credit_scoring.serving.middleware.csrf import FormExpiredError
from credit_scoring.serving.middleware.problems import handle_own_error
from credit_scoring.serving.middleware.rate_limit import RateLimit, network, too_many_requests
from credit_scoring.serving.middleware.session_cookie import (
    SESSION,
    cookie_secret,
    delete_cookie,
    new_secret,
    set_cookie,
)
from credit_scoring.serving.middleware.visitor import visitor
from credit_scoring.serving.pages.next_page import ENDED, SEE_OTHER, wanted_page
from credit_scoring.serving.pages.page import first_page, for_people_only, link, wants_html
from credit_scoring.serving.pages.sign_in_form import sign_in_form
from credit_scoring.settings.parsers import Rate

if TYPE_CHECKING:
    from credit_scoring.access.key_cache import KeyCache
    from credit_scoring.access.sessions import SessionStore

sign_in_page = Blueprint("sign_in_page", __name__)
WRONG_KEYS = "credit_scoring.wrong_keys"  # name of the RateLimit of wrong keys in app.extensions
WRONG_KEY_RATE = Rate(10, 60)  # per address; a valid key is accepted at any rate
SIGNED_OUT = "signed-out"
AGAIN = "again"


@sign_in_page.get("/sign-in")
@public
@for_people_only
def sign_in() -> Response:
    """The form; visitors who need no key, or have signed in, go to the page they wanted."""
    current = visitor()
    if current.needs_key and current.key is None:
        return sign_in_form(notice=_notice(), again=_again())
    return redirect(wanted_page() or first_page(), SEE_OTHER)


@sign_in_page.post("/sign-in")
@public
@for_people_only
def start_session() -> Response:
    """Start a session with the key of the form; a previous session ends."""
    text = request.form.get("key", "").strip()
    if not text:
        return sign_in_form(422, error="missing")
    key_cache: KeyCache = current_app.extensions[KEY_CACHE]
    key = key_cache.find(text)
    if key is None:
        _count_wrong_key()
        return sign_in_form(401, error="wrong")
    return _start(key)


@sign_in_page.errorhandler(FormExpiredError)
def ask_again(error: FormExpiredError) -> Response:
    """Show the form of the sign-in again: other tabs that open at once replace its cookie."""
    if request.endpoint == "sign_in_page.start_session" and wants_html():
        return sign_in_form(error.status, error="expired")
    return handle_own_error(error)


@sign_in_page.post("/sign-out")
@public
@for_people_only
def sign_out() -> Response:
    """End the session, for all instances, or only in this browser if nothing can be stored."""
    with suppress(StorageError):  # it is logged, and nobody else has the secret
        _end_session()
    response = redirect(link("sign_in_page.sign_in", **{SIGNED_OUT: 1}), SEE_OTHER)
    delete_cookie(response, SESSION)
    return response


def _start(key: ApiKey) -> Response:
    secret = new_secret()
    _sessions().start(secret, key)
    _end_session()
    response = redirect(wanted_page() or first_page(key), SEE_OTHER)
    set_cookie(response, SESSION, secret)
    return response


def _end_session() -> None:
    secret = cookie_secret(request, SESSION)
    if secret is not None:
        _sessions().end(secret)


def _sessions() -> "SessionStore":
    store: SessionStore = current_app.extensions[SESSIONS]
    return store


def _count_wrong_key() -> None:
    """RequestError 429 for too many wrong keys from the client's address."""
    limit: RateLimit = current_app.extensions[WRONG_KEYS]
    status = limit.take(network(request.remote_addr or ""))
    if not status.allowed:
        raise too_many_requests(limit.rate, status)


def _notice() -> str | None:
    """The key of a text above the form: why the visitor sees it."""
    if SIGNED_OUT in request.args:
        return "signed_out"
    if ENDED in request.args:
        return "typed" if wanted_page() else "ended"
    return "ended" if request_state().get("has_session") is False else None


def _again() -> str | None:
    """The query of a second request by the page itself if a link on another site led here.

    Browsers do not send the session's cookie with the first one (SameSite=Strict).
    """
    if request.headers.get("Sec-Fetch-Site") != "cross-site" or AGAIN in request.args:
        return None
    return urlencode({**request.args.to_dict(flat=False), AGAIN: 1}, doseq=True)
