"""The local engine's aggregates equal a slow reference, with ties, nulls and empty groups."""

import math
import sys

import numpy as np
import polars as pl
import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.assemble import build_features
from credit_scoring.features.catalogue import side_tables
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.features.engines import blocks, local
from credit_scoring.features.statistics import aggregates_of
from tests.features import reference

SIDES = {side.name: side for side in side_tables(contracts())}
every_side = pytest.mark.parametrize("name", sorted(SIDES))


def random_tables(name, seed):
    rng = np.random.default_rng(seed)
    tables = {"application": reference.application(), name: reference.side_table(name, rng)}
    return tables | ({"bureau_balance": reference.balances(rng)} if name == "bureau" else {})


def build(tables):
    return build_features({name: frame.lazy() for name, frame in tables.items()})


def rows_of_applicant(tables, name, applicant):
    """The applicant's rows, each with the columns that are joined to it."""
    rows = tables[name].filter(pl.col(APPLICANT_KEY) == applicant).to_dicts()
    if name != "bureau":
        return rows
    return [row | reference.of_credit(months_of(tables, row["SK_ID_BUREAU"])) for row in rows]


def months_of(tables, credit):
    months = tables["bureau_balance"].filter(pl.col("SK_ID_BUREAU") == credit)
    return months.select("MONTHS_BALANCE", "STATUS").rows()


def is_close(name, value, expected):
    """Variances are rounded to 16 bits, all other features to 32-bit floats."""
    if expected is None or value is None:
        return expected is value
    tolerance = 2**-15 if name.endswith("_var") else 1e-6
    return math.isclose(value, expected, rel_tol=tolerance, abs_tol=1e-7)


@pytest.mark.parametrize("min_compiled_rows", [0, 10**9], ids=["numba", "numpy"])
@pytest.mark.parametrize("seed", range(2))
@every_side
def test_features_equal_the_slow_reference(name, seed, min_compiled_rows, monkeypatch):
    monkeypatch.setattr(local, "MIN_COMPILED_ROWS", min_compiled_rows)
    monkeypatch.delitem(sys.modules, local.NUMBA_KERNELS, raising=False)
    tables = random_tables(name, seed)
    built = build(tables)
    assert built.applicant.to_list() == list(reference.APPLICANTS)
    names = {aggregate.feature.name for aggregate in aggregates_of(SIDES[name])}
    for applicant, features in zip(
        built.applicant, built.features.iter_rows(named=True), strict=True
    ):
        expected = reference.expected(SIDES[name], rows_of_applicant(tables, name, applicant))
        assert set(expected) == names
        wrong = {
            key: (features[key], value)
            for key, value in expected.items()
            if not is_close(key, features[key], value)
        }
        assert wrong == {}, applicant


@pytest.mark.parametrize("block_rows", [1, 7, 50])
@every_side
def test_the_block_size_does_not_matter(name, block_rows, monkeypatch):
    tables = random_tables(name, seed=3)
    in_one_block = build(tables).features
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block_rows)
    assert build(tables).features.equals(in_one_block)


@every_side
def test_applicants_without_rows_get_empty_values(name):
    """0 for counts and sums, missing for every other statistic."""
    built = build(random_tables(name, seed=7))
    empty = built.features.filter(built.applicant.is_in(reference.EMPTY)).to_dicts()
    for aggregate in aggregates_of(SIDES[name]):
        feature = aggregate.feature.name
        expected = 0 if feature.endswith(("_sum", "_count")) else None
        assert [row[feature] for row in empty] == [expected] * len(reference.EMPTY), feature


def test_rows_of_unknown_applicants_are_ignored():
    """A side table holds the applicants of both application files."""
    tables = random_tables("bureau", seed=1)
    some = list(reference.APPLICANTS[:5])
    of_some = build({**tables, "application": reference.application(some)})
    of_all = build(tables)
    assert of_some.features.equals(of_all.features.filter(of_all.applicant.is_in(some)))


def test_an_aggregate_too_large_for_32_bits_is_missing():
    tables = random_tables("bureau", seed=1)
    large = pl.lit(3e38, pl.Float32).alias("AMT_CREDIT_SUM")
    built = build({**tables, "bureau": tables["bureau"].with_columns(large)})
    several = built.features.filter(pl.col("bureau_count") > 1)
    assert several["bureau_credit_sum"].null_count() == len(several) > 0
    assert several["bureau_credit_max"].null_count() == 0
