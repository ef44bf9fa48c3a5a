"""Loud words where a feature knows what happened after the decision."""

import numpy as np

from credit_scoring.flat_table.infer_schema import LEAK_AUC
from credit_scoring.flat_table.leakage import auc_alone
from credit_scoring.training.cross_validation import LearningTask

MOST_ROWS = 20_000  # enough to tell: the AUC's standard error is then below 0.01 at 5 % defaults


def warn_about_leakage(problem: LearningTask, names: list[str]) -> list[str]:
    """A warning for each feature of the model that ranks the outcome by itself as nothing known in advance could."""
    step = -(-len(problem.target) // MOST_ROWS)
    rows = np.arange(0, len(problem.target), step)
    outcome = problem.target[rows]
    alone = {name: auc_alone(problem.features[name][rows], outcome) for name in names}
    return [
        f"Warning: {name} ranks the outcome by itself (AUC {auc:.3f}): it was probably written after the outcome. No "
        "figure here can be believed; train without it."
        for name, auc in alone.items()
        if auc >= LEAK_AUC
    ]
