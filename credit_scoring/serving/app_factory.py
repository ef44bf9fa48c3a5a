"""The application factory: wires settings, database, model, middleware and routes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from credit_scoring.access.key_cache import KeyCache
from credit_scoring.access.key_requirement import KeyRequirement
from credit_scoring.access.key_store import KeyStore
from credit_scoring.access.sessions import SessionStore
from credit_scoring.database.connection_limit import limit_per_worker
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import prepare_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.deployments.deployer import Deployer
from credit_scoring.deployments.model_at_start import choose_model
from credit_scoring.serving import static_files
from credit_scoring.serving.middleware import (
    compression,
    connection,
    csrf,
    metrics,
    problems,
    request_hooks,
    security_headers,
    structured_logging,
    trusted_proxies,
)
from credit_scoring.serving.middleware.authentication import KEY_CACHE, KEY_REQUIREMENT, SESSIONS
from credit_scoring.serving.middleware.rate_limit import LIMIT, RateLimit
from credit_scoring.serving.middleware.session_cookie import ALWAYS_TLS, EMBEDDED
from credit_scoring.serving.model_switch import SWITCH, ModelSwitch
from credit_scoring.serving.monitoring.monitoring_thread import MONITORING, Monitoring
from credit_scoring.serving.monitoring.refused_requests import REFUSED, RefusedRequests
from credit_scoring.serving.pages.letter import LENDER, Lender
from credit_scoring.serving.pages.stacked_table import stacked
from credit_scoring.serving.routes.admin import admin
from credit_scoring.serving.routes.applicants import applicants
from credit_scoring.serving.routes.batch import batch
from credit_scoring.serving.routes.decisions import decisions
from credit_scoring.serving.routes.explain import explain
from credit_scoring.serving.routes.health import health
from credit_scoring.serving.routes.model import model
from credit_scoring.serving.routes.monitoring import monitoring
from credit_scoring.serving.routes.openapi import openapi
from credit_scoring.serving.routes.pages import PAGES
from credit_scoring.serving.routes.pages.sign_in import WRONG_KEY_RATE, WRONG_KEYS
from credit_scoring.serving.routes.predict import predict
from credit_scoring.serving.routes.what_if import what_if
from credit_scoring.serving.service import EXTENSION, Service
from credit_scoring.serving.shadow.shadow_scoring import SHADOW, ShadowScoring
from credit_scoring.settings import Settings
from credit_scoring.settings.platforms import HUGGING_FACE

DATABASE = "database"  # name of the engine in app.extensions


class App(Flask):
    """Flask without its check, at every call of every view and hook, for a coroutine function."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return `func`: no view and no hook of this app is a coroutine function."""
        return func


def _open_database(settings: Settings) -> Engine:
    workers, connections = settings.web_concurrency, settings.database_connections
    return open_database(
        settings.database_url,
        synchronous=settings.sqlite_synchronous,
        connection_limit=limit_per_worker(workers, connections),
    )


def create_app(settings: Settings, platform: str | None = None) -> Flask:
    """The Flask application that serves the deployed or the configured model on `platform`.

    BundleError or SourceError if no model can be served, StorageError if the database cannot be
    used.
    """
    log = structured_logging.configure(settings)
    engine = _open_database(settings)
    prepare_database(engine)
    app = App(__name__, static_folder=None, template_folder="pages/templates")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["MAX_NESTING"] = settings.max_nesting
    app.config["MAX_BATCH_BYTES"] = settings.max_batch_bytes
    app.config["MAX_BATCH_SIZE"] = settings.max_batch_size
    app.config["MAX_RAW_RECORDS"] = settings.max_raw_records
    app.config["APPLICANTS_PATH"] = settings.applicants_path
    app.config[LENDER] = Lender.of(settings)
    app.url_map.merge_slashes = False  # no redirect, which would quote the client's Host
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.add_template_filter(stacked)
    app.extensions[DATABASE] = engine
    deployer = Deployer.open(engine, settings)
    start = choose_model(deployer)
    app.extensions[EXTENSION] = Service.of(start.bundle, DecisionLog(engine))
    app.extensions[SWITCH] = ModelSwitch(app, deployer, start)
    app.extensions[SHADOW] = ShadowScoring(settings, engine) if settings.challenger else None
    app.extensions[KEY_CACHE] = keys = KeyCache(KeyStore(engine).all, settings.api_key)
    session_duration = timedelta(hours=settings.session_hours)
    app.extensions[SESSIONS] = SessionStore(engine, keys, session_duration)
    app.extensions[KEY_REQUIREMENT] = KeyRequirement(settings.keys, platform)
    app.extensions[LIMIT] = RateLimit(settings.rate_limit) if settings.rate_limit else None
    app.extensions[WRONG_KEYS] = RateLimit(WRONG_KEY_RATE)
    app.extensions[REFUSED] = RefusedRequests(engine)
    app.extensions[MONITORING] = Monitoring(app, settings, engine)
    app.config[ALWAYS_TLS] = platform == HUGGING_FACE
    app.config[EMBEDDED] = platform == HUGGING_FACE or bool(settings.frame_ancestors)
    csrf.register(app)
    connection.register(app)
    security_headers.register(app, settings)
    if settings.trusted_proxies:  # outermost: what is registered above sees the client's scheme
        trusted_proxies.register(app, settings.trusted_proxies)
    request_hooks.register(app, log)
    metrics.register(app, settings.metrics)
    compression.register(app)
    problems.register(app)
    static_files.register(app)
    for blueprint in (
        *PAGES, openapi, health, model, predict, batch, explain, what_if, applicants, decisions,
        monitoring, admin,
    ):  # fmt: skip
        app.register_blueprint(blueprint)
    return app
