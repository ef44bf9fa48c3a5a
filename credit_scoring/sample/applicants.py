"""Applicants: age, income, work, family, housing, and the latent traits behind all tables."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.columns import (
    DAYS_PER_YEAR,
    SENTINEL,
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
from credit_scoring.sample.random_draws import (
    bernoulli,
    draw_column,
    draw_column_by,
    draw_log_normal,
    logistic,
    normal_cdf,
)

AGE_BANDS = {"young": 0, "middle": 30, "old": 55}  # years from which family and housing differ
CAPITAL_RANK = 0.973  # rank from which an applicant lives in the capital
CAPITAL_POPULATION = 0.072508  # normalised, as in the source
REGIONS = 80  # besides the capital
OUTLIER_INCOME = 117_000_000.0  # the real file has one such income


@dataclass(frozen=True)
class Applicants:
    """A block of applicants.

    `ids` are their SK_ID_CURR; `age` is in years, `income` in currency per year. `frailty` is
    about standard normal, higher is riskier. `columns` are the finished columns of the
    application table.
    """

    ids: Ints
    frailty: Floats
    age: Floats
    income: Floats
    pensioner: Flags
    columns: Columns

    @property
    def size(self) -> int:
        """Number of applicants."""
        return self.ids.size

    def trait(self, rng: Generator, loading: float) -> Floats:
        """A standard normal trait per applicant, correlated by `loading` with the frailty."""
        return np.asarray(
            loading * self.frailty + np.sqrt(1 - loading**2) * rng.standard_normal(self.size)
        )


def draw_applicants(rng: Generator, ids: Ints) -> Applicants:
    """The applicants `ids` with the columns that describe the person."""
    size = ids.size
    age = 20.6 + 48.4 * rng.beta(1.6, 1.85, size)
    gender = draw_column(rng, "application", "CODE_GENDER", size)
    frailty = 0.97 * rng.standard_normal(size)
    frailty += 0.12 * (gender.is_in("M") - 0.34)
    frailty -= 0.012 * (age - 43)
    pensioner = bernoulli(rng, logistic((age - 56.4) / 2.6) * 0.93 + 0.012, size)
    education = draw_column(rng, "application", "NAME_EDUCATION_TYPE", size)
    income = _income(rng, pensioner, education)
    columns: Columns = {
        "SK_ID_CURR": ids,
        "CODE_GENDER": gender,
        "NAME_EDUCATION_TYPE": education,
        "AMT_INCOME_TOTAL": income,
        "DAYS_BIRTH": -np.round(age * DAYS_PER_YEAR).astype(np.int64),
    }
    columns |= _work(rng, age, pensioner, frailty)
    columns |= _family(rng, age)
    columns |= _property(rng, size)
    columns |= _region(rng, income)
    columns |= _dates(rng, age)
    columns |= _visit(rng, size)
    return Applicants(ids, frailty, age, income, pensioner, columns)


def _income(rng: Generator, pensioner: Flags, education: TextColumn) -> Floats:
    """Yearly income, in multiples of 4,500."""
    higher = education.is_in("Higher education", "Academic degree")
    median = 146_000 * np.where(pensioner, 0.8, 1.0) * np.where(higher, 1.3, 0.96)
    income = draw_log_normal(rng, median, 0.46, pensioner.size)
    income = np.clip(round_to_step(income, 4500), 27_000, 4_500_000)
    return np.where(bernoulli(rng, 3e-6, income.size), OUTLIER_INCOME, income)


def _work(rng: Generator, age: Floats, pensioner: Flags, frailty: Floats) -> Columns:
    kind = draw_column(rng, "application", "NAME_INCOME_TYPE", age.size)
    kind = kind.replace_where(pensioner, "Pensioner")
    idle = pensioner | kind.is_in("Unemployed")
    years = draw_log_normal(rng, 4.7 * np.exp(0.012 * (age - 40) - 0.25 * frailty), 0.95, age.size)
    days = -np.round(np.clip(years, 0.1, age - 18) * DAYS_PER_YEAR).astype(np.int64)
    organization = draw_column(rng, "application", "ORGANIZATION_TYPE", age.size)
    occupation = draw_column(rng, "application", "OCCUPATION_TYPE", age.size)
    return {
        "NAME_INCOME_TYPE": kind,
        "DAYS_EMPLOYED": np.where(idle, SENTINEL, days),
        "FLAG_EMP_PHONE": as_integers(~idle),
        "FLAG_WORK_PHONE": as_integers(bernoulli(rng, 0.243, age.size) & ~idle),
        "ORGANIZATION_TYPE": organization.replace_where(idle, "XNA"),
        "OCCUPATION_TYPE": occupation.replace_where(idle, NULL),
    } | _documents(rng, kind)


def _documents(rng: Generator, kind: TextColumn) -> Columns:
    """The documents handed in: usually one of 3, 6 and 8."""
    size = kind.codes.size
    pensioner = kind.is_in("Pensioner")
    draw = rng.random(size)
    three = np.where(pensioner, 0.49, 0.76)
    six = three + np.where(pensioner, 0.435, 0.008)
    eight = six + np.where(pensioner, 0.01, 0.097)
    documents: Columns = {f"FLAG_DOCUMENT_{i}": np.zeros(size, dtype=int) for i in range(2, 22)}
    documents["FLAG_DOCUMENT_3"] = as_integers(draw < three)
    documents["FLAG_DOCUMENT_6"] = as_integers((draw >= three) & (draw < six))
    documents["FLAG_DOCUMENT_8"] = as_integers((draw >= six) & (draw < eight))
    rare = distribution("application", "documents")
    return documents | {
        name: as_integers(bernoulli(rng, share, size)) for name, share in rare.items()
    }


def _family(rng: Generator, age: Floats) -> Columns:
    """Marital status, housing, children and size of the family, by the age band."""
    band = TextColumn(np.digitize(age, list(AGE_BANDS.values())) - 1, tuple(AGE_BANDS))
    status = draw_column_by(rng, "application", "NAME_FAMILY_STATUS", band)
    housing = draw_column_by(rng, "application", "NAME_HOUSING_TYPE", band)
    rate = 0.75 * np.exp(-(((age - 35) / 11) ** 2)) + 0.02
    children = np.minimum(rng.poisson(rate), 12)
    return {
        "NAME_FAMILY_STATUS": status,
        "NAME_HOUSING_TYPE": housing,
        "CNT_CHILDREN": children,
        "CNT_FAM_MEMBERS": children + 1.0 + status.is_in("Married", "Civil marriage"),
    }


def _property(rng: Generator, size: int) -> Columns:
    """Car, its age in years, and real estate."""
    has_car = bernoulli(rng, 0.34, size)
    car_age = np.minimum(np.floor(rng.gamma(1.9, 6.3, size)), 60)
    has_realty = bernoulli(rng, 0.6937, size)
    return {
        "FLAG_OWN_CAR": TextColumn(as_integers(has_car), ("N", "Y")),
        "FLAG_OWN_REALTY": TextColumn(as_integers(has_realty), ("N", "Y")),
        "OWN_CAR_AGE": with_missing(car_age, ~has_car),
    }


def _region(rng: Generator, income: Floats) -> Columns:
    """Population and rating of the region; large ones have slightly higher incomes."""
    size = income.size
    rank = normal_cdf((np.log(income / 146_000) + 1.6 * rng.standard_normal(size)) / 1.68)
    steps = np.arange(1, REGIONS + 1) / REGIONS
    populations = np.round(0.000533 + 0.046 * steps**1.45, 6)
    population = populations[np.floor((REGIONS - 0.01) * rank).astype(np.int64)]
    score = 0.65 * (rank - 0.5) / 0.289 + 0.75 * rng.standard_normal(size)
    rating = 3 - np.digitize(score, [-1.0, 1.27])
    same_in_city = bernoulli(rng, 0.985, size)
    return {
        "REGION_POPULATION_RELATIVE": np.where(rank > CAPITAL_RANK, CAPITAL_POPULATION, population),
        "REGION_RATING_CLIENT": rating,
        "REGION_RATING_CLIENT_W_CITY": np.where(same_in_city, rating, np.maximum(rating - 1, 1)),
    } | _addresses(rng, size)


def _addresses(rng: Generator, size: int) -> Columns:
    """Whether the registered, contact and work addresses differ; another region is another city."""
    not_live_region = bernoulli(rng, 0.015, size)
    not_work_region = bernoulli(rng, 0.048, size)
    not_live_city = bernoulli(rng, 0.064, size) | not_live_region
    not_work_city = bernoulli(rng, 0.19, size) | not_work_region
    apart_region = _live_apart_from_work(rng, not_live_region, not_work_region)
    apart_city = _live_apart_from_work(rng, not_live_city, not_work_city)
    columns = {
        "REG_REGION_NOT_LIVE_REGION": not_live_region,
        "REG_REGION_NOT_WORK_REGION": not_work_region,
        "LIVE_REGION_NOT_WORK_REGION": apart_region,
        "REG_CITY_NOT_LIVE_CITY": not_live_city,
        "REG_CITY_NOT_WORK_CITY": not_work_city,
        "LIVE_CITY_NOT_WORK_CITY": apart_city | apart_region,
    }
    return {name: as_integers(flags) for name, flags in columns.items()}


def _live_apart_from_work(rng: Generator, not_live: Flags, not_work: Flags) -> Flags:
    """Whether contact and work address differ, given whether each is the registered one."""
    if_moved = bernoulli(rng, 0.35, not_live.size)
    return np.where(not_live, if_moved, not_work & bernoulli(rng, 0.78, not_live.size))


def _dates(rng: Generator, age: Floats) -> Columns:
    """Days since the registration, the identity document and the phone last changed."""
    size = age.size
    same_day = bernoulli(rng, 0.12, size)
    phone = np.where(same_day, 0, np.minimum(rng.gamma(1.25, 900, size), 4290))
    registration = np.minimum(rng.gamma(1.75, 2900, size), age * DAYS_PER_YEAR - 400)
    document = np.minimum(rng.beta(1.5, 1.5, size) * 6100, (age - 14) * DAYS_PER_YEAR)
    return {
        "DAYS_REGISTRATION": -np.round(registration),
        "DAYS_ID_PUBLISH": -np.round(document),
        "DAYS_LAST_PHONE_CHANGE": -np.round(phone),
    }


def _visit(rng: Generator, size: int) -> Columns:
    """The visit: company, phones given, weekday and hour."""
    hour = np.clip(np.round(rng.normal(12.06, 3.27, size)), 0, 23)
    weekday = "WEEKDAY_APPR_PROCESS_START"
    return {
        "NAME_TYPE_SUITE": draw_column(rng, "application", "NAME_TYPE_SUITE", size),
        "FLAG_MOBIL": np.ones(size, dtype=np.int64),
        "FLAG_CONT_MOBILE": as_integers(bernoulli(rng, 0.998, size)),
        "FLAG_PHONE": as_integers(bernoulli(rng, 0.281, size)),
        "FLAG_EMAIL": as_integers(bernoulli(rng, 0.0567, size)),
        weekday: draw_column(rng, "application", weekday, size),
        "HOUR_APPR_PROCESS_START": hour.astype(np.int64),
    }
