"""The application, put together from its parts."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from credit_scoring.access.key_cache import KnownKeys
from credit_scoring.access.key_store import KeyStore
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import prepare
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.serving.middleware import (
    metrics,
    problems,
    request_hooks,
    security_headers,
    structured_logging,
)
from credit_scoring.serving.middleware.authentication import KEYS, public
from credit_scoring.serving.middleware.rate_limit import LIMIT, RateLimit
from credit_scoring.serving.routes.applicants import applicants
from credit_scoring.serving.routes.batch import batch
from credit_scoring.serving.routes.decisions import decisions
from credit_scoring.serving.routes.explain import explain
from credit_scoring.serving.routes.health import health
from credit_scoring.serving.routes.openapi import docs
from credit_scoring.serving.routes.pages import page
from credit_scoring.serving.routes.predict import api
from credit_scoring.serving.service import KEY, Service
from credit_scoring.settings import Settings

DATABASE = "database"  # the engine's name among the app's extensions


class App(Flask):
    """Flask, which asks of every function of ours, at every call, whether it is a coroutine. None is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(settings: Settings) -> Flask:
    """The Flask application that serves the bundle at `settings.model_path`.

    BundleError where the bundle cannot be served, StorageError where the database cannot be used.
    """
    log = structured_logging.configure(settings)
    engine = open_database(settings.database_url, synchronous=settings.sqlite_synchronous)
    prepare(engine)
    app = App(__name__, static_folder="pages/static", template_folder="pages/templates")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_NESTING"] = settings.max_nesting
    app.config["MAX_BATCH_BYTES"] = settings.max_batch_bytes
    app.config["MAX_BATCH_SIZE"] = settings.max_batch_size
    app.config["MAX_RAW_RECORDS"] = settings.max_raw_records
    app.config["APPLICANTS_PATH"] = settings.applicants_path
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions[DATABASE] = engine
    app.extensions[KEY] = Service.load(settings.model_path, DecisionLog(engine))
    app.extensions[KEYS] = KnownKeys(KeyStore(engine).all, settings.api_key)
    app.extensions[LIMIT] = RateLimit(settings.rate_limit) if settings.rate_limit else None
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies
        )
    public(app.view_functions["static"])
    security_headers.register(app, settings)
    request_hooks.register(app, log)
    metrics.register(app, settings.metrics)
    problems.register(app)
    for part in (page, docs, health, api, batch, explain, applicants, decisions):
        app.register_blueprint(part)
    return app
