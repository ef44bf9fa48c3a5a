"""Time of one decision: ours, and scikit-learn's interface on a DataFrame.

The peer is LightGBM's `LGBMClassifier` with as many trees, leaves and features as our model. Its
`predict_proba` is called on a one-row pandas DataFrame made from the same parsed request, with one
thread, as ours: with more it is slower still. Every time is the best of several rounds.

    python bench/predict.py [--quick] [--bundle FOLDER]

The last line is one JSON object; `speedup` is the DataFrame's time over ours.
"""

# ruff: noqa: E402 - the path and the number of threads come before the imports they are for

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from timeit import timeit
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import lightgbm as lgb
import numpy as np
import pandas as pd
from _options import parse_options

from credit_scoring.bundle.read_bundle import Bundle, read_bundle
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.scoring.validation.feature_schema import RequestSchema

Function = Callable[[], object]
FIGURES = {  # of the last line, by the label in the table
    "ours_us": "ours: request to decision",
    "usual_us": "DataFrame: request to predict_proba",
    "ready_frame_us": "DataFrame: predict_proba alone",
    "explain_us": "explained: request to contributions",
    "reasons_us": "explained: request to a refusal's reasons",
}


def best_times(functions: Mapping[str, Function], *, rounds: int) -> dict[str, float]:
    """Microseconds per call of each function: the best mean over rounds, taken in turn.

    A round lasts some ten milliseconds.
    """
    calls = {name: max(3, int(0.03 / timeit(call, number=3))) for name, call in functions.items()}
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(timeit(function, number=calls[name]) / calls[name])
    return {name: 1e6 * min(means) for name, means in times.items()}


class DataFrameModel:
    """An LGBMClassifier as large as our model, fitted on random data, and one of its requests."""

    def __init__(self, bundle: Bundle) -> None:
        model = bundle.model
        levels = model.categories_.items()
        self.categories = {name: pd.CategoricalDtype(list(values)) for name, values in levels}
        names = [str(name) for name in model.feature_names_in_]
        frame, target = _random_data(names, self.categories)
        trees = model.booster_.dump_model()["tree_info"]
        self.model = lgb.LGBMClassifier(
            n_estimators=len(trees),
            num_leaves=max(tree["num_leaves"] for tree in trees),
            min_child_samples=5,
            n_jobs=1,
            verbosity=-1,
        ).fit(frame, target)
        self.frame = frame.iloc[[0]].copy()
        values = self.frame.iloc[0].items()
        self.request = {str(name): None if pd.isna(value) else value for name, value in values}

    def probability_of(self, request: Mapping[str, float | str | None]) -> float:
        """The probability of default, given the values of one request."""
        frame = pd.DataFrame([request]).astype(self.categories)
        return _default_probability(self.model.predict_proba(frame))

    def probability_of_frame(self) -> float:
        """`predict_proba` on a DataFrame that exists already."""
        return _default_probability(self.model.predict_proba(self.frame))

    def contributions_of_frame(self) -> object:
        """TreeSHAP on a DataFrame that exists already."""
        return self.model.predict_proba(self.frame, pred_contrib=True)


def _default_probability(probabilities: Any) -> float:
    return float(probabilities[0, 1])


def _random_data(
    names: list[str], categories: Mapping[str, pd.CategoricalDtype]
) -> tuple[pd.DataFrame, Any]:
    rng = np.random.default_rng(0)
    rows = 4000
    values: np.ndarray[Any, Any] = np.asarray(rng.standard_normal((rows, len(names))))
    frame = pd.DataFrame(values, columns=names)
    for name, dtype in categories.items():
        frame[name] = pd.Categorical(rng.choice(dtype.categories, rows), dtype=dtype)
    target = values[:, :20].sum(axis=1) + rng.standard_normal(rows) > 5
    return frame, target.astype(int)


def functions(bundle: Bundle) -> dict[str, Function]:
    """What is timed, by its label in the table."""
    scorer = Scorer(bundle)
    schema = RequestSchema(bundle.manifest.features)
    explainer = Explainer(bundle, scorer)
    requests = [golden["features"] for golden in bundle.manifest.golden_rows]
    request = requests[0]
    row = scorer.row(request)
    refused = max(requests, key=lambda features: scorer.score(features).score)
    refusal = scorer.score(refused)
    dataframe = DataFrameModel(bundle)
    return {
        "ours: request to decision": lambda: scorer.score(request),
        "  its row with the ratios": lambda: scorer.row(request),
        "  its trees and calibration": lambda: bundle.model.row_probability(row),
        "ours with serving's validation": lambda: scorer.score(schema.validate(request)),
        "explained: request to contributions": lambda: explainer.explain(request),
        "  its TreeSHAP": lambda: bundle.model.row_explain(row),
        "explained: request to a refusal's reasons": lambda: explainer.principal_reasons(
            refused, refusal
        ),
        "DataFrame: request to predict_proba": lambda: dataframe.probability_of(dataframe.request),
        "DataFrame: predict_proba alone": dataframe.probability_of_frame,
        "DataFrame: pred_contrib alone": dataframe.contributions_of_frame,
    }


def main() -> None:
    options = parse_options(__doc__ or "", "a second or two instead of ten")
    bundle = read_bundle(options.bundle)
    times = best_times(functions(bundle), rounds=20 if options.quick else 100)
    size = {"trees": bundle.model.booster_.num_trees(), "features": bundle.model.n_features_in_}
    versions = f"LightGBM {lgb.__version__}, pandas {pd.__version__}"
    print(f"{options.bundle}: {size['trees']} trees, {size['features']} features; {versions}\n")
    figures = {name: times[label] for name, label in FIGURES.items()}
    ours = figures["ours_us"]
    for label, microseconds in times.items():
        print(f"{label:<46} {microseconds:>10,.1f} µs {microseconds / ours:>8.1f} ×")
    rounded = {name: round(value, 2) for name, value in figures.items()}
    speedups = {
        "speedup": round(figures["usual_us"] / ours, 1),
        "speedup_over_ready_frame": round(figures["ready_frame_us"] / ours, 1),
    }
    print(json.dumps({**rounded, **speedups, **size}))


if __name__ == "__main__":
    main()
