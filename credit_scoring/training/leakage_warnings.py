"""Warnings about features that are suspiciously good predictors: probable target leakage."""

from collections.abc import Sequence

import numpy as np

from credit_scoring.flat_table.infer_schema import LEAK_AUC
from credit_scoring.flat_table.leakage import single_column_auc
from credit_scoring.training.cross_validation import LearningTask

MAX_ROWS = 20_000  # the standard error of the AUC is then below 0.01 at 5 % defaults


def warn_about_leakage(task: LearningTask, names: Sequence[str]) -> list[str]:
    """Return a warning per feature whose own AUC is higher than facts known in advance can give."""
    step = -(-len(task.target) // MAX_ROWS)
    rows = np.arange(0, len(task.target), step)
    outcome = task.target[rows]
    aucs = {name: single_column_auc(task.features[name][rows], outcome) for name in names}
    return [
        f"Warning: {name} alone predicts the outcome (AUC {auc:.3f}): it was probably recorded "
        "after the outcome. Do not trust these figures; train without it."
        for name, auc in aucs.items()
        if auc >= LEAK_AUC
    ]
