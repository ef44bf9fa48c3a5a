"""Held-out applicants of a later time than the training applicants, and what the figures say.

Random folds mix the months, so their figures hold for applicants of the same time. The figures of
later applicants also contain what changed in between.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from math import hypot
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.errors import FeatureError, SettingError
from credit_scoring.estimator.labels import rows_of_rarer_class
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.tables.time_values import to_dates
from credit_scoring.training.folds import MIN_CLASS_ROWS, Rows, Target
from credit_scoring.training.metrics import Intervals

MONTH = re.compile(r"(\d{4})-?(\d{2})")
COMPARED = {
    "roc_auc": "an AUC",
    "cost_per_applicant": "a cost per applicant",
    "default_rate": "a default rate",
}


def last_training_day(text: str) -> date:
    """The day that `--holdout-after` names; a month is its last day. SettingError otherwise."""
    try:
        if month := MONTH.fullmatch(text):
            year, number = map(int, month.groups())
            return date(year, number, monthrange(year, number)[1])
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingError(
            f"--holdout-after is {text!r}: expected a day or a month, such as 2015-06-30 or 2015-06"
        ) from error


def application_dates(table: FeatureTable) -> pl.Series:
    """The date of each application (n,); FeatureError if the data do not say when it was."""
    if table.time is None:
        raise FeatureError(
            "the data do not say when a loan was applied for: add APPLICATION_MONTH to the "
            'application table, or set use = "time" for a column in the schema of a flat table'
        )
    return to_dates(table.time)


def rows_after(dates: pl.Series, last_day: date, target: Target) -> Rows:
    """The rows after the day; FeatureError if they or the others have too few of an outcome."""
    is_later = (dates > last_day).to_numpy()
    for words, chosen in (("after", target[is_later]), ("until", target[~is_later])):
        rarer = rows_of_rarer_class(chosen)
        if rarer < MIN_CLASS_ROWS:
            raise FeatureError(
                f"--holdout-after {last_day} leaves {rarer} rows of the rarer class {words} that "
                f"day: expected at least {MIN_CLASS_ROWS}; the loans were applied for from "
                "{first} to {last}".format(**period(dates))
            )
    return np.flatnonzero(is_later)


def period(dates: pl.Series) -> dict[str, str]:
    """The first and the last date, as model.json has them."""
    return {"first": str(dates.min()), "last": str(dates.max())}


def out_of_time_facts(
    dates: pl.Series, last_day: date, metrics: Mapping[str, Intervals]
) -> dict[str, Any]:
    """The two sets of applicants, and how the figures of the later one differ from the folds'."""
    is_later = dates > last_day
    sets = {"training": dates.filter(~is_later), "held_out": dates.filter(is_later)}
    return {
        "after": str(last_day),
        **{name: {"applicants": len(part), **period(part)} for name, part in sets.items()},
        "difference": {
            name: difference(metrics["held_out"][name], metrics["out_of_fold"][name])
            for name in COMPARED
        },
    }


def difference(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """The first estimate minus the second one, of other applicants, with its 95 % interval.

    Zou and Donner (2008), Construction of confidence limits about effect measures: a general
    approach: the interval follows from the intervals of the two.
    """
    value = first["value"] - second["value"]
    below = hypot(first["value"] - first["low"], second["high"] - second["value"])
    above = hypot(first["high"] - first["value"], second["value"] - second["low"])
    return {"value": value, "low": value - below, "high": value + above}


def out_of_time_in_words(facts: Mapping[str, Any], metrics: Mapping[str, Intervals]) -> list[str]:
    """What the figures of later applicants say next to those of random folds."""
    held_out, training = facts["held_out"], facts["training"]
    first = (
        f"Out of time: the {held_out['applicants']:,} applicants after {facts['after']} were held "
        f"out, and the figures out of fold are of random folds of the {training['applicants']:,} "
        "until then."
    )
    figures = [_difference_in_words(name, facts["difference"][name], metrics) for name in COMPARED]
    return [first, *figures, _conclusion(facts["difference"]["roc_auc"])]


def _difference_in_words(
    name: str, change: Mapping[str, float], metrics: Mapping[str, Intervals]
) -> str:
    later, folds = (metrics[part][name]["value"] for part in ("held_out", "out_of_fold"))
    verdict = "which may be chance" if change["low"] <= 0 <= change["high"] else "more than chance"
    return (
        f"The later applicants have {COMPARED[name]} of {later:.4f}, random folds {folds:.4f}: a "
        f"difference of {change['value']:+.4f} (95 % interval {change['low']:+.4f} to "
        f"{change['high']:+.4f}), {verdict}."
    )


def _conclusion(change: Mapping[str, float]) -> str:
    if change["high"] < 0:
        return (
            "Warning: the model ranks later applicants worse than those of random folds: expect "
            "the figures of the later ones in use, and see evaluate --by month."
        )
    return "Nothing shows that the model ranks later applicants worse than those of random folds."
