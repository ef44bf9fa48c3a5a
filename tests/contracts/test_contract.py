"""The contracts: complete, consistent, and as many columns as the real tables have."""

import csv
import tomllib
from pathlib import Path

import polars as pl
import pytest

from credit_scoring.contracts.contract import CONTRACTS_FOLDER, contracts
from credit_scoring.tables.scan import DTYPES

COLUMNS = {
    "application": 123,  # the real set's, and the month of the application
    "bureau": 17,
    "bureau_balance": 3,
    "previous_application": 37,
    "pos_cash_balance": 8,
    "installments_payments": 8,
    "credit_card_balance": 23,
}
TABLES = sorted(contracts())
DICTIONARY = (
    Path(__file__).parents[3] / "shared/data/home-credit-slice/HomeCredit_columns_description.csv"
)
MOST_LEVELS = 255  # a code and the mark for missing fit 8 bits


def test_every_table_has_a_contract():
    assert {name: len(table.columns) for name, table in contracts().items()} == COLUMNS
    assert next(iter(contracts())) == "application"


def test_columns_match_the_published_dictionary():
    """Runs if the dictionary is next to the repository. Its names of two columns differ."""
    if not DICTIONARY.is_file():
        return
    with DICTIONARY.open(encoding="latin-1") as file:
        published = {(row["Table"], row["Row"].strip()) for row in csv.DictReader(file)}
    for table in contracts().values():
        stem = "application_{train|test}" if table.name == "application" else table.file
        published_names = {name for file, name in published if file.removesuffix(".csv") == stem}
        contract_names = {
            "SK_BUREAU_ID" if c.name == "SK_ID_BUREAU" else c.name for c in table.columns
        }
        assert len(published_names) > 2
        assert published_names <= contract_names | {"NFLAG_MICRO_CASH"}


@pytest.mark.parametrize("name", TABLES)
class TestEveryColumn:
    def test_has_a_meaning_unit_and_alias(self, name):
        for column in contracts()[name].columns:
            assert len(column.meaning) > 3, column
            assert column.unit, column
            assert column.alias.replace("_", "").isalnum(), column
            assert column.alias == column.alias.lower(), column
            assert contracts()[name][column.name] is column

    def test_has_either_levels_or_a_range(self, name):
        for column in contracts()[name].columns:
            assert column.dtype in DTYPES, column
            if column.is_category:
                marks = (*column.levels, *column.missing)
                assert 1 < len(marks) <= MOST_LEVELS, column
                assert len(set(marks)) == len(marks), column
                assert all(mark == mark.strip() != "" for mark in marks), column
                assert (column.minimum, column.maximum, column.sentinel) == (None, None, None), (
                    column
                )
            else:
                assert column.levels == column.missing == (), column
                assert column.minimum <= column.maximum, column

    def test_marks_are_out_of_range_and_nullable(self, name):
        for column in contracts()[name].columns:
            if column.sentinel is not None:
                assert not column.minimum <= column.sentinel <= column.maximum, column
            if column.sentinel is not None or column.missing:
                assert column.nullable, column

    def test_range_fits_its_dtype(self, name):
        for column in contracts()[name].columns:
            dtype = DTYPES[column.dtype]
            if dtype.is_integer() and not column.is_category:
                low, high = pl.select(low=dtype.min(), high=dtype.max()).row(0)
                assert low <= column.minimum, column
                assert column.maximum <= high, column

    def test_key_and_target_are_not_nullable(self, name):
        table = contracts()[name]
        for column in table.columns:
            if column.use in ("key", "target") or column.name in table.unique:
                assert not column.nullable, column


@pytest.mark.parametrize("name", TABLES)
class TestEveryTable:
    def test_has_a_name_meaning_and_file(self, name):
        table = contracts()[name]
        assert table.name == name
        assert table.meaning.endswith(".")
        assert not table.meaning.startswith("#")
        assert table.file

    def test_names_and_aliases_are_distinct(self, name):
        table = contracts()[name]
        assert len(table.by_name) == len(table.columns)
        assert len({column.alias for column in table.columns}) == len(table.columns)

    def test_key_and_join_refer_to_key_columns(self, name):
        table = contracts()[name]
        assert set(table.unique) <= set(table.by_name)
        assert (table.join is None) == (name == "application")
        if table.join:
            assert table[table.join.on].use == "key"
            assert contracts()[table.join.table][table.join.on].use == "key"

    def test_columns_are_numbers_categories_keys_target_or_time(self, name):
        table = contracts()[name]
        others = [c for c in table.columns if c.use in ("key", "target", "time")]
        assert len(table.numbers) + len(table.categories) + len(others) == len(table.columns)
        assert not {c.name for c in others} & {c.name for c in (*table.numbers, *table.categories)}

    def test_toml_has_only_known_entries(self, name):
        raw = tomllib.loads((CONTRACTS_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        assert set(raw) <= {"file", "unlabelled_file", "unique", "join", "columns"}


def test_only_the_application_has_target_and_sensitive_columns():
    sensitive = {c.name: c.use for t in contracts().values() for c in t.columns if c.is_sensitive}
    assert sensitive == {
        "CODE_GENDER": "prohibited",
        "NAME_FAMILY_STATUS": "prohibited",
        "DAYS_BIRTH": "restricted",
    }
    targets = [
        (t.name, c.name) for t in contracts().values() for c in t.columns if c.use == "target"
    ]
    assert targets == [("application", "TARGET")]


def test_amounts_of_the_application_are_greater_than_zero():
    """Earlier credits may be of 0 in the real tables."""
    exclusive = [
        (t.name, c.name) for t in contracts().values() for c in t.columns if c.exclusive_minimum
    ]
    names = ("AMT_INCOME_TOTAL", "AMT_CREDIT", "AMT_ANNUITY")
    assert exclusive == [("application", name) for name in names]


def test_unknown_column_raises_key_error():
    with pytest.raises(KeyError, match="NOT_THERE"):
        contracts()["bureau"]["NOT_THERE"]
