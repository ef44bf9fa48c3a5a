"""The application, put together from its parts."""

import logging

from flask import Flask

from credit_scoring.database.engine import open_database
from credit_scoring.database.schema import prepare
from credit_scoring.decisions.log import DecisionLog
from credit_scoring.serving import hooks, problems
from credit_scoring.serving.api import api
from credit_scoring.serving.batch import batch
from credit_scoring.serving.decisions import decisions
from credit_scoring.serving.health import health
from credit_scoring.serving.page import page
from credit_scoring.serving.service import KEY, Service
from credit_scoring.settings import Settings

DATABASE = "database"  # the engine's name among the app's extensions


def create_app(settings: Settings) -> Flask:
    """The Flask application that serves the bundle at `settings.model_path`.

    BundleError where the bundle cannot be served, StorageError where the database cannot be used.
    """
    engine = open_database(settings.database_url, synchronous=settings.sqlite_synchronous)
    prepare(engine)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("credit_scoring").setLevel(settings.log_level)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_NESTING"] = settings.max_nesting
    app.config["MAX_BATCH_BYTES"] = settings.max_batch_bytes
    app.config["MAX_BATCH_SIZE"] = settings.max_batch_size
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions[DATABASE] = engine
    app.extensions[KEY] = Service.load(settings.model_path, DecisionLog(engine))
    hooks.register(app)
    problems.register(app)
    for part in (page, health, api, batch, decisions):
        app.register_blueprint(part)
    return app
