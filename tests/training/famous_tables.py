"""Made-up tables in the shapes of public credit data, as libraries and portals ship them.

German credit (UCI), LendingClub, Give Me Some Credit (Kaggle), HELOC (FICO) and the credit cards of
Taiwan (UCI). The values are random; the columns, notations and traps are those of the originals.
One more table has columns with odd names.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

ROWS = 400


ODD_NAMES = (
    "a,b", 'the "hi" column', "it's", "loan\namount", "[1]", "$", ".*", "^a", "b$", "{x}", "a:b",
    "#", "?", "Amount", "amount", "é", "日本", "$a_\\frac$", "features", "applicants",
    "overrides", "application", "bureau", "decision", "probability", "row", "count",
    "index", "__proto__", "null", "true", "-1", "%d", "<b>", "a/b", "a.b", "TARGET",
    "SK_ID_CURR", "missing", "len",
)  # fmt: skip


@dataclass(frozen=True)
class FamousTable:
    """A table, how its file is written, the arguments of `train`, and the uses to be inferred.

    `notes` are words of the notes by column; `warnings` are words shown before training.
    """

    make: Callable[[np.random.Generator, np.ndarray], dict]
    arguments: list[str]
    uses: dict[str, str]
    notes: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    default_rate: float = 0.3
    csv: dict = field(default_factory=dict)

    def write(self, path):
        rng = np.random.default_rng(11)
        risk = rng.random(ROWS)
        bad = risk + rng.normal(0, 0.25, ROWS) > np.quantile(risk, 1 - self.default_rate)
        columns = self.make(rng, np.where(bad, 1, 0), risk)
        pl.DataFrame(columns, strict=False).write_csv(path, **self.csv)
        return ["train", "--table", str(path), *self.arguments]


def whole(risk, low, high, rng, noise=0.3):
    """Whole numbers from low to high that rise with the risk."""
    share = np.clip(risk + rng.normal(0, noise, len(risk)), 0, 1)
    return np.round(low + (high - low) * share).astype(int)


def some_none(values, rng, share=0.1):
    gone = rng.random(len(values)) < share
    return [None if none else value for none, value in zip(gone, values.tolist(), strict=True)]


def german(rng, bad, risk):
    return {
        "checking_status": np.array(["no checking", ">=200", "0<=X<200", "<0"])[
            whole(risk, 0, 3, rng)
        ],
        "duration": whole(risk, 4, 72, rng),
        "credit_history": rng.choice(
            ["existing paid", "critical/other existing credit", 'delayed, "once"'], ROWS
        ),
        "purpose": rng.choice(["radio/tv", "new car", "furniture, equipment"], ROWS),
        "credit_amount": whole(risk, 250, 18424, rng),
        "employment": rng.choice(["unemployed", "<1", "1<=X<4", "4<=X<7", ">=7"], ROWS),
        "personal_status": rng.choice(
            ["male single", "female div/dep/mar", "male div/sep", "male mar/wid"], ROWS
        ),
        "residence_since": rng.integers(1, 5, ROWS),
        "age": rng.integers(19, 75, ROWS),
        "housing": rng.choice(["own", "rent", "for free"], ROWS),
        "num_dependents": rng.integers(1, 3, ROWS),
        "own_telephone": rng.choice(["none", "yes"], ROWS),
        "foreign_worker": rng.choice(["yes", "no"], ROWS),
        "class": np.where(bad, "bad", "good"),
    }


def lending_club(rng, bad, risk):
    months = [f"{month}-{year}" for year in (2014, 2015) for month in ("Jan", "Apr", "Dec")]
    return {
        "id": 1_000_000 + rng.permutation(ROWS) * 7,
        "loan_amnt": whole(risk, 20, 1400, rng) * 25,
        "term": rng.choice([" 36 months", " 60 months"], ROWS),
        "int_rate": [f" {rate / 100:.2f}%" for rate in whole(risk, 600, 2900, rng)],
        "grade": np.array(list("ABCDEFG"))[whole(risk, 0, 6, rng)],
        "emp_title": [f"Clerk, branch {i}" for i in range(ROWS)],
        "emp_length": rng.choice(["< 1 year", "2 years", "10+ years", "n/a"], ROWS),
        "home_ownership": rng.choice(["MORTGAGE", "OWN", "RENT"], ROWS),
        "annual_inc": whole(1 - risk, 20_000, 150_000, rng),
        "issue_d": rng.choice(months, ROWS),
        "loan_status": np.where(bad, rng.choice(["Charged Off", "Default"], ROWS), "Fully Paid"),
        "addr_state": rng.choice(["CA", "NY", "TX", "FL"], ROWS),
        "dti": np.round(rng.random(ROWS) * 40, 2),
        "revol_util": some_none(
            np.array([f"{share / 10:.1f}%" for share in whole(risk, 0, 1000, rng)]), rng
        ),
        "recoveries": np.where(bad, np.round(rng.random(ROWS) * 900 + 1, 2), 0.0),
    }


def give_me_some_credit(rng, bad, risk):
    late = whole(risk, 0, 6, rng)
    return {
        "": np.arange(1, ROWS + 1),
        "SeriousDlqin2yrs": bad,
        "RevolvingUtilizationOfUnsecuredLines": np.round(risk * rng.random(ROWS) * 1.3, 9),
        "age": rng.integers(21, 95, ROWS),
        "NumberOfTime30-59DaysPastDueNotWorse": np.where(rng.random(ROWS) < 0.03, 98, late),
        "DebtRatio": np.round(rng.random(ROWS) * 2, 9),
        "MonthlyIncome": some_none(whole(1 - risk, 900, 12_000, rng), rng, 0.2),
        "NumberOfOpenCreditLinesAndLoans": rng.integers(0, 30, ROWS),
        "NumberOfDependents": some_none(rng.integers(0, 5, ROWS), rng, 0.03),
    }


def heloc(rng, bad, risk):
    special = np.where(rng.random(ROWS) < 0.1, -9, rng.choice([-8, -7], ROWS))
    is_special = rng.random(ROWS) < 0.1
    return {
        "RiskPerformance": np.where(bad, "Bad", "Good"),
        "ExternalRiskEstimate": np.where(is_special, special, whole(1 - risk, 33, 94, rng)),
        "MSinceOldestTradeOpen": np.where(is_special, special, rng.integers(2, 803, ROWS)),
        "AverageMInFile": np.where(is_special, special, whole(1 - risk, 4, 383, rng)),
        "PercentTradesNeverDelq": np.where(is_special, special, whole(1 - risk, 0, 100, rng)),
        "NumInqLast6M": np.where(is_special, special, whole(risk, 0, 66, rng)),
        "NetFractionRevolvingBurden": np.where(is_special, special, whole(risk, 0, 232, rng)),
    }


def taiwan(rng, bad, risk):
    return {
        "ID": np.arange(1, ROWS + 1),
        "LIMIT_BAL": whole(1 - risk, 1, 80, rng) * 10_000,
        "SEX": rng.integers(1, 3, ROWS),
        "EDUCATION": rng.integers(0, 7, ROWS),
        "MARRIAGE": rng.integers(0, 4, ROWS),
        "AGE": rng.integers(21, 79, ROWS),
        **{f"PAY_{month}": whole(risk, -2, 8, rng) for month in (0, 2, 3)},
        **{f"BILL_AMT{month}": rng.integers(-9000, 500_000, ROWS) for month in (1, 2)},
        **{f"PAY_AMT{month}": whole(1 - risk, 0, 90_000, rng) for month in (1, 2)},
        "default payment next month": bad,
    }


def odd_names(rng, bad, risk):
    numbers = {name: np.round(risk + rng.normal(0, 2, ROWS), 3) for name in ODD_NAMES}
    return {"bad": bad, "score": whole(1 - risk, 300, 850, rng), **numbers}


FAMOUS_TABLES = {
    "german credit": FamousTable(
        german,
        ["--target", "class", "--target-default", "bad"],
        {
            "class": "target", "duration": "input", "credit_history": "input",
            "personal_status": "prohibited", "foreign_worker": "prohibited", "age": "restricted",
            "own_telephone": "input", "residence_since": "input", "num_dependents": "input",
        },
        csv={"line_terminator": "\r\n", "quote_style": "non_numeric"},
    ),
    "lending club": FamousTable(
        lending_club,
        ["--target", "loan_status", "--id", "id",
         "--target-default", "Charged Off", "--target-default", "Default"],
        {
            "id": "key", "term": "input", "grade": "input", "emp_title": "excluded",
            "issue_d": "excluded", "addr_state": "input", "recoveries": "excluded",
            "annual_inc": "input", "home_ownership": "input",
        },
        {"issue_d": "a date", "recoveries": "a likely leak", "emp_title": "different texts"},
    ),
    "give me some credit": FamousTable(
        give_me_some_credit,
        ["--target", "SeriousDlqin2yrs"],
        {
            "age": "restricted", "MonthlyIncome": "input", "NumberOfDependents": "input",
            "NumberOfTime30-59DaysPastDueNotWorse": "input",
        },
        {"NumberOfTime30-59DaysPastDueNotWorse": "98"},
        csv={"null_value": "NA"},
    ),
    "heloc": FamousTable(
        heloc,
        ["--target", "RiskPerformance", "--target-default", "Bad"],
        {"ExternalRiskEstimate": "input", "NumInqLast6M": "input"},
        {"ExternalRiskEstimate": "-9"},
        warnings=("of the loans default: more than half",),
        default_rate=0.55,
    ),
    "taiwan": FamousTable(
        taiwan,
        ["--target", "default payment next month", "--id", "ID"],
        {
            "SEX": "prohibited", "MARRIAGE": "prohibited", "AGE": "restricted",
            "EDUCATION": "input", "PAY_0": "input", "BILL_AMT1": "input",
        },
    ),
    "odd names": FamousTable(odd_names, ["--target", "bad"], dict.fromkeys(ODD_NAMES, "input")),
}  # fmt: skip
