"""The rest of the application table: the loan asked for, the external scores, the building, the surroundings."""

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.applicants import People
from credit_scoring.sample.random_draws import (
    Columns,
    Flags,
    Floats,
    Ints,
    Text,
    blank,
    by_quantiles,
    chance,
    choose,
    choose_number,
    normal_cdf,
    shares,
    to_step,
)

KINDS = ("Cash loans", "Revolving loans")
REVOLVING = 0.09
LARGE, SHORTEST, LONGEST = (
    (150_000, 450_000, 900_000),
    (6, 6, 18, 30),
    (24, 60, 60, 60),
)  # credit; months
KNOTS = (0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0)
SCORES = {
    "EXT_SOURCE_1": 0.45,
    "EXT_SOURCE_2": 0.45,
    "EXT_SOURCE_3": 0.45,
}  # correlation with the frailty
AGE_IN_SCORE_1 = 0.3


def draw_loan(rng: Generator, people: People, *, in_bureau: Flags) -> Columns:
    """The columns of the application table that `People` has not; `in_bureau` tells who has credits elsewhere."""
    return (
        _amounts(rng, people)
        | _scores(rng, people, in_bureau)
        | _building(rng, people.size)
        | _circle(rng, people)
    )


def _amounts(rng: Generator, people: People) -> Columns:
    """Credit, goods price and monthly annuity: of a cash loan by its term and rate, of a card 5 % of the limit."""
    size, revolving = people.size, chance(rng, REVOLVING, people.size)
    goods = _goods(rng, people)
    credit = to_step(goods * choose_number(rng, shares("application", "insurance"), size), 4.5)
    limit = np.clip(
        to_step(people.income * np.exp(rng.normal(0.55, 0.45, size)), 22_500), 135_000, 1_350_000
    )
    credit = np.where(revolving, limit, credit)
    annuity = np.where(revolving, limit / 20, _annuity(rng, credit, people))
    return {
        "NAME_CONTRACT_TYPE": Text(revolving.astype(np.int64), KINDS),
        "AMT_CREDIT": credit,
        "AMT_ANNUITY": blank(np.round(annuity / 4.5) * 4.5, chance(rng, 4e-5, size)),
        "AMT_GOODS_PRICE": blank(
            np.where(revolving, limit, goods), chance(rng, np.where(revolving, 0.01, 0), size)
        ),
    }


def _goods(rng: Generator, people: People) -> Floats:
    """Price of the goods: some three yearly incomes, in a round sum."""
    wish = people.income**0.75 * 146_000**0.25 * np.exp(rng.normal(1.12, 0.58, people.size))
    grid = np.minimum(choose_number(rng, shares("application", "grid"), people.size), 225_000)
    grid = np.where(wish < grid, 4500, grid)
    return np.asarray(np.clip(np.round(wish / grid) * grid, 40_500, 2_700_000))


def _annuity(rng: Generator, credit: Floats, people: People) -> Floats:
    """Monthly annuity; the frail take shorter terms at higher rates."""
    months = choose_number(rng, shares("application", "terms"), people.size)
    size = np.digitize(credit, LARGE)
    months = np.clip(months, np.array(SHORTEST)[size], np.array(LONGEST)[size])
    rate = (
        np.clip(0.24 + 0.03 * people.frailty + 0.05 * rng.standard_normal(people.size), 0.1, 0.45)
        / 12
    )
    return np.asarray(credit * rate / (1 - (1 + rate) ** -months))


def _scores(rng: Generator, people: People, in_bureau: Flags) -> Columns:
    """The external scores and the enquiries; who is unknown to the bureau mostly has no score 3 and no enquiries."""
    size, latent = (
        people.size,
        {name: -people.trait(rng, loading) for name, loading in SCORES.items()},
    )
    age = (people.age - 43) / 11.5
    latent["EXT_SOURCE_1"] = (latent["EXT_SOURCE_1"] + AGE_IN_SCORE_1 * age) / np.sqrt(
        1 + AGE_IN_SCORE_1**2
    )
    missing = {
        "EXT_SOURCE_1": 0.5638,
        "EXT_SOURCE_2": 0.0021,
        "EXT_SOURCE_3": np.where(in_bureau, 0.085, 0.89),
    }
    columns: Columns = {
        name: blank(
            np.round(by_quantiles(z, shares("application", name)), 6),
            chance(rng, missing[name], size),
        )
        for name, z in latent.items()
    }
    silent = chance(rng, np.where(in_bureau, 0.015, 0.87), size)
    means = shares("application", "enquiries")
    eager = rng.gamma(2, 0.5, size)
    return columns | {
        name: blank(rng.poisson(mean * eager), silent) for name, mean in means.items()
    }


def _building(rng: Generator, size: int) -> Columns:
    """The building: its measures are missing in blocks, larger ones go together, mode and median lie near the mean."""
    extent, gap = rng.standard_normal(size), rng.random(size)
    columns: Columns = {}
    for stem, row in shares("building").items():
        absent = _absent(rng, gap, row["missing"])
        own = rng.standard_normal(size)
        z = 0.85 * extent + 0.53 * own if row["tied"] else own
        columns |= _measure(
            rng, stem, np.interp(normal_cdf(z), KNOTS, row["quantiles"]), row["step"], absent
        )
    for name, row in shares("building_text").items():
        columns[name] = choose(rng, row["levels"], size).put(
            _absent(rng, gap, row["missing"]), "null"
        )
    return columns


def _absent(rng: Generator, gap: Floats, missing: float) -> Flags:
    """Where a measure is missing: mostly for the same applicants as the other measures."""
    return np.where(chance(rng, 0.95, gap.size), gap, rng.random(gap.size)) < missing


def _measure(rng: Generator, stem: str, value: Floats, step: float, absent: Flags) -> Columns:
    """The mean, mode and median of one measure; the total area has its mode alone."""
    near = {
        "MODE": 0.97 + 0.04 * rng.standard_normal(value.size),
        "MEDI": 1 + 0.01 * rng.standard_normal(value.size),
    }
    if stem == "TOTALAREA":
        return {f"{stem}_MODE": blank(np.round(value, 4), absent)}
    if stem.startswith("YEARS"):
        near = {name: 1 - (1 - factor) / 20 for name, factor in near.items()}
    snapped = np.minimum(to_step(value, step), 1)
    columns: Columns = {f"{stem}_AVG": blank(np.round(snapped, 4), absent)}
    for name, factor in near.items():
        same = chance(rng, 0.5, value.size)
        other = np.clip(to_step(value * factor, step), 0, 1)
        columns[f"{stem}_{name}"] = blank(np.round(np.where(same, snapped, other), 4), absent)
    return columns


def _circle(rng: Generator, people: People) -> Columns:
    """People around the applicant who were observed, and who were past due."""
    size, unknown = people.size, chance(rng, 0.0033, people.size)
    seen: Ints = rng.poisson(1.42 * rng.gamma(0.55, 1 / 0.55, size))
    seen_60 = seen - (chance(rng, 0.012, size) & (seen > 0))
    late = rng.binomial(seen, np.clip(0.1 + 0.015 * people.frailty, 0.02, 0.5))
    late_60 = rng.binomial(np.minimum(late, seen_60), 0.7)
    counts = {"OBS_30": seen, "DEF_30": late, "OBS_60": seen_60, "DEF_60": late_60}
    return {f"{name}_CNT_SOCIAL_CIRCLE": blank(value, unknown) for name, value in counts.items()}
