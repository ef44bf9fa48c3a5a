"""The model's JSON routes: what it is, what it asks, what it decides."""

from typing import Any

from flask import Blueprint, Response, request

from credit_scoring.serving.commit import committed
from credit_scoring.serving.middleware.authentication import asks
from credit_scoring.serving.requests.json_body import read_object
from credit_scoring.serving.requests.raw_records import applicant_of, inputs_of
from credit_scoring.serving.service import service

api = Blueprint("api", __name__)
LINKS = {
    "health": "/health",
    "live": "/health/live",
    "ready": "/health/ready",
    "model": "/model/info",
    "features": "/model/features",
    "predict": "/predict",
    "batch": "/predict/batch",
    "explain": "/predict/explain",
    "decisions": "/decisions",
    "openapi": "/openapi.json",
    "docs": "/docs",
}


@api.get("/model/info")
@asks("score")
def model_info() -> dict[str, Any]:
    """What the model is and how good it is."""
    return service().info()


@api.get("/model/features")
@asks("score")
def model_features() -> dict[str, Any]:
    """What a request must hold."""
    return service().features()


@api.post("/predict")
@asks("score")
def predict() -> Response:
    """The decision on one applicant, once it is in the log."""
    asked = read_object(request)
    return committed(
        asked, lambda: service().predict(inputs_of(asked), applicant_id=applicant_of(asked))
    )
