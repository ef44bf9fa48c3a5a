"""The applicants: who they are, and the latent traits that make their tables agree with each other."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.random_draws import (
    NULL,
    SENTINEL,
    Columns,
    Flags,
    Floats,
    Ints,
    Text,
    chance,
    choose,
    choose_by,
    flag,
    log_normal,
    logistic,
    normal_cdf,
    shares,
    to_step,
)

YEAR = 365.25
YOUNG, OLD = 30, 55  # years: the bands in which family and housing differ
CAPITAL = (0.973, 0.072508)  # rank from which one lives there, its population
RARE_INCOME = 117_000_000.0  # one such income stands in the real file


@dataclass(frozen=True)
class People:
    """A block of applicants.

    `ids` are their SK_ID_CURR; `age` is in years, `income` in currency a year; `frailty` is about standard
    normal, higher is riskier; `columns` are the finished columns of the application table.
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
        """A standard normal trait of each applicant that correlates by `loading` with the frailty."""
        return np.asarray(
            loading * self.frailty + np.sqrt(1 - loading**2) * rng.standard_normal(self.size)
        )


def draw_people(rng: Generator, ids: Ints) -> People:
    """The applicants `ids` with the columns that describe the person."""
    size = ids.size
    age = 20.6 + 48.4 * rng.beta(1.6, 1.85, size)
    gender = choose(rng, shares("application", "CODE_GENDER"), size)
    frailty = 0.97 * rng.standard_normal(size) + 0.12 * (gender.of("M") - 0.34) - 0.012 * (age - 43)
    pensioner = chance(rng, logistic((age - 56.4) / 2.6) * 0.93 + 0.012, size)
    education = choose(rng, shares("application", "NAME_EDUCATION_TYPE"), size)
    income = _income(rng, pensioner, education)
    columns: Columns = {"SK_ID_CURR": ids, "CODE_GENDER": gender, "NAME_EDUCATION_TYPE": education}
    columns |= {"AMT_INCOME_TOTAL": income, "DAYS_BIRTH": -np.round(age * YEAR).astype(np.int64)}
    columns |= (
        _work(rng, age, pensioner, frailty)
        | _family(rng, age)
        | _property(rng, size)
        | _place(rng, income)
    )
    return People(
        ids, frailty, age, income, pensioner, columns | _dates(rng, age) | _visit(rng, size)
    )


def _income(rng: Generator, pensioner: Flags, education: Text) -> Floats:
    """Yearly income, in multiples of 4,500."""
    higher = education.of("Higher education", "Academic degree")
    median = 146_000 * np.where(pensioner, 0.8, 1.0) * np.where(higher, 1.3, 0.96)
    income = np.clip(
        to_step(log_normal(rng, median, 0.46, pensioner.size), 4500), 27_000, 4_500_000
    )
    return np.where(chance(rng, 3e-6, income.size), RARE_INCOME, income)


def _work(rng: Generator, age: Floats, pensioner: Flags, frailty: Floats) -> Columns:
    kind = choose(rng, shares("application", "NAME_INCOME_TYPE"), age.size).put(
        pensioner, "Pensioner"
    )
    idle = pensioner | kind.of("Unemployed")
    years = log_normal(rng, 4.7 * np.exp(0.012 * (age - 40) - 0.25 * frailty), 0.95, age.size)
    days = -np.round(np.clip(years, 0.1, age - 18) * YEAR).astype(np.int64)
    organization = choose(rng, shares("application", "ORGANIZATION_TYPE"), age.size)
    occupation = choose(rng, shares("application", "OCCUPATION_TYPE"), age.size)
    return {
        "NAME_INCOME_TYPE": kind,
        "DAYS_EMPLOYED": np.where(idle, SENTINEL, days),
        "FLAG_EMP_PHONE": flag(~idle),
        "FLAG_WORK_PHONE": flag(chance(rng, 0.243, age.size) & ~idle),
        "ORGANIZATION_TYPE": organization.put(idle, "XNA"),
        "OCCUPATION_TYPE": occupation.put(idle, NULL),
    } | _papers(rng, kind)


def _papers(rng: Generator, kind: Text) -> Columns:
    """The documents handed in: usually one of 3, 6 and 8."""
    size = kind.codes.size
    draw = rng.random(size)
    three = np.where(kind.of("Pensioner"), 0.49, 0.76)
    six = three + np.where(kind.of("Pensioner"), 0.435, 0.008)
    eight = six + np.where(kind.of("Pensioner"), 0.01, 0.097)
    papers: Columns = {f"FLAG_DOCUMENT_{i}": np.zeros(size, dtype=np.int64) for i in range(2, 22)}
    papers["FLAG_DOCUMENT_3"] = flag(draw < three)
    papers["FLAG_DOCUMENT_6"] = flag((draw >= three) & (draw < six))
    papers["FLAG_DOCUMENT_8"] = flag((draw >= six) & (draw < eight))
    rare = shares("application", "documents")
    return papers | {name: flag(chance(rng, share, size)) for name, share in rare.items()}


def _family(rng: Generator, age: Floats) -> Columns:
    band = np.digitize(age, [YOUNG, OLD])
    bands = ("young", "middle", "old")
    status = choose_by(rng, (shares("application", "NAME_FAMILY_STATUS", b) for b in bands), band)
    housing = choose_by(rng, (shares("application", "NAME_HOUSING_TYPE", b) for b in bands), band)
    children = rng.poisson(0.75 * np.exp(-(((age - 35) / 11) ** 2)) + 0.02)
    pair = status.of("Married", "Civil marriage")
    return {
        "NAME_FAMILY_STATUS": status,
        "NAME_HOUSING_TYPE": housing,
        "CNT_CHILDREN": np.minimum(children, 12),
        "CNT_FAM_MEMBERS": np.minimum(children, 12) + 1.0 + pair,
    }


def _property(rng: Generator, size: int) -> Columns:
    car = chance(rng, 0.34, size)
    years = np.minimum(np.floor(rng.gamma(1.9, 6.3, size)), 60)
    yes_no = ("N", "Y")
    return {
        "FLAG_OWN_CAR": Text(flag(car), yes_no),
        "FLAG_OWN_REALTY": Text(flag(chance(rng, 0.6937, size)), yes_no),
        "OWN_CAR_AGE": np.where(car, years, np.nan),
    }


def _place(rng: Generator, income: Floats) -> Columns:
    """Where the applicant lives and works; a better paid one lives in a larger region a little more often."""
    size = income.size
    rank = normal_cdf((np.log(income / 146_000) + 1.6 * rng.standard_normal(size)) / 1.68)
    known = np.round(0.000533 + 0.046 * (np.arange(1, 81) / 80) ** 1.45, 6)  # 80 regions
    population = known[np.floor(79.99 * rank).astype(np.int64)]
    population = np.where(rank > CAPITAL[0], CAPITAL[1], population)
    score = 0.65 * (rank - 0.5) / 0.289 + 0.75 * rng.standard_normal(size)
    rating = 3 - np.digitize(score, [-1.0, 1.27])
    city = np.where(chance(rng, 0.985, size), rating, np.maximum(rating - 1, 1))
    return {
        "REGION_POPULATION_RELATIVE": population,
        "REGION_RATING_CLIENT": rating,
        "REGION_RATING_CLIENT_W_CITY": city,
    } | _addresses(rng, size)


def _addresses(rng: Generator, size: int) -> Columns:
    """Whether the registered, the contact and the work address differ; another region is another city."""
    region = [chance(rng, p, size) for p in (0.015, 0.048)]
    city = [chance(rng, p, size) | r for p, r in zip((0.064, 0.19), region, strict=True)]
    live_region = np.where(region[0], chance(rng, 0.35, size), region[1] & chance(rng, 0.78, size))
    live_city = (
        np.where(city[0], chance(rng, 0.35, size), city[1] & chance(rng, 0.78, size)) | live_region
    )
    return {
        "REG_REGION_NOT_LIVE_REGION": flag(region[0]),
        "REG_REGION_NOT_WORK_REGION": flag(region[1]),
        "LIVE_REGION_NOT_WORK_REGION": flag(live_region),
        "REG_CITY_NOT_LIVE_CITY": flag(city[0]),
        "REG_CITY_NOT_WORK_CITY": flag(city[1]),
        "LIVE_CITY_NOT_WORK_CITY": flag(live_city),
    }


def _dates(rng: Generator, age: Floats) -> Columns:
    """Days since the registration, the identity document and the phone changed last."""
    phone = np.where(
        chance(rng, 0.12, age.size), 0, np.minimum(rng.gamma(1.25, 900, age.size), 4290)
    )
    return {
        "DAYS_REGISTRATION": -np.round(
            np.minimum(rng.gamma(1.75, 2900, age.size), age * YEAR - 400)
        ),
        "DAYS_ID_PUBLISH": -np.round(
            np.minimum(rng.beta(1.5, 1.5, age.size) * 6100, (age - 14) * YEAR)
        ),
        "DAYS_LAST_PHONE_CHANGE": -np.round(phone),
    }


def _visit(rng: Generator, size: int) -> Columns:
    """The visit: company, phones given, weekday and hour."""
    hour = np.clip(np.round(rng.normal(12.06, 3.27, size)), 0, 23)
    return {
        "NAME_TYPE_SUITE": choose(rng, shares("application", "NAME_TYPE_SUITE"), size),
        "FLAG_MOBIL": np.ones(size, dtype=np.int64),
        "FLAG_CONT_MOBILE": flag(chance(rng, 0.998, size)),
        "FLAG_PHONE": flag(chance(rng, 0.281, size)),
        "FLAG_EMAIL": flag(chance(rng, 0.0567, size)),
        "WEEKDAY_APPR_PROCESS_START": choose(
            rng, shares("application", "WEEKDAY_APPR_PROCESS_START"), size
        ),
        "HOUR_APPR_PROCESS_START": hour.astype(np.int64),
    }
