"""What `fit` learns from a table: trees, calibration and threshold."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from credit_scoring.estimator import calibration, encoding
from credit_scoring.estimator.boosting import deal_folds, with_threads
from credit_scoring.estimator.ensemble import (
    EncodedRows,
    column_positions,
    ensemble_params,
    fit_ensemble,
)
from credit_scoring.estimator.labels import (
    two_classes,
    validated_groups,
    validated_labels,
    validated_weights,
)
from credit_scoring.estimator.state import PARAMETER_RULES, require_rules
from credit_scoring.estimator.threshold_choice import choose_threshold, threshold_rule
from credit_scoring.estimator.type_aliases import Floats, Progress


def learn(
    parameters: Mapping[str, Any],
    X: Any,
    y: Any,
    columns: Sequence[Sequence[str]] | None,
    progress: Progress,
    sample_weight: Any = None,
    groups: Any = None,
) -> tuple[dict[str, Any], Floats]:
    """Return the learned values and the calibrated out-of-fold probabilities (n,).

    ValueError or TypeError names the parameter, column or label at fault.
    """
    require_rules(dict(parameters), PARAMETER_RULES)
    seed, n_boosters = int(parameters["random_state"]), int(parameters["n_boosters"])
    boosting = with_threads(parameters["params"], parameters["n_jobs"])
    ensemble_params(boosting, seed, n_boosters, 0, 1)  # an invalid one comes first
    table, names = encoding.as_table(X)
    labels = validated_labels(y, len(table))
    classes = two_classes(labels, parameters["default_class"])
    target = np.array([label == classes[1] for label in labels], dtype=np.float64)
    weight = validated_weights(sample_weight, target)
    fold = deal_folds(target, parameters["n_splits"], seed, validated_groups(groups, target))
    categories = encoding.category_levels(table, names)
    matrix = encoding.encode_table(table, names, categories)
    rows = EncodedRows(matrix, target, fold, [names.index(name) for name in categories], weight)
    params = ensemble_params(boosting, seed, n_boosters, *matrix.shape)
    trees = fit_ensemble(rows, params, column_positions(columns, names, n_boosters), progress)
    decision, probability = _calibrate(parameters, trees.raw_score, target, weight)
    learned = {"model": trees.model, "names": names, "categories": categories, "classes": classes}
    return {**learned, "best_iteration": trees.trees, **decision}, probability


def _calibrate(
    parameters: Mapping[str, Any], raw_score: Floats, target: Floats, weight: Floats | None
) -> tuple[dict[str, Any], Floats]:
    """Return calibration and threshold of the out-of-fold raw scores, and the probabilities."""
    line = calibration.IDENTITY
    if parameters["calibrate"]:
        line = calibration.fit_platt(raw_score, target, weight)
    probability = calibration.calibrated(raw_score, line)
    costs = float(parameters["false_negative_cost"]), float(parameters["false_positive_cost"])
    seed = int(parameters["random_state"])
    choice = choose_threshold(target, probability, costs, threshold_rule(parameters), seed, weight)
    return {"calibration": line, **choice}, probability
