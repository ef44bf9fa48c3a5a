"""Repeated rows: copies of loans are found and numbered, rows that are equal by chance are not."""

import numpy as np
import polars as pl
import pytest

from credit_scoring.features.flat_features import flat_features
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.repeated_rows import repeated_rows
from credit_scoring.flat_table.table_notes import table_warnings

LOANS = 300
RNG = np.random.default_rng(3)
ONCE = pl.DataFrame(
    {
        "bad": RNG.integers(0, 2, LOANS),
        "income": RNG.random(LOANS) * 1000,
        "term": RNG.integers(1, 60, LOANS),
        "purpose": RNG.choice(["car", "home", None], LOANS),
    }
)
COARSE = pl.DataFrame(
    {
        "bad": RNG.integers(0, 2, LOANS),
        "grade": RNG.choice(list("ABCD"), LOANS),
        "owner": RNG.integers(0, 2, LOANS),
    }
)
IDS = [f"L{i}" for i in range(3 * LOANS)]
THREE_TIMES = pl.concat([ONCE] * 3)


def find(frame, key=None):
    return repeated_rows(frame, infer_schema(frame, target="bad", key=key))


@pytest.mark.parametrize(
    ("frame", "key", "count"),
    [
        (THREE_TIMES, None, 600),
        (THREE_TIMES.with_columns(id=pl.Series(IDS)), "id", 600),
        (THREE_TIMES.with_columns(id=pl.Series(IDS)), None, 600),
        (THREE_TIMES.with_row_index("n"), None, 600),
        (THREE_TIMES.with_columns(sex=pl.Series(["F", "M"] * 450)), None, 600),
        (THREE_TIMES.with_columns(opened=pl.lit("2015-01-31")), None, 600),
        (pl.concat([ONCE, ONCE.head(40)]), None, 40),
        (pl.concat([ONCE, ONCE.head(1)]), None, 1),
        (pl.concat([ONCE, *[ONCE.head(1)] * 30]), None, 30),
        (THREE_TIMES.sample(fraction=1, shuffle=True, seed=1), None, 600),
    ],
    ids=[
        "thrice", "key", "id without --id", "row number", "sex", "date", "some", "one", "one often",
        "shuffled",
    ],
)  # fmt: skip
def test_copies_are_counted(frame, key, count):
    repeated = find(frame, key)
    assert repeated.count == count
    assert len(np.unique(repeated.groups)) == len(frame) - count


@pytest.mark.parametrize(
    "frame",
    [
        ONCE,
        COARSE,
        pl.concat([ONCE, ONCE.with_columns(bad=1 - pl.col("bad"))]),
        THREE_TIMES.with_columns(month=pl.Series(np.repeat([1, 2, 3], LOANS))),
        ONCE.select("bad", "purpose"),
    ],
    ids=["different", "coarse", "other outcome", "other month", "one category"],
)
def test_other_rows_are_no_copies(frame):
    assert find(frame) is None


def test_copies_share_a_number():
    groups = find(THREE_TIMES).groups.reshape(3, LOANS)
    assert (groups == groups[0]).all()


def test_features_have_the_groups_and_the_note_counts_the_copies():
    schema = infer_schema(THREE_TIMES, target="bad", key=None)
    assert len(np.unique(flat_features(THREE_TIMES, schema).groups)) == LOANS
    note = table_warnings(THREE_TIMES, schema)[-1]
    assert note.startswith("Warning: 600 of 900 rows repeat an earlier row in everything but")
    assert find(pl.concat([ONCE, ONCE.head(1)])).note.startswith("Note: 1 of 301 rows repeat")
