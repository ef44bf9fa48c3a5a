"""Every file of the sample fulfils its table's contract."""

import polars as pl
import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.sample.distributions import NULL, distribution
from tests.sample.real_set import FILES, TABLES

every_file = pytest.mark.parametrize("stem", FILES)


def columns_of(stem):
    return [c for c in TABLES[stem].columns if c.use != "target" or stem == "application_train"]


@every_file
def test_files_have_the_contract_s_columns(tables, stem):
    assert tables[stem].columns == [c.name for c in columns_of(stem)]


@every_file
def test_categories_hold_only_known_levels(tables, stem):
    """Levels of the contract, or the source's marks for a missing value."""
    for column in columns_of(stem):
        if column.is_category:
            assert tables[stem][column.name].dtype == pl.String
            levels = set(tables[stem][column.name].drop_nulls().unique())
            assert levels <= {*column.levels, *column.missing}, column.name


@every_file
def test_numbers_are_in_range(tables, stem):
    """In the contract's range, or at the sentinel."""
    for column in columns_of(stem):
        if not column.is_category:
            values = tables[stem][column.name].drop_nulls()
            if column.sentinel is not None:
                values = values.filter(values != column.sentinel)
            assert values.is_between(column.minimum, column.maximum).all(), column.name


@every_file
def test_only_nullable_columns_miss_values(tables, stem):
    for column in columns_of(stem):
        assert column.nullable or not tables[stem][column.name].null_count(), column.name


@every_file
def test_no_number_is_negative_zero(tables, stem):
    for column in columns_of(stem):
        values = tables[stem][column.name]
        if values.dtype.is_float():
            assert not (values.cast(pl.String) == "-0.0").any(), column.name


@every_file
def test_keys_are_unique(tables, stem):
    unique = TABLES[stem].unique
    assert not unique or not tables[stem].select(unique).is_duplicated().any()


@pytest.mark.parametrize("section", ["application", "bureau", "previous"])
def test_distributions_name_only_levels_of_the_contract(section):
    table = contracts()["previous_application" if section == "previous" else section]
    for name, rows in distribution(section).items():
        if name in table.by_name and table[name].is_category:
            is_grouped = isinstance(next(iter(rows.values())), dict)
            known = {*table[name].levels, *table[name].missing, NULL}
            assert all(set(group) <= known for group in (rows.values() if is_grouped else [rows]))
