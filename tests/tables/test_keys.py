"""Repeated keys are counted in passes, so that memory does not grow with the table."""

import polars as pl
import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.tables import keys
from credit_scoring.tables.keys import duplicate_key_problems

BALANCE = contracts()["bureau_balance"]


def balances(*rows):
    schema = {"SK_ID_BUREAU": pl.Int32, "MONTHS_BALANCE": pl.Int8}
    return pl.LazyFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize("keys_per_pass", [1, 3, 100])
def test_every_repetition_is_counted_whatever_the_number_of_passes(monkeypatch, keys_per_pass):
    monkeypatch.setattr(keys, "KEYS_PER_PASS", keys_per_pass)
    unique = [(credit, -month) for credit in range(5_000_001, 5_000_007) for month in range(4)]
    repeated = [unique[17], unique[17], unique[10], (5_000_009, -96), (5_000_009, -96)]
    (problem,) = duplicate_key_problems(balances(*repeated, *unique), BALANCE, "balances.csv")
    assert str(problem) == (
        "balances.csv: SK_ID_BUREAU and MONTHS_BALANCE: 4 rows repeat the key of another, such as "
        "SK_ID_BUREAU 5000003 and MONTHS_BALANCE -2: expected one row per key: leave out the copies"
    )


@pytest.mark.parametrize(
    "rows",
    [(), ((1, 0),), ((1, 0), (1, -1), (2, 0)), ((None, 0), (None, 0), (1, None), (1, None))],
    ids=["no rows", "one row", "unique", "without a key"],
)
def test_unique_and_missing_keys_are_no_problem(rows):
    assert duplicate_key_problems(balances(*rows), BALANCE, "balances.csv") == []
