"""Labels and sample weights: which of two classes is default, and how much each row counts."""
# ruff: noqa: PLR2004 - 2 is dimensions or classes

import reprlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.estimator.sklearn_exceptions import warn_of_column_vector
from credit_scoring.estimator.state import require, to_plain
from credit_scoring.estimator.type_aliases import Floats


def validated_labels(y: Any, rows: int) -> list[Any]:
    """Return the labels of `rows` rows as Python values, none missing."""
    require(y is not None, "fit requires y to be passed, but the target y is None")
    values = np.asarray(y)
    if values.shape == (rows, 1):
        warn_of_column_vector(stacklevel=4)
        values = values[:, 0]
    expected = f"expected ({rows},), a label per row"
    require(values.shape == (rows,), f"y has the shape {values.shape}: {expected}")
    labels = [label.item() if isinstance(label, np.generic) else label for label in values.tolist()]
    missing = {str(label) for label in set(labels)} & {"nan", "None", "<NA>", "NaT"}
    shown = ", ".join(missing)
    require(not missing, f"y has missing labels ({shown}): expected a label for every row")
    return labels


def two_classes(labels: list[Any], default_class: Any = None) -> list[Any]:
    """Return the two classes, default second.

    `default_class` may be None if the classes are 0 and 1, or False and True: then the larger is
    default. Any other pair of labels does not say which one is default.
    """
    classes = _ascending_classes(labels)
    if default_class is None:
        require(
            classes == [0, 1],
            f"y has the classes {classes[0]!r} and {classes[1]!r}: say which one means default, "
            f"default_class={classes[0]!r} or default_class={classes[1]!r}",
        )
        return classes
    chosen = to_plain(default_class)
    require(
        chosen in classes,
        f"default_class is {chosen!r}: expected {classes[0]!r} or {classes[1]!r}, a class of y",
    )
    return sorted(classes, key=lambda label: label == chosen)


def _ascending_classes(labels: list[Any]) -> list[Any]:
    classes = sorted(set(labels), key=lambda label: (isinstance(label, str), label))
    shown = reprlib.repr(classes)
    expected = f"y has {len(classes)} classes, {shown}: expected exactly two"
    is_continuous = any(isinstance(label, float) and not label.is_integer() for label in classes)
    if len(classes) > 2 and is_continuous:
        raise ValueError(f"Unknown label type: continuous. {expected}")
    if len(classes) > 2:
        raise ValueError(f"Only binary classification is supported. {expected}")
    require(len(classes) == 2, expected)
    return list(to_plain(np.array(classes)))


def validated_weights(sample_weight: Any, target: Floats) -> Floats | None:
    """Return the weight of each row (n,), None if all rows count once.

    ValueError unless they are finite, 0 or more, and both classes have a weight above 0.
    """
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    expected = f"expected {target.shape}, a weight per row"
    require(weight.shape == target.shape, f"sample_weight has the shape {weight.shape}: {expected}")
    is_valid = (weight >= 0) & np.isfinite(weight)
    shown = weight[~is_valid][:1]
    require(is_valid.all(), f"sample_weight has {shown}: expected finite weights of 0 or more")
    for label in (0, 1):
        total = weight[target == label].sum()
        require(total > 0, "sample_weight is zero in all rows of a class: expected one above 0")
    return weight


def validated_groups(groups: Any, target: Floats) -> NDArray[Any] | None:
    """Return the group of each row (n,), None if each row is its own.

    ValueError unless there is a group per row and each has rows of one class.
    """
    if groups is None:
        return None
    group = np.asarray(groups)
    expected = f"expected {target.shape}, a group per row"
    require(group.shape == target.shape, f"groups has the shape {group.shape}: {expected}")
    defaulted = np.unique(group[target == 1])
    require(
        not np.isin(defaulted, group[target == 0]).any(),
        "groups has a group with rows of both classes: expected copies, with one label",
    )
    return group


def first_rows(groups: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first row of each group, and the position of each row's group among these."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    return first, group


def rows_of_rarer_class(target: NDArray[Any]) -> int:
    """Return how many rows of a target of 0 and 1 the rarer class has."""
    return int(min(target.sum(), len(target) - target.sum()))
