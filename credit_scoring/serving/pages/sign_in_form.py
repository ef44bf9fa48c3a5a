"""The form of the sign-in, also as the answer to a form that was sent after the session's end."""

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from credit_scoring.serving.listeners import CREATE_KEY
from credit_scoring.serving.middleware.authentication import KEY_CACHE
from credit_scoring.serving.pages.next_page import ENDED, PARAMETER, SEE_OTHER
from credit_scoring.serving.pages.page import does_keep_drafts, link, render_page
from credit_scoring.serving.pages.problem_page import kept_text

if TYPE_CHECKING:
    from credit_scoring.access.key_cache import KeyCache

SIGN_IN = "sign_in_page.sign_in"


def sign_in_form(status: int = 200, **context: Any) -> Response:
    """The form; without JavaScript it has the text of a form that could not be saved, to copy."""
    key_cache: KeyCache = current_app.extensions[KEY_CACHE]
    no_key_exists = not key_cache.authentication_required()
    context |= {"no_key_exists": no_key_exists, "create_key": CREATE_KEY, "kept": kept_text()}
    response = render_page("sign_in/sign_in.html", "sign_in", **context)
    response.status_code = status
    return response


def answer_form_without_session() -> BaseResponse:
    """The sign-in for a page's form without a valid key; it leads back to a form with a draft.

    Such a form is answered in place, with its text: without JavaScript nothing else keeps it.
    """
    if not does_keep_drafts():
        return redirect(link(SIGN_IN, **{ENDED: 1}), SEE_OTHER)
    action = link(SIGN_IN, **{PARAMETER: request.path[1:], ENDED: 1})
    return sign_in_form(401, notice="typed", action=action)
