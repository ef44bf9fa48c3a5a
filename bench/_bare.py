"""A bare Flask route that parses the request's JSON and answers three numbers: the peer that does no work."""

from flask import Flask, request

app = Flask(__name__)


@app.get("/health")
def health():
    return {}


@app.post("/predict")
def predict():
    features = request.get_json()["features"]
    return {"probability": 0.04, "score": 0, "threshold": len(features) / 1000}
