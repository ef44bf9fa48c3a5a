"""A Flask route that scores by a one-row DataFrame and `predict_proba`. `BUNDLE` is our model."""

import os
import sys
from pathlib import Path
from typing import Any

from flask import Flask, request

sys.path.insert(0, str(Path(__file__).parent))

from predict import DataFrameModel

from credit_scoring.bundle.read_bundle import read_bundle

app = Flask(__name__)
model = DataFrameModel(read_bundle(Path(os.environ["BUNDLE"])))


@app.get("/health")
def health() -> dict[str, Any]:
    """The features of a request that the model can score."""
    return {"features": model.request}


@app.post("/predict")
def predict() -> dict[str, Any]:
    probability = model.probability_of(request.get_json()["features"])
    return {"probability": probability, "score": int(probability >= 1 / 11), "threshold": 1 / 11}
