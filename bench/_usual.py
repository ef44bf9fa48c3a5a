"""The usual way behind Flask: the request to a one-row DataFrame to `predict_proba`. `BUNDLE` names our model."""

import os
import sys
from pathlib import Path

from flask import Flask, request

sys.path.insert(0, str(Path(__file__).parent))

from predict import UsualWay

from credit_scoring.bundle.read_bundle import read_bundle

app = Flask(__name__)
usual = UsualWay(read_bundle(Path(os.environ["BUNDLE"])))


@app.get("/health")
def health():
    """The features of a request that the model answers."""
    return {"features": usual.request}


@app.post("/predict")
def predict():
    probability = usual.probability_of(request.get_json()["features"])
    return {"probability": probability, "score": int(probability >= 1 / 11), "threshold": 1 / 11}
