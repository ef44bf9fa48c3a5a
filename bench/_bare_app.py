"""A bare Flask route that parses the request's JSON and answers three numbers, without any work."""

from typing import Any

from flask import Flask, request

app = Flask(__name__)


@app.get("/health")
def health() -> dict[str, Any]:
    return {}


@app.post("/predict")
def predict() -> dict[str, Any]:
    features = request.get_json()["features"]
    return {"probability": 0.04, "score": 0, "threshold": len(features) / 1000}
