"""The largest request body that a route reads, in bytes.

The app's limit is `MAX_CONTENT_LENGTH`. A route that reads more declares its own with
`@body_limit("MAX_BATCH_BYTES")`. A larger body is answered 413.
"""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request

View = TypeVar("View", bound=Callable[..., object])


def body_limit(setting: str) -> Callable[[View], View]:
    """Limit the body of a route to the app's `setting`. Goes below the route's decorator."""

    def mark(view: View) -> View:
        view.body_limit = setting  # type: ignore[attr-defined]
        return view

    return mark


def register(app: Flask) -> None:
    """Apply the limits that the routes of `app` declare."""
    app.before_request(apply_body_limit)


def apply_body_limit() -> None:
    """Apply the limit of the current request's route."""
    view = current_app.view_functions.get(request.endpoint or "")
    setting = getattr(view, "body_limit", None)
    if setting:
        request.max_content_length = current_app.config[setting]
