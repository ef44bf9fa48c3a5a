"""The web app: `gunicorn app:app`, or `python app.py` on one's own machine."""

import os
from typing import TYPE_CHECKING

# First of all: OpenMP reads it when LightGBM is imported, and with more than one thread a model that was loaded
# before a fork (gunicorn's preload) can hang for ever in the worker (tests/serving/test_fork.py).
os.environ["OMP_NUM_THREADS"] = "1"

from credit_scoring.errors import message_on_exit
from credit_scoring.settings import Settings, load_settings

if TYPE_CHECKING:
    from flask import Flask


def create_app(settings: Settings) -> "Flask":
    """The application that serves the bundle at `settings.model_path`; BundleError where it cannot."""
    from credit_scoring.serving import app_factory  # noqa: PLC0415 - imports LightGBM

    return app_factory.create_app(settings)


def __getattr__(name: str) -> "Flask":
    """Make `app` when it is asked for, so that importing `create_app` loads no model."""
    if name != "app":
        raise AttributeError(name)
    with message_on_exit():
        return create_app(load_settings(os.environ))


if __name__ == "__main__":
    from credit_scoring.serving.launch import serve

    with message_on_exit():
        serve(load_settings(os.environ))
