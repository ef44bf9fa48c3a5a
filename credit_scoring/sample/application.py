"""The rest of the application table: the loan, external scores, building and social circle."""

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.applicants import Applicants
from credit_scoring.sample.columns import (
    Columns,
    Flags,
    Floats,
    Ints,
    TextColumn,
    as_integers,
    round_to_step,
    with_missing,
)
from credit_scoring.sample.distributions import NULL, distribution
from credit_scoring.sample.price_list import ANNUITY_STEP, annuity_at, yearly_rates
from credit_scoring.sample.random_draws import (
    bernoulli,
    draw_levels,
    draw_numbers,
    from_quantiles,
    normal_cdf,
)

LOAN_TYPES = ("Cash loans", "Revolving loans")
SHARE_REVOLVING = 0.09
CREDIT_BANDS = (150_000, 450_000, 900_000)  # currency; the term is limited by the band
SHORTEST_TERMS = np.array((6, 12, 24, 36))  # months, by band
LONGEST_TERMS = np.array((18, 48, 60, 60))  # months, by band
QUANTILE_PROBABILITIES = (0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0)  # of the building's measures
SCORE_LOADING = 0.45  # correlation of an external score with the frailty
AGE_IN_SCORE_1 = 0.3


def draw_application(rng: Generator, applicants: Applicants, *, in_bureau: Flags) -> Columns:
    """The columns of the application table that do not describe the person.

    `in_bureau` says which applicants have credits elsewhere.
    """
    columns = _loan(rng, applicants)
    columns |= _scores(rng, applicants, in_bureau)
    columns |= _enquiries(rng, in_bureau)
    columns |= _building(rng, applicants.size)
    return columns | _social_circle(rng, applicants)


def _loan(rng: Generator, applicants: Applicants) -> Columns:
    """Credit, goods price and monthly annuity: 5 % of the limit for a revolving loan."""
    size = applicants.size
    revolving = bernoulli(rng, SHARE_REVOLVING, size)
    goods = _goods_price(rng, applicants)
    insurance = draw_numbers(rng, distribution("application", "insurance"), size)
    credit = round_to_step(goods * insurance, 4.5)
    limit = round_to_step(applicants.income * np.exp(rng.normal(0.55, 0.45, size)), 22_500)
    limit = np.clip(limit, 135_000, 1_350_000)
    credit = np.where(revolving, limit, credit)
    annuity = np.where(revolving, limit / 20, _annuity(rng, credit, applicants))
    no_annuity = bernoulli(rng, 4e-5, size)
    no_goods = bernoulli(rng, np.where(revolving, 0.01, 0), size)
    return {
        "NAME_CONTRACT_TYPE": TextColumn(as_integers(revolving), LOAN_TYPES),
        "AMT_CREDIT": credit,
        "AMT_ANNUITY": with_missing(round_to_step(annuity, ANNUITY_STEP), no_annuity),
        "AMT_GOODS_PRICE": with_missing(np.where(revolving, limit, goods), no_goods),
    }


def _goods_price(rng: Generator, applicants: Applicants) -> Floats:
    """Price of the goods: about three yearly incomes, in a round sum."""
    spread = np.exp(rng.normal(1.12, 0.58, applicants.size))
    price = applicants.income**0.75 * 146_000**0.25 * spread
    grid = draw_numbers(rng, distribution("application", "grid"), applicants.size)
    grid = np.minimum(grid, 225_000)
    grid = np.where(price < grid, 4500, grid)
    return np.asarray(np.clip(np.round(price / grid) * grid, 40_500, 2_700_000))


def _annuity(rng: Generator, credit: Floats, applicants: Applicants) -> Floats:
    """Monthly annuity by the price list; small loans have short terms, large ones long terms."""
    size = applicants.size
    months = draw_numbers(rng, distribution("application", "terms"), size)
    band = np.digitize(credit, CREDIT_BANDS)
    months = np.clip(months, SHORTEST_TERMS[band], LONGEST_TERMS[band])
    rates = yearly_rates(rng.standard_normal(size), applicants.frailty, months)
    return annuity_at(credit, rates, months)


def _scores(rng: Generator, applicants: Applicants, in_bureau: Flags) -> Columns:
    """The external scores; applicants unknown to the bureau mostly do not have score 3."""
    missing = {
        "EXT_SOURCE_1": 0.5638,
        "EXT_SOURCE_2": 0.0021,
        "EXT_SOURCE_3": np.where(in_bureau, 0.085, 0.89),
    }
    latent = {name: -applicants.trait(rng, SCORE_LOADING) for name in missing}
    age = (applicants.age - 43) / 11.5
    with_age = latent["EXT_SOURCE_1"] + AGE_IN_SCORE_1 * age
    latent["EXT_SOURCE_1"] = with_age / np.sqrt(1 + AGE_IN_SCORE_1**2)
    columns: Columns = {}
    for name, z in latent.items():
        score = np.round(from_quantiles(z, distribution("application", name)), 6)
        columns[name] = with_missing(score, bernoulli(rng, missing[name], z.size))
    return columns


def _enquiries(rng: Generator, in_bureau: Flags) -> Columns:
    """Enquiries at the bureau, mostly missing for applicants unknown to it."""
    size = in_bureau.size
    missing = bernoulli(rng, np.where(in_bureau, 0.015, 0.87), size)
    rate = rng.gamma(2, 0.5, size)
    return {
        name: with_missing(rng.poisson(mean * rate), missing)
        for name, mean in distribution("application", "enquiries").items()
    }


def _building(rng: Generator, size: int) -> Columns:
    """The building: its measures correlate and are missing for the same applicants."""
    extent = rng.standard_normal(size)
    gap = rng.random(size)
    columns: Columns = {}
    for stem, row in distribution("building").items():
        missing = _missing(rng, gap, row["missing"])
        noise = rng.standard_normal(size)
        z = 0.85 * extent + 0.53 * noise if row["tied"] else noise
        value = np.interp(normal_cdf(z), QUANTILE_PROBABILITIES, row["quantiles"])
        columns |= _measure(rng, stem, value, row["step"], missing)
    for name, row in distribution("building_text").items():
        levels = draw_levels(rng, row["levels"], size)
        columns[name] = levels.replace_where(_missing(rng, gap, row["missing"]), NULL)
    return columns


def _missing(rng: Generator, gap: Floats, share: float) -> Flags:
    """Whether a measure is missing: mostly for the same applicants as the other measures."""
    follows = bernoulli(rng, 0.95, gap.size)
    return np.where(follows, gap, rng.random(gap.size)) < share


def _measure(rng: Generator, stem: str, value: Floats, step: float, missing: Flags) -> Columns:
    """The mean, mode and median of one measure; the total area only has its mode."""
    size = value.size
    factors = {
        "MODE": 0.97 + 0.04 * rng.standard_normal(size),
        "MEDI": 1 + 0.01 * rng.standard_normal(size),
    }
    if stem == "TOTALAREA":
        return {f"{stem}_MODE": with_missing(np.round(value, 4), missing)}
    if stem.startswith("YEARS"):
        factors = {name: 1 - (1 - factor) / 20 for name, factor in factors.items()}
    average = np.minimum(round_to_step(value, step), 1)
    columns: Columns = {f"{stem}_AVG": with_missing(np.round(average, 4), missing)}
    for name, factor in factors.items():
        same = bernoulli(rng, 0.5, size)
        near = np.clip(round_to_step(value * factor, step), 0, 1)
        rounded = np.round(np.where(same, average, near), 4)
        columns[f"{stem}_{name}"] = with_missing(rounded, missing)
    return columns


def _social_circle(rng: Generator, applicants: Applicants) -> Columns:
    """People around the applicant who were observed, and who were past due."""
    size = applicants.size
    missing = bernoulli(rng, 0.0033, size)
    seen: Ints = rng.poisson(1.42 * rng.gamma(0.55, 1 / 0.55, size))
    seen_60 = seen - (bernoulli(rng, 0.012, size) & (seen > 0))
    late = rng.binomial(seen, np.clip(0.1 + 0.015 * applicants.frailty, 0.02, 0.5))
    late_60 = rng.binomial(np.minimum(late, seen_60), 0.7)
    counts = {"OBS_30": seen, "DEF_30": late, "OBS_60": seen_60, "DEF_60": late_60}
    return {
        f"{name}_CNT_SOCIAL_CIRCLE": with_missing(count, missing) for name, count in counts.items()
    }
