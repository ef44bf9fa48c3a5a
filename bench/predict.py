"""How long the decision on one applicant takes: ours, and the usual way.

The usual way is scikit-learn's interface on a data frame: LightGBM's `LGBMClassifier` with as many trees, leaves and
features as our model, whose `predict_proba` is given a one-row pandas DataFrame made from the same parsed request.
It is held to one thread as we are: with more it is slower still. Every time is the best of several rounds.

    python bench/predict.py [--quick] [--bundle FOLDER]

The last line is one JSON object; `speedup` is the usual way's time over ours.
"""

# ruff: noqa: E402 - the path and the number of threads come before the imports they are for

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import lightgbm as lgb
import numpy as np
import pandas as pd

from credit_scoring.bundle.read_bundle import Bundle, read_bundle
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.serving.requests.feature_schema import RequestSchema

BUNDLES = ("models/latest", "models/local")


def best(works, *, rounds):
    """Microseconds of one call of each work: the best mean over rounds of some ten milliseconds, taken in turn."""
    calls = {name: max(3, int(0.01 / _round(work, 3))) for name, work in works.items()}
    times = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(_round(work, calls[name]))
    return {name: 1e6 * min(found) for name, found in times.items()}


def _round(work, calls):
    """Seconds of one call, over so many."""
    begun = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - begun) / calls


class UsualWay:
    """An LGBMClassifier of the size of our model, and the frame it wants."""

    def __init__(self, bundle: Bundle) -> None:
        names = [str(name) for name in bundle.model.feature_names_in_]
        self.levels = {
            name: pd.CategoricalDtype(levels) for name, levels in bundle.model.categories_.items()
        }
        rng, rows = np.random.default_rng(0), 4000
        values = rng.standard_normal((rows, len(names)))
        frame = pd.DataFrame(values, columns=names)
        for name, kind in self.levels.items():
            frame[name] = pd.Categorical(rng.choice(kind.categories, rows), dtype=kind)
        target = (values[:, :20].sum(axis=1) + rng.standard_normal(rows) > 5).astype(int)
        booster = bundle.model.booster_
        leaves = max(tree["num_leaves"] for tree in booster.dump_model()["tree_info"])
        self.model = lgb.LGBMClassifier(
            n_estimators=booster.num_trees(),
            num_leaves=leaves,
            min_child_samples=5,
            n_jobs=1,
            verbosity=-1,
        ).fit(frame, target)
        self.ready = frame.iloc[[0]].copy()
        self.request = {
            name: None if pd.isna(value) else value for name, value in self.ready.iloc[0].items()
        }

    def probability_of(self, request: dict[str, float | str | None]) -> float:
        """From the values of one request to its probability."""
        frame = pd.DataFrame([request]).astype(self.levels)
        return float(self.model.predict_proba(frame)[0, 1])

    def probability_of_a_ready_frame(self) -> float:
        """`predict_proba` alone."""
        return float(self.model.predict_proba(self.ready)[0, 1])

    def contributions_of_a_ready_frame(self) -> np.ndarray:
        """TreeSHAP alone."""
        return self.model.predict_proba(self.ready, pred_contrib=True)


def measure(bundle: Bundle, rounds: int) -> dict[str, float]:
    """Microseconds by what is done."""
    scorer, schema, usual = (
        Scorer(bundle),
        RequestSchema(bundle.manifest.features),
        UsualWay(bundle),
    )
    request = bundle.manifest.golden_rows[0]["features"]
    row, explainer = scorer.row(request), Explainer(bundle, scorer)
    refused = max(
        (golden["features"] for golden in bundle.manifest.golden_rows),
        key=lambda r: scorer.score(r).score,
    )
    decision = scorer.score(refused)
    works = {
        "ours: request to decision": lambda: scorer.score(request),
        "  of it the row with its ratios": lambda: scorer.row(request),
        "  of it the trees and the calibration": lambda: bundle.model.row_probability(row),
        "ours with serving's validation": lambda: scorer.score(schema.check(request)),
        "explained: request to contributions": lambda: explainer.explain(request),
        "  of it TreeSHAP": lambda: bundle.model.row_explain(row),
        "explained: request to a refusal's reasons": lambda: explainer.principal_reasons(
            refused, decision
        ),
        "usual: request to DataFrame to predict_proba": lambda: usual.probability_of(usual.request),
        "usual: predict_proba on a ready DataFrame": usual.probability_of_a_ready_frame,
        "usual: pred_contrib on a ready DataFrame": usual.contributions_of_a_ready_frame,
    }
    return best(works, rounds=rounds)


def chosen(folder: Path | None) -> Path:
    """The bundle asked for, else the first there is."""
    folders = [folder] if folder else [ROOT / name for name in BUNDLES]
    return next((path for path in folders if (path / "model.json").is_file()), folders[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a second or two instead of ten")
    parser.add_argument("--bundle", type=Path, help=f"default: {' or '.join(BUNDLES)}")
    options = parser.parse_args()
    folder = chosen(options.bundle)
    bundle = read_bundle(folder)
    found = measure(bundle, rounds=20 if options.quick else 100)
    figures = {
        name: next(v for k, v in found.items() if k.startswith(start))
        for name, start in START.items()
    }
    ours, usual, ready = (figures[name] for name in ("ours_us", "usual_us", "ready_frame_us"))
    trees, features = bundle.model.booster_.num_trees(), bundle.model.n_features_in_
    print(
        f"{folder}: {trees} trees, {features} features; LightGBM {lgb.__version__}, pandas {pd.__version__}\n"
    )
    for name, value in found.items():
        print(f"{name:<46} {value:>10,.1f} µs {value / ours:>8.1f} ×")
    rounded = {name: round(value, 2) for name, value in figures.items()}
    speedups = {
        "speedup": round(usual / ours, 1),
        "speedup_over_ready_frame": round(ready / ours, 1),
    }
    print(json.dumps({**rounded, **speedups, "trees": trees, "features": features}))


START = {
    "ours_us": "ours: request", "usual_us": "usual: request", "ready_frame_us": "usual: predict_proba",
    "explain_us": "explained: request to contributions", "reasons_us": "explained: request to a refusal",
}  # fmt: skip

if __name__ == "__main__":
    main()
