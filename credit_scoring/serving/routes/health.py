"""Whether the app lives and whether it can decide: what a platform asks again and again."""

from typing import Any

from flask import Blueprint

from credit_scoring.serving.middleware.authentication import public
from credit_scoring.serving.service import service

health = Blueprint("health", __name__)


@health.get("/health")
@public
def status() -> dict[str, Any]:
    """That the app runs, and with which model."""
    return {"status": "ok", "model_version": service().scorer.version}


@health.get("/health/live")
@public
def live() -> dict[str, Any]:
    """That this process answers. It asks nothing of the database: restarting the app would not mend that."""
    return {"status": "ok"}


@health.get("/health/ready")
@public
def ready() -> dict[str, Any]:
    """That a request can be decided on now: the model is loaded and the log is reached; else 503 tells what is down."""
    service().log.check()
    return {"status": "ok", "model_version": service().scorer.version, "decision_log": "ok"}
