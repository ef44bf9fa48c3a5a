"""Features whose values drift: the PSI between the earlier and the later half of the applicants.

No outcome is used, so a choice by it does not make a figure optimistic.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.errors import FeatureError
from credit_scoring.monitoring.drift.bin_counts import BinLayout
from credit_scoring.monitoring.drift.psi import population_stability_index
from credit_scoring.monitoring.drift.psi_by_chance import chance_of_psi
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.feature_selection import to_matrix

TENTHS = np.arange(1, 10) / 10  # a number's bins are the tenths of the earlier half


def without_drifting(
    task: LearningTask, dates: pl.Series, limit: float
) -> tuple[LearningTask, dict[str, float]]:
    """The task without the features above `limit`, and their PSI, the largest first.

    FeatureError if all applications are of one time, or no feature is left.
    """
    drift = feature_drift(task.features, dates)
    drifting = {name: psi for name, psi in drift.items() if psi > limit}
    kept = [name for name in drift if name not in drifting]
    if not kept:
        raise FeatureError(f"every feature has a PSI above {limit:g}: raise --max-drift")
    ordered = sorted(drifting.items(), key=lambda pair: -pair[1])
    return task.with_features(kept), dict(ordered)


def feature_drift(features: pl.DataFrame, dates: pl.Series) -> dict[str, float]:
    """The PSI of each feature between the two halves, less what chance alone gives."""
    is_later = later_half(dates)
    samples = [_counts(column, is_later) for column in features.iter_columns()]
    before, now = (
        dict(zip(features.columns, part, strict=True)) for part in zip(*samples, strict=True)
    )
    layout = BinLayout.of(before)
    flat = layout.flat(before), layout.flat(now)
    psi = population_stability_index(layout, *flat) - chance_of_psi(layout, *flat)[0]
    return dict(zip(layout.names, psi.tolist(), strict=True))


def later_half(dates: pl.Series) -> NDArray[np.bool_]:
    """Whether each applicant belongs to the later half; the applicants of a day stay together."""
    days = dates.cast(pl.Int32).to_numpy()
    distinct = np.unique(days)[1:]  # each may be the first day of the later half
    if not len(distinct):
        raise FeatureError(
            f"all loans were applied for on {dates[0]}: --max-drift needs different times"
        )
    distances = [abs(float((days >= day).mean()) - 0.5) for day in distinct]
    return np.asarray(days >= distinct[int(np.argmin(distances))])


def _counts(column: pl.Series, is_later: NDArray[np.bool_]) -> tuple[NDArray[np.int64], ...]:
    """The applicants per bin in each half; the last bin counts the missing values."""
    values = to_matrix(column.to_frame())[:, 0]
    earlier = values[~is_later & ~np.isnan(values)]
    if column.dtype == pl.Enum:
        edges = np.unique(values[~np.isnan(values)])[1:]  # a bin per level
    else:
        edges = np.unique(np.quantile(earlier, TENTHS)) if len(earlier) else earlier
    missing = len(edges) + 1
    bins = np.where(np.isnan(values), missing, np.searchsorted(edges, values, side="right"))
    parts = (bins[~is_later], bins[is_later])
    return tuple(np.bincount(part, minlength=missing + 1).astype(np.int64) for part in parts)
