"""The application, put together from its parts."""

import logging

from flask import Flask

from credit_scoring.serving import hooks, problems
from credit_scoring.serving.api import api
from credit_scoring.serving.page import page
from credit_scoring.serving.service import KEY, Service
from credit_scoring.settings import Settings


def create_app(settings: Settings) -> Flask:
    """The Flask application that serves the bundle at `settings.model_path`; BundleError where it cannot."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("credit_scoring").setLevel(settings.log_level)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_NESTING"] = settings.max_nesting
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions[KEY] = Service.load(settings.model_path)
    hooks.register(app)
    problems.register(app)
    app.register_blueprint(api)
    app.register_blueprint(page)
    return app
