"""A slow, plain Python reference of a side table's features, and small random tables."""

import math
import statistics

import numpy as np
import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.features.formula.row import row_function
from credit_scoring.tables.scan import DTYPES

APPLICANTS = tuple(range(100, 112))
BALANCE_COLUMNS = (
    "balance_months",
    "balance_past_due",
    "balance_past_due_last_year",
    "balance_worst",
    "balance_closed",
)
EMPTY = APPLICANTS[:2]  # without rows in any side table


def application(ids=APPLICANTS):
    """An application table in which only the identifier and the target are known."""
    columns = contracts()["application"].columns
    values = {APPLICANT_KEY: ids, "TARGET": [i % 2 for i in ids]}
    return pl.DataFrame(
        {
            c.name: pl.Series(values.get(c.name, [None] * len(ids)), dtype=DTYPES[c.dtype])
            for c in columns
        }
    )


def side_table(name, rng, rows=90):
    """Random rows: ties, nulls, all-null applicants, values in the contract's range."""
    data = {c.name: _values(c, rng, rows) for c in contracts()[name].columns}
    data[APPLICANT_KEY] = rng.choice(APPLICANTS[len(EMPTY) :], rows).tolist()
    if name == "bureau":
        data["SK_ID_BUREAU"] = list(range(rows))
    return _frame(name, data)


def balances(rng, credits_=90, rows=300):
    """Monthly balances of about two thirds of the credits."""
    data = {c.name: _values(c, rng, rows) for c in contracts()["bureau_balance"].columns}
    data["SK_ID_BUREAU"] = rng.choice(2 * credits_ // 3, rows).tolist()
    data["MONTHS_BALANCE"] = rng.integers(-24, 1, rows).tolist()
    return _frame("bureau_balance", data)


def _frame(name, data):
    columns = contracts()[name].columns
    return pl.DataFrame(
        {c.name: pl.Series(data[c.name], dtype=DTYPES[c.dtype]) for c in columns if c.name in data}
    )


def _values(column, rng, rows):
    if column.is_category:
        values = rng.integers(0, min(len(column.levels), 9), rows).tolist()
    else:
        low = max(column.minimum, -900)
        high = min(column.maximum, 900)
        if column.dtype == "float32":
            pool = np.float32(np.round(rng.uniform(low, high, 12), 2))
            values = rng.choice([0, *pool], rows).tolist()
        else:
            values = rng.integers(int(low), int(high) + 1, rows).tolist()
    return [None if column.nullable and rng.random() < 0.2 else value for value in values]


def expected(side, rows):
    """Every feature of one applicant from `rows`, dictionaries with the joined columns."""
    rows = [{**row, **_derived(side, row)} for row in rows]
    return {name: value for group in side.groups for name, value in _of_group(side, group, rows)}


def _derived(side, row):
    names = list(row)
    floats = [math.nan if value is None else float(value) for value in row.values()]
    position = {name: i for i, name in enumerate(names)}
    values = {
        alias: row_function(formula, position)(floats) for alias, formula in side.formulas.items()
    }
    return {
        alias: None if math.isnan(value) else float(np.float32(value))
        for alias, value in values.items()
    }


def _of_group(side, group, rows):
    members = [row for row in rows if _belongs(side, group, row, rows)]
    prefix = f"{side.prefix}_{group.name}" if group.name else side.prefix
    yield f"{prefix}_count", len(members)
    for column in side.numbers(group):
        known = [row[column.name] for row in members if row[column.name] is not None]
        for statistic in group.statistics:
            yield f"{prefix}_{column.alias}_{statistic}", STATISTICS[statistic](known)
    for column in side.categories(group):
        for code, level in enumerate(column.levels):
            share = _share([row[column.name] == code for row in members])
            yield f"{prefix}_{column.alias}_{_slug(level)}_share", share


def _belongs(side, group, row, rows):
    if group.column is None:
        return True
    value = row[group.column]
    if value is None:
        return False
    if group.level is not None:
        return side.contract[group.column].levels[value] == group.level
    if group.at_least is not None:
        return value >= group.at_least
    later = sum(other[group.column] is not None and other[group.column] > value for other in rows)
    return later < group.last


def _slug(level):
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in level.lower()).split()
    return "_".join(words)


STATISTICS = {
    "min": lambda known: min(known, default=None),
    "max": lambda known: max(known, default=None),
    "mean": lambda known: math.fsum(known) / len(known) if known else None,
    "sum": math.fsum,
    "var": lambda known: statistics.variance(known) if len(known) > 1 else None,
}


def of_credit(balance):
    """The columns joined to `bureau` from one credit's balances: a list of (month, status code)."""
    if not balance:
        return dict.fromkeys(BALANCE_COLUMNS)
    known = [(month, status) for month, status in balance if status <= 5]
    recent = [status for month, status in known if month >= -12]
    return {
        "balance_months": len(balance),
        "balance_past_due": _share([status > 0 for _, status in known]),
        "balance_past_due_last_year": _share([status > 0 for status in recent]),
        "balance_worst": max((status for _, status in known), default=None),
        "balance_closed": _share([status == 6 for _, status in balance]),
    }


def _share(flags):
    return sum(flags) / len(flags) if flags else None
