"""The JSON routes."""

from typing import Any

from flask import Blueprint, request

from credit_scoring.serving.body import features_of, read_object
from credit_scoring.serving.service import service

api = Blueprint("api", __name__)
LINKS = {
    "health": "/health",
    "model": "/model/info",
    "features": "/model/features",
    "predict": "/predict",
}


@api.get("/health")
def health() -> dict[str, Any]:
    """Whether the app can decide, and with which model."""
    return {"status": "ok", "model_version": service().scorer.version}


@api.get("/model/info")
def model_info() -> dict[str, Any]:
    """What the model is and how good it is."""
    return service().info()


@api.get("/model/features")
def model_features() -> dict[str, Any]:
    """What a request must hold."""
    return service().features()


@api.post("/predict")
def predict() -> dict[str, Any]:
    """The decision on one applicant."""
    return service().decide(features_of(read_object(request))).as_dict()
