"""The golden rows of a bundle: applicants with the probabilities that the model must reproduce.

No row is a real applicant, so the manifest can be published: each value is the median, or the most
frequent level, of a tenth of the applicants by risk. The page Decide offers them as examples.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from credit_scoring.bundle.manifest import CLOSE_ROW, GoldenRow
from credit_scoring.contracts.column_check import bounds
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.training.cross_validation import LearningTask, Predictions
from credit_scoring.training.folds import Rows

RISK_GROUPS = 10  # a golden row is typical of a tenth of the applicants
CLOSE_CANDIDATES = 300  # tenths of the applicants, from low to high risk, of which one is close
CLOSE_SHARE = 0.1  # of the threshold: the largest distance of the row close to it


def build_golden_rows(
    task: LearningTask, out_of_fold: Predictions, scorer: Scorer
) -> tuple[GoldenRow, ...]:
    """Return typical applicants of medium, low and high risk, and one close to the threshold.

    If no tenth of the applicants is close to the threshold, a mixture of two golden rows may be.
    The last row is left out if none is.
    """
    ascending = out_of_fold.rows[np.argsort(out_of_fold.probability, kind="stable")]
    golden_rows = [
        _typical_row(name, rows, task, scorer) for name, rows in _risk_groups(ascending).items()
    ]
    threshold = scorer.score(golden_rows[0]["features"]).threshold
    tenths = (_typical_row(CLOSE_ROW, rows, task, scorer) for rows in _close_candidates(ascending))
    close = close_row(tenths, threshold) or close_row(mixed_rows(golden_rows, scorer), threshold)
    return (*golden_rows, *([close] if close else ()))


def close_row(rows: Iterable[GoldenRow], threshold: float) -> GoldenRow | None:
    """Return the row closest to the threshold, or None if it is farther than CLOSE_SHARE."""

    def distance(row: GoldenRow) -> float:
        return abs(row["probability"] - threshold)

    closest = min(rows, key=distance)
    return closest if distance(closest) <= CLOSE_SHARE * threshold else None


def mixed_rows(golden_rows: Iterable[GoldenRow], scorer: Scorer) -> Iterator[GoldenRow]:
    """Yield mixtures of golden rows with neighbouring risks: the first values from the riskier."""
    for lower, higher in pairwise(sorted(golden_rows, key=lambda row: row["probability"])):
        features = dict(lower["features"])
        for name, value in higher["features"].items():
            features[name] = value
            probability = scorer.score(features).probability
            yield {"name": CLOSE_ROW, "features": dict(features), "probability": probability}


def _typical_row(name: str, rows: Rows, task: LearningTask, scorer: Scorer) -> GoldenRow:
    features = typical_values(task.features[rows], [f.feature for f in scorer.requested_features])
    return {"name": name, "features": features, "probability": scorer.score(features).probability}


def _group_size(rows: Rows) -> int:
    return max(len(rows) // RISK_GROUPS, 1)


def _risk_groups(ascending: Rows) -> dict[str, Rows]:
    size = _group_size(ascending)
    middle = (len(ascending) - size) // 2
    return {
        "typical": ascending[middle : middle + size],
        "low risk": ascending[:size],
        "high risk": ascending[-size:],
    }


def _close_candidates(ascending: Rows) -> Iterator[Rows]:
    size = _group_size(ascending)
    for start in np.linspace(0, len(ascending) - size, CLOSE_CANDIDATES).astype(int):
        yield ascending[start : start + size]


def typical_values(
    table: pl.DataFrame, features: Sequence[Feature]
) -> dict[str, float | int | str | None]:
    """Return each feature's median or most frequent level; None if at least half are missing."""
    return {feature.name: _typical_value(table[feature.name], feature) for feature in features}


def _typical_value(column: pl.Series, feature: Feature) -> float | int | str | None:
    known = column.drop_nulls()
    if 2 * len(known) <= len(column):
        return None
    if feature.levels:
        return str(known.cast(pl.String).mode().sort()[0])
    median = known.sort()[len(known) // 2]
    if feature.whole:
        return int(median)
    low, high = bounds(feature)
    # 0.1 instead of 0.10000000149011612; rounding to 32 bits may have passed a bound
    return min(max(float(str(np.float32(median))), low), high)
