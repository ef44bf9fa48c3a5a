"""How decisions fall by sex, age and marital status, and what leaving these attributes out of the model costs.

Sources: Regulation B, 12 CFR 1002; the four-fifths rule, 29 CFR 1607.4(D); Hardt, Price and Srebro (2016), Equality of
opportunity in supervised learning. The point values equal fairlearn's (a test compares them); every figure has a 95 %
bootstrap interval. Favourable is to be accepted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.laboratory.paired_bootstrap import (
    bootstrap_metrics,
    difference,
    figure,
    is_significant,
)
from credit_scoring.training.cross_validation import LearningTask, Predictions
from credit_scoring.training.metrics import REPLICATES, Floats, bootstrap_weights

SEX, BIRTH, MARITAL = "CODE_GENDER", "DAYS_BIRTH", "NAME_FAMILY_STATUS"
ATTRIBUTES = (SEX, BIRTH, MARITAL)
DAYS_A_YEAR = 365.25
BANDS = (25, 35, 45, 55, 62)  # years; Regulation B calls 62 and over elderly
FEW, FEW_DEFAULTS = 100, 20  # below, a group's figures say little
FOUR_FIFTHS = 0.8
RATES = {
    "selection_rate": "Accepted",
    "false_positive_rate": "Good refused (FPR)",
    "false_negative_rate": "Defaulters accepted (FNR)",
    "default_rate": "Defaulted",
    "predicted_rate": "Predicted",
    "calibration_ratio": "Defaulted / predicted",
}
ERRORS = {
    "false_positive": "good applicants are refused",
    "false_negative": "defaulters are accepted",
}
Figure = dict[str, Any]


@dataclass(frozen=True)
class Groups:
    """One attribute: the names of its groups, and the group (n,) of each applicant."""

    attribute: str
    names: list[str]
    codes: NDArray[np.intp]


def groups_of(features: pl.DataFrame) -> list[Groups]:
    """Sex, age band and marital status of every row; without a value is a group of its own."""
    days = features[BIRTH].cast(pl.Float64)
    bands = [f"under {BANDS[0]}", *(f"{low} to {high - 1}" for low, high in pairwise(BANDS)),
             f"{BANDS[-1]} and over"]  # fmt: skip
    age = (
        (-days / DAYS_A_YEAR)
        .cut([*map(float, BANDS)], labels=bands, left_closed=True)
        .cast(pl.String)
    )
    columns = {
        "sex": features[SEX].cast(pl.String),
        "age": age,
        "marital status": features[MARITAL].cast(pl.String),
    }
    return [
        _grouped(name, column, bands if name == "age" else []) for name, column in columns.items()
    ]


def _grouped(attribute: str, column: pl.Series, order: list[str]) -> Groups:
    found = column.fill_null("unknown")
    present = set(found.unique())
    names = [*(name for name in order if name in present), *sorted(present - set(order))]
    place = {name: i for i, name in enumerate(names)}
    return Groups(
        attribute,
        names,
        found.replace_strict(place, return_dtype=pl.Int64).to_numpy().astype(np.intp),
    )


def by_group(
    groups: Groups, target: NDArray[np.int8], judged: Predictions, seed: int
) -> dict[str, Any]:
    """Every group's rates and the differences between groups, each with its interval.

    `target` (n,) and `judged` are in the order of the groups' rows.
    """
    weights = islice(bootstrap_weights(target.astype(np.float64), seed), REPLICATES)
    drawn = [_rates(groups, target, judged, weight) for weight in (np.ones(len(target)), *weights)]
    rates = {name: np.array([one[name] for one in drawn]) for name in drawn[0]}
    sizes, bad = rates.pop("applicants")[0], rates.pop("defaults")[0]
    small = (sizes < FEW) | (bad < FEW_DEFAULTS) | (sizes - bad < FEW_DEFAULTS)
    return {
        "attribute": groups.attribute,
        "groups": [
            {
                "group": name,
                "applicants": int(sizes[i]),
                "defaults": int(bad[i]),
                "small": bool(small[i]),
            }
            | {key: _figure(values[:, i]) for key, values in rates.items()}
            for i, name in enumerate(groups.names)
        ],
        **_between(rates, groups.names),
        "without_small_groups": _between(
            {key: values[:, ~small] for key, values in rates.items()},
            [name for name, few in zip(groups.names, small, strict=True) if not few],
        ),
    }


def _rates(
    groups: Groups, target: NDArray[np.int8], judged: Predictions, weight: Floats
) -> dict[str, Floats]:
    """The rates (groups,) on the rows as often as `weight` says; NaN where a group has nobody to count."""
    default, refused, count = target == 1, judged.refused, len(groups.names)

    def total(of: NDArray[Any]) -> Floats:
        return np.bincount(groups.codes, weight * of, minlength=count)

    every, bad = total(np.ones(len(target))), total(default)
    good, alarms, missed = every - bad, total(refused & ~default), total(~refused & default)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "applicants": every,
            "defaults": bad,
            "selection_rate": total(~refused) / every,
            "false_positive_rate": alarms / good,
            "false_negative_rate": missed / bad,
            "default_rate": bad / every,
            "predicted_rate": total(judged.probability) / every,
            "calibration_ratio": bad / total(judged.probability),
        }


def _between(rates: Mapping[str, Floats], names: list[str]) -> dict[str, Figure | None]:
    """Between the groups most apart: the lowest acceptance rate over the highest, and the gaps in errors.

    The two groups are chosen on the rows and kept in every bootstrap sample: the widest gap of each sample would be
    above 0 even where all groups are alike.
    """
    gaps = {error: _apart(rates[f"{error}_rate"], names, np.subtract) for error in ERRORS}
    known = [{**gap, "error": error} for error, gap in gaps.items() if gap]
    return {
        "four_fifths_ratio": _apart(rates["selection_rate"], names, lambda high, low: low / high),
        **{f"{error}_gap": gap for error, gap in gaps.items()},
        "equalised_odds_difference": max(known, key=lambda gap: gap["value"]) if known else None,
    }


def _apart(
    rates: Floats, names: list[str], contrast: Callable[[Floats, Floats], Floats]
) -> Figure | None:
    """The contrast of the highest group's rates (samples,) with the lowest's, and which these are."""
    if not names or np.isnan(rates[0]).all():
        return None
    high, low = int(np.nanargmax(rates[0])), int(np.nanargmin(rates[0]))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = _figure(contrast(rates[:, high], rates[:, low]))
    return found and {**found, "highest": names[high], "lowest": names[low]}


def _figure(values: Floats) -> Figure | None:
    """A figure with its interval over the samples where it is defined; None where it is undefined on the rows."""
    drawn = values[1:][np.isfinite(values[1:])]
    return (
        figure(np.concatenate((values[:1], drawn)))
        if np.isfinite(values[0]) and len(drawn)
        else None
    )


def price(without: Predictions, included: Predictions, problem: LearningTask) -> dict[str, Any]:
    """What leaving the attributes out costs: both ways of training on the same applicants, out of fold, paired.

    A difference is the figure without the attributes minus the figure with them.
    """
    drawn = bootstrap_metrics(
        {"excluded": without, "included": included}, problem.target, problem.costs, problem.seed
    )
    found = {}
    for name in ("roc_auc", "cost_per_applicant"):
        one, other = drawn["excluded"][name], drawn["included"][name]
        gap = difference(one, other)
        found[name] = {
            "excluded": figure(one), "included": figure(other), "difference": {**gap, "real": is_significant(gap)}
        }  # fmt: skip
    return found


def verdicts(found: Mapping[str, Any]) -> Iterator[str]:
    """In words, per attribute: does acceptance meet the four-fifths rule, which errors differ most, how sure is it."""
    for one in found["attributes"]:
        yield from _told(f"By {one['attribute']}", one)
        if any(group["small"] for group in one["groups"]):
            yield from _told(
                f"By {one['attribute']}, without the groups too small to tell",
                one["without_small_groups"],
            )


def _told(by: str, between: Mapping[str, Figure | None]) -> Iterator[str]:
    yield f"{by}: {_verdict(between['four_fifths_ratio'])}."
    if (odds := between["equalised_odds_difference"]) is not None:
        yield (f"{by}: equalised odds difference {odds['value']:.3f} ({odds['low']:.3f} to {odds['high']:.3f}), "
               f"{ERRORS[odds['error']]} more often in {odds['highest']} than in {odds['lowest']}.")  # fmt: skip


def _verdict(ratio: Figure | None) -> str:
    if ratio is None:
        return "no group can be compared with another"
    meets = ("meets" if ratio["low"] >= FOUR_FIFTHS else "fails" if ratio["high"] < FOUR_FIFTHS
             else "may or may not meet")  # fmt: skip
    return (f"{ratio['lowest']} is accepted {ratio['value']:.3f} times ({ratio['low']:.3f} to {ratio['high']:.3f}) as "
            f"often as {ratio['highest']}, which {meets} the four-fifths rule")  # fmt: skip


def price_in_words(found: Mapping[str, Any]) -> Iterator[str]:
    """What leaving the attributes out of the model costs; nothing where it was not worked out."""
    for name, label in (("roc_auc", "AUC"), ("cost_per_applicant", "cost per applicant")):
        if (one := found["price"] and found["price"][name]) is not None:
            gap = one["difference"]
            sure = "a real difference" if gap["real"] else "which may be chance"
            without, included = one["excluded"]["value"], one["included"]["value"]
            yield (f"Without sex, age and marital status the {label} is {without:.4f}, with them {included:.4f}: "
                   f"{gap['value']:+.4f} ({gap['low']:+.4f} to {gap['high']:+.4f}), {sure}.")  # fmt: skip
