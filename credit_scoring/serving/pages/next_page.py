"""`?next=`: the page that a visitor wanted before the sign-in, as a path below the app's root.

A link may contain any text there. Only a plain relative path is followed, so that no link to the
sign-in leads to another site (open redirect).
"""

import re
from urllib.parse import quote, urlencode

from flask import redirect, request
from werkzeug.wrappers import Response

from credit_scoring.serving.pages.language import LANGUAGE_PARAMETER, LANGUAGES
from credit_scoring.serving.pages.page import link, root

PARAMETER = "next"
ENDED = "ended"  # parameter of the sign-in: a form was sent after the end of the session
SEGMENT = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.~-]+"  # no encoded characters, neither "." nor ".."
LOCAL_PATH = re.compile(rf"(?:{SEGMENT}/)*{SEGMENT}(?:\?[!-\[\]-~]*)?")
MAX_LENGTH = 1000  # characters
SEE_OTHER = 303  # the method of the next request is GET


def redirect_to_sign_in() -> Response:
    """The redirect of a GET request without a valid key; the sign-in leads back to its page."""
    query = {name: texts for name, texts in request.args.lists() if name != LANGUAGE_PARAMETER}
    wanted = quote(request.path[1:]) + (f"?{urlencode(query, doseq=True)}" if query else "")
    values = {PARAMETER: wanted} if is_local(wanted) else {}
    if request.args.get(LANGUAGE_PARAMETER) in LANGUAGES:
        values[LANGUAGE_PARAMETER] = request.args[LANGUAGE_PARAMETER]
    return redirect(link("sign_in_page.sign_in", **values), SEE_OTHER)


def wanted_page() -> str | None:
    """A relative link to the page that ?next= names; None if there is none or it is not local."""
    wanted = request.args.get(PARAMETER, "")
    return root() + wanted if is_local(wanted) else None


def is_local(path: str) -> bool:
    """Whether `path` is a plain path below the app's root, but not the sign-in's own."""
    is_plain = len(path) <= MAX_LENGTH and LOCAL_PATH.fullmatch(path) is not None
    return is_plain and path.partition("?")[0] not in ("sign-in", "sign-out")
