"""The web app: `gunicorn app:app` in production, `python app.py` on a developer's machine."""

import os
from typing import TYPE_CHECKING

# OpenMP reads this when LightGBM is imported. With more than one thread, a worker that inherits the
# model through a fork (gunicorn's preload_app) can hang: see tests/serving/test_fork.py.
os.environ["OMP_NUM_THREADS"] = "1"

from credit_scoring.errors import message_on_exit
from credit_scoring.settings import Settings, load_settings
from credit_scoring.settings.platforms import hosting_platform

if TYPE_CHECKING:
    from flask import Flask


def create_app(settings: Settings, platform: str | None = None) -> "Flask":
    """The application that serves the deployed model, or the one of the configured source.

    `platform` is the hosting platform, if any. BundleError or SourceError if no model can be
    served.
    """
    from credit_scoring.serving import app_factory  # noqa: PLC0415 - imports LightGBM

    return app_factory.create_app(settings, platform)


def deployed_app() -> "Flask":
    """The application with the environment's settings, on the environment's platform."""
    with message_on_exit():
        return create_app(load_settings(os.environ), hosting_platform(os.environ))


def __getattr__(name: str) -> "Flask":
    """Create `app` on first use, so that importing `create_app` does not load a model."""
    if name != "app":
        raise AttributeError(name)
    return deployed_app()


if __name__ == "__main__":
    from credit_scoring.serving.launch import serve

    with message_on_exit():
        serve(load_settings(os.environ))
