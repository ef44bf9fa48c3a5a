"""The web app: `gunicorn app:app`, or `python app.py` on one's own machine."""

import os

# First of all: LightGBM reads it when it is imported, and with more than one thread a model that was loaded
# before the fork (gunicorn's preload) hangs in the worker at its first prediction.
os.environ["OMP_NUM_THREADS"] = "1"

from flask import Flask

from credit_scoring.errors import message_on_exit
from credit_scoring.serving.factory import create_app
from credit_scoring.settings import load_settings


def __getattr__(name: str) -> Flask:
    """Make `app` when it is asked for, so that importing `create_app` loads no model."""
    if name != "app":
        raise AttributeError(name)
    with message_on_exit():
        return create_app(load_settings(os.environ))


if __name__ == "__main__":
    from credit_scoring.serving.local import serve

    with message_on_exit():
        serve(load_settings(os.environ))
