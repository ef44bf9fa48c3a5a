"""Every aggregate of every side table equals a slow reference, on tables with ties, nulls and empty groups."""

import math
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.assemble import build_features, side_tables
from credit_scoring.features.definitions.side_table import KEY
from credit_scoring.features.engines import blocks, local, numba_kernels, segments
from credit_scoring.features.statistics import aggregates_of, slug
from tests.features import reference

SIDES = {side.name: side for side in side_tables(contracts())}
NAMES = sorted(SIDES)


def tables(name, seed):
    rng = np.random.default_rng(seed)
    made = {"application": reference.application(), name: reference.side_table(name, rng)}
    return made | ({"bureau_balance": reference.balances(rng)} if name == "bureau" else {})


def rows_of(made, name, applicant):
    """The rows of one applicant, each with what is joined to it."""
    rows = made[name].filter(pl.col(KEY) == applicant).to_dicts()
    if name != "bureau":
        return rows
    balance = made["bureau_balance"]
    per_credit = {
        row["SK_ID_BUREAU"]: balance.filter(pl.col("SK_ID_BUREAU") == row["SK_ID_BUREAU"])
        for row in rows
    }
    return [
        row
        | reference.of_credit(
            per_credit[row["SK_ID_BUREAU"]].select("MONTHS_BALANCE", "STATUS").rows()
        )
        for row in rows
    ]


def close(name, found, wanted):
    """Variances are kept to 16 bits, all else to 32-bit floats."""
    if wanted is None or found is None:
        return wanted is found
    return math.isclose(
        found, wanted, rel_tol=2**-15 if name.endswith("_var") else 1e-6, abs_tol=1e-7
    )


@pytest.mark.parametrize("many", [0, 10**9], ids=["compiled", "plain"])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", NAMES)
def test_the_features_of_a_side_table_equal_the_slow_reference(name, seed, many, monkeypatch):
    monkeypatch.setattr(local, "MANY", many)
    monkeypatch.delitem(sys.modules, local.COMPILED, raising=False)
    made = tables(name, seed)
    built = build_features({key: frame.lazy() for key, frame in made.items()})
    assert built.applicant.to_list() == list(reference.APPLICANTS)
    for applicant, found in zip(built.applicant, built.features.iter_rows(named=True), strict=True):
        wanted = reference.expected(SIDES[name], rows_of(made, name, applicant))
        assert set(wanted) == {a.feature.name for a in aggregates_of(SIDES[name])}
        wrong = {
            key: (found[key], value)
            for key, value in wanted.items()
            if not close(key, found[key], value)
        }
        assert wrong == {}, applicant


@pytest.mark.parametrize("rows", [1, 7, 50])
@pytest.mark.parametrize("name", NAMES)
def test_the_size_of_the_blocks_changes_nothing(name, rows, monkeypatch):
    made = {key: frame.lazy() for key, frame in tables(name, seed=3).items()}
    whole = build_features(made).features
    monkeypatch.setattr(blocks, "BLOCK", rows)
    assert build_features(made).features.equals(whole)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
@given(data=st.data())
def test_compiled_statistics_are_the_plain_ones(dtype, data):
    lengths = np.array(data.draw(st.lists(st.integers(1, 20), min_size=1, max_size=6)))
    numbers = (
        st.integers(-(2**15), 2**15 - 1).map(float)
        if dtype is np.int16
        else st.floats(-1e6, 1e6, width=32)
    )
    known = numbers if dtype is np.int16 else st.one_of(st.just(np.nan), numbers)
    values = np.array(
        data.draw(st.lists(known, min_size=int(lengths.sum()), max_size=int(lengths.sum())))
    ).astype(dtype)
    values.flags.writeable = False  # as Polars gives them
    wanted = data.draw(
        st.lists(st.sampled_from(["min", "max", "mean", "sum", "var"]), min_size=1, unique=True)
    )
    of_runs = segments.Runs(lengths, 1 + 2 * np.arange(len(lengths)))
    one, other = (
        np.full((len(wanted), 2 * len(lengths) + 1), -1, dtype=np.float32) for _ in range(2)
    )
    segments.write(values, of_runs, wanted, one)
    numba_kernels.write(values, of_runs, wanted, other)
    assert (one[:, ::2] == -1).all()  # places of others are left alone
    for name, by_numpy, by_numba in zip(wanted, one, other, strict=True):
        rtol = 2**-15 if name == "var" else 2**-23  # a bit of the 32
        np.testing.assert_allclose(by_numpy, by_numba, rtol=rtol, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("name", NAMES)
def test_an_applicant_without_rows_has_no_rows_and_sums_of_nothing(name):
    made = tables(name, seed=7)
    built = build_features({key: frame.lazy() for key, frame in made.items()})
    empty = built.features.filter(built.applicant.is_in(reference.EMPTY)).to_dicts()
    for aggregate in aggregates_of(SIDES[name]):
        feature = aggregate.feature
        expected = 0 if feature.name.endswith(("_sum", "_count")) else None
        assert [row[feature.name] for row in empty] == [expected] * len(reference.EMPTY), (
            feature.name
        )


def test_rows_of_strangers_are_ignored():
    """A side table holds the applicants of both application files."""
    made = tables("bureau", seed=1)
    some = list(reference.APPLICANTS[:5])
    of_some = build_features(
        {
            key: frame.lazy()
            for key, frame in {**made, "application": reference.application(some)}.items()
        }
    )
    of_all = build_features({key: frame.lazy() for key, frame in made.items()})
    assert of_some.features.equals(of_all.features.filter(of_all.applicant.is_in(some)))


def test_an_aggregate_too_large_for_32_bits_is_missing():
    made = tables("bureau", seed=1)
    made["bureau"] = made["bureau"].with_columns(pl.lit(3e38, pl.Float32).alias("AMT_CREDIT_SUM"))
    built = build_features({key: frame.lazy() for key, frame in made.items()})
    several = built.features.filter(pl.col("bureau_count") > 1)
    assert several["bureau_credit_sum"].null_count() == len(several) > 0
    assert several["bureau_credit_max"].null_count() == 0


@pytest.mark.parametrize(
    ("level", "part"),
    [
        ("Secondary / secondary special", "secondary_secondary_special"),
        ("Type: 1.0", "type_1_0"),
        ("0", "0"),
        ("XNA", "xna"),
        (" (none) ", "none"),
    ],
)
def test_a_level_becomes_part_of_a_name(level, part):
    assert slug(level) == part


@given(st.text())
def test_the_part_of_a_name_is_plain_whatever_the_level(level):
    part = slug(level)
    assert part == part.strip("_")
    assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789_" for c in part)
