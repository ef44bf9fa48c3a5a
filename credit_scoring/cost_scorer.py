"""scikit-learn's scorer of the business cost, for any classifier.

Use it as `scoring=` in cross_val_score, GridSearchCV or TunedThresholdClassifierCV.
"""

from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix, make_scorer
from sklearn.utils.multiclass import unique_labels

from credit_scoring.estimator.state import PARAMETER_RULES, require, require_rules
from credit_scoring.estimator.threshold import cost_per_applicant


def business_cost_scorer(
    *, false_negative_cost: float = 10.0, false_positive_cost: float = 1.0, pos_label: Any = 1
) -> Any:
    """Return a scorer: minus the cost per applicant, so that a greater score is better.

    `false_negative_cost` is the cost of accepting an applicant who defaults,
    `false_positive_cost` that of refusing one who repays; both are above 0, in one unit.
    `pos_label` is the label of a default. ValueError names the parameter or label at fault.

    >>> from sklearn.dummy import DummyClassifier
    >>> accept_all = DummyClassifier(strategy="constant", constant=0).fit([[0]] * 4, [0, 0, 0, 1])
    >>> float(business_cost_scorer(false_negative_cost=10)(accept_all, [[0]] * 4, [0, 0, 0, 1]))
    -2.5
    """
    costs = {"false_negative_cost": false_negative_cost, "false_positive_cost": false_positive_cost}
    require_rules(costs, {name: PARAMETER_RULES[name] for name in costs})
    return make_scorer(business_cost, greater_is_better=False, pos_label=pos_label, **costs)


def business_cost(
    y_true: Any,
    y_pred: Any,
    *,
    false_negative_cost: float = 10.0,
    false_positive_cost: float = 1.0,
    pos_label: Any = 1,
    sample_weight: Any = None,
) -> float:
    """Return the cost per applicant of the decisions `y_pred` (n,) on the outcomes `y_true` (n,).

    `sample_weight` (n,) weights the applicants. See `business_cost_scorer` for the others.
    """
    labels = unique_labels(y_true, y_pred).tolist()
    require(
        len([label for label in labels if label != pos_label]) <= 1,
        f"y has the labels {labels}: expected two, one of them pos_label={pos_label!r}",
    )
    defaulted, refused = (np.asarray(y) == pos_label for y in (y_true, y_pred))
    counts = confusion_matrix(defaulted, refused, labels=[False, True], sample_weight=sample_weight)
    (_, false_positives), (false_negatives, _) = counts
    return float(
        cost_per_applicant(
            false_negatives, false_positives, counts.sum(), false_negative_cost, false_positive_cost
        )
    )
