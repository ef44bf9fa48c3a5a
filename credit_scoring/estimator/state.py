"""The estimator's saved state: built-in types only, one rule per key.

A rule is a test of the value and the text that an error shows as expected.
"""

import math
import reprlib
import sys
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np

Rules: TypeAlias = dict[str, tuple[Callable[[Any], bool], str]]

THRESHOLD_RULES = ("expected_cost", "empirical")
COST_NAMES = (  # per applicant, out of fold: see threshold_choice.choose_threshold
    "cost_at_theoretical",
    "cost_at_empirical",
    "saving_optimism",
    "saving_standard_error",
)
MAX_BOOSTERS = 100
MAX_NESTING = 16  # of the saved state; ours has 5 levels
PLAIN_TYPES = "dict, list, str, int, float, bool and None"
MAX_THRESHOLD = math.nextafter(1.0, 2.0)  # accepts everyone, even at a probability of 1
FORMAT = 2  # of the saved state: increase it when the keys or their meaning change
# What a state of format 1, which had one booster and the cheapest cut, leaves unsaid.
FORMAT_1_PARAMS: dict[str, Any] = {"threshold": "empirical", "n_boosters": 1}
# Parameters that a state has only if they differ from these values.
ADDED_PARAMS: dict[str, Any] = {"default_class": None, "n_jobs": None}
FORMAT_1_LEARNED: dict[str, Any] = {"out_of_fold_cost": None}


def require(condition: Any, message: str) -> None:
    """Raise ValueError with `message` if the condition is false."""
    if not condition:
        raise ValueError(message)


def require_rules(values: Any, rules: Rules) -> None:
    """Raise ValueError unless `values` is a dict with exactly the keys of `rules`, all valid."""
    same_keys = type(values) is dict and values.keys() == rules.keys()
    require(same_keys, f"expected the keys {', '.join(rules)}")
    for name, (is_valid, expected) in rules.items():
        value = values[name]
        require(is_valid(value), f"{name} is {reprlib.repr(value)}: expected {expected}")


def to_plain(value: Any) -> Any:
    """Return `value` in built-in types, text interned: pickle writes one string object once."""
    value = value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value
    if isinstance(value, dict):
        return {to_plain(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if value is None or type(value) in {bool, int, float}:
        return value
    if isinstance(value, str):
        return sys.intern(str(value))
    shown = reprlib.repr(value)
    raise TypeError(f"{shown} cannot be saved: expected number, text, list or dictionary")


def require_plain(state: Any) -> None:
    """Raise ValueError unless `state` is a tree of built-in types, at most `MAX_NESTING` levels.

    A subclass may carry code. In a tree every list and dictionary has one place: with shared ones,
    a few hundred bytes of pickle hold more paths than can ever be visited.
    """
    containers: set[int] = set()
    level = [state]
    for _ in range(MAX_NESTING):
        items: list[Any] = []
        for value in level:
            if type(value) in {dict, list}:
                require(id(value) not in containers, "a list or dictionary is in two places")
                containers.add(id(value))
            items += _plain_items(value)
        if not items:
            return
        level = items
    raise ValueError(f"the state has more than {MAX_NESTING} levels")


def _plain_items(value: Any) -> list[Any]:
    """Return the items of a list or dictionary, none of a scalar; ValueError for other types."""
    if type(value) is dict:
        require(all(type(key) is str for key in value), "a dictionary has other keys than text")
        return list(value.values())
    if type(value) is list:
        return value
    is_scalar = value is None or type(value) in {bool, int, float, str}
    require(is_scalar, f"the state has a {type(value).__name__}: expected {PLAIN_TYPES} alone")
    return []


def _is_cost(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 < float(value) < math.inf


def _is_integer(value: Any, minimum: int) -> bool:
    is_integer = isinstance(value, Integral) and not isinstance(value, bool)
    return is_integer and minimum <= int(value) < 2**31


def _are_distinct_texts(value: Any) -> bool:
    is_text_list = type(value) is list and all(type(item) is str for item in value)
    return is_text_list and len(set(value)) == len(value)


def _is_pair(value: Any, *types: type) -> bool:
    """Return whether `value` is a list of two items of one of the `types`, numbers finite."""
    if type(value) is not list or [type(item) for item in value] not in [[t, t] for t in types]:
        return False
    return all(type(item) is str or math.isfinite(item) for item in value)


def _are_numbers(value: Any, names: tuple[str, ...]) -> bool:
    """Return whether `value` is a dictionary of finite floats with these keys."""
    if type(value) is not dict or value.keys() != set(names):
        return False
    return all(type(item) is float and math.isfinite(item) for item in value.values())


# fmt: off
PARAMETER_RULES: Rules = {
    "false_negative_cost": (_is_cost, "a number above 0"),
    "false_positive_cost": (_is_cost, "a number above 0"),
    "calibrate": (lambda v: isinstance(v, (bool, np.bool_)), "True or False"),
    "threshold": (
        lambda v: v is None or (isinstance(v, str) and v in THRESHOLD_RULES),
        f"None or one of {', '.join(THRESHOLD_RULES)}",
    ),
    "n_boosters": (
        lambda v: _is_integer(v, 1) and v <= MAX_BOOSTERS,
        f"a whole number from 1 to {MAX_BOOSTERS}",
    ),
    "n_splits": (lambda v: _is_integer(v, 2), "a whole number from 2"),
    "random_state": (lambda v: _is_integer(v, 0), "a whole number from 0 to 2147483647"),
    "params": (
        lambda v: v is None or isinstance(v, dict), "None or a dictionary of LightGBM parameters"
    ),
    "default_class": (
        lambda v: v is None or isinstance(v, (bool, int, float, str, np.generic)),
        "None or a label of y",
    ),
    "n_jobs": (
        lambda v: v is None or (_is_integer(v, -(2**31)) and v != 0),
        "None or a whole number other than 0",
    ),
}
LEARNED_RULES: Rules = {
    "model": (lambda v: type(v) is str, "a LightGBM model as text"),
    "names": (_are_distinct_texts, "distinct column names"),
    "categories": (
        lambda v: type(v) is dict and all(map(_are_distinct_texts, v.values())),
        "levels by column name",
    ),
    "classes": (
        lambda v: _is_pair(v, bool, int, float, str) and v[0] != v[1],
        "two labels, default second",
    ),
    "threshold": (lambda v: type(v) is float and 0 <= v <= MAX_THRESHOLD, "a number from 0 to 1"),
    "empirical_threshold": (
        lambda v: type(v) is float and 0 <= v <= MAX_THRESHOLD, "a number from 0 to 1"
    ),
    "threshold_interval": (
        lambda v: _is_pair(v, float) and 0 <= v[0] <= v[1] <= MAX_THRESHOLD,
        "two numbers from 0 to 1 in ascending order",
    ),
    "out_of_fold_cost": (
        lambda v: v is None or _are_numbers(v, COST_NAMES),
        f"None or numbers by the names {', '.join(COST_NAMES)}",
    ),
    "calibration": (
        lambda v: _is_pair(v, float) and v[0] > 0, "a slope above 0 and an intercept"
    ),
    "best_iteration": (lambda v: _is_integer(v, 1), "a whole number from 1"),
}
STATE_RULES: Rules = {
    "format": (
        lambda v: type(v) is int and v == FORMAT,
        f"{FORMAT}; retrain, or load it with the version that wrote it",
    ),
    "params": (
        lambda v: type(v) is dict and v.keys() == PARAMETER_RULES.keys(),
        "the constructor's parameters",
    ),
    "fitted": (lambda v: v is None or type(v) is dict, "None or what fit learned"),
}
# fmt: on


def validate_state(state: Any) -> dict[str, Any]:
    """Return a state that CustomThresholdLGBM saved, in today's format.

    ValueError names what is wrong. The text of the trees is only checked to be text.
    """
    require_plain(state)
    today = _with_added_params(_from_format_1(state))
    require_rules(today, STATE_RULES)
    if today["fitted"] is not None:
        require_rules(today["params"], PARAMETER_RULES)
        require_rules(today["fitted"], LEARNED_RULES)
    return dict(today)


def saved_params(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters as a state has them."""
    return {
        name: value
        for name, value in params.items()
        if name not in ADDED_PARAMS or value is not ADDED_PARAMS[name]
    }


def _with_added_params(state: Any) -> Any:
    if type(state) is not dict or type(state.get("params")) is not dict:
        return state
    return {**state, "params": {**ADDED_PARAMS, **state["params"]}}


def _from_format_1(state: Any) -> Any:
    """Return a state of format 1 in today's format; anything else unchanged."""
    is_format_1 = type(state) is dict and type(state.get("format")) is int and state["format"] == 1
    if not is_format_1:
        return state
    today = {**state, "format": FORMAT}
    if type(state.get("params")) is dict:
        today["params"] = {**FORMAT_1_PARAMS, **state["params"]}
    if type(state.get("fitted")) is dict:
        cheapest = {"empirical_threshold": state["fitted"].get("threshold")}
        today["fitted"] = {**FORMAT_1_LEARNED, **cheapest, **state["fitted"]}
    return today
