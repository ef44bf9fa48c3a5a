"""GET /health…: whether the app runs and can decide, for platforms and load balancers."""

from flask import Blueprint

from credit_scoring.serving.answers import Health, Live, Ready
from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.model_switch import model_switch
from credit_scoring.serving.service import service

health = Blueprint("health", __name__)


@health.get("/health")
@public
def status() -> Health:
    """The app runs, with this model."""
    return {"status": "ok", "model_version": service().scorer.version}


@health.get("/health/live")
@public
def live() -> Live:
    """The process answers. The database is not checked: a restart would not repair it."""
    return {"status": "ok"}


@health.get("/health/ready")
@public
def ready() -> Ready:
    """A model is loaded and a decision could be stored now. StorageError 503 if not.

    `model` is not "ok" if another model than the deployed one decides.
    """
    service().log.check()
    return {
        "status": "ok",
        "model_version": service().scorer.version,
        "decision_log": "ok",
        "model": model_switch().state,
    }
