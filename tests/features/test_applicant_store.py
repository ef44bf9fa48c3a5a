"""The store of applicants' features: made from the tables, read by key, exchanged whole."""

import sqlite3

import polars as pl
import pytest

from credit_scoring.errors import FeatureError, StorageError, TableError
from credit_scoring.features.applicant_store import Store, write_store
from credit_scoring.features.build_applicant_store import make_store

WANTED = ["EXT_SOURCE_2", "CNT_CHILDREN", "ORGANIZATION_TYPE", "bureau_count", "bureau_debt_mean"]
FACTS = {"made_at": "2026-11-21T12:00:00+00:00", "source": "here"}


@pytest.fixture(scope="module")
def made(sample_folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "applicants.sqlite"
    return Store(path), make_store(sample_folder, path, WANTED)


def test_every_applicant_is_stored_with_or_without_a_known_outcome(made, sample_folder):
    store, count = made
    assert count == 1000
    for name in ("application_train", "application_test"):
        applicant = pl.read_parquet(sample_folder / f"{name}.parquet")["SK_ID_CURR"][0]
        assert store.get(str(applicant)).features.keys() == set(WANTED)


def test_stored_values_are_those_of_the_feature_table_in_32_bits(made, feature_table):
    for position in range(0, len(feature_table.applicant), 37):
        row = feature_table.features.row(position, named=True)
        stored = made[0].get(str(feature_table.applicant[position])).features
        for name in WANTED:
            kind = feature_table.features[name].dtype
            assert pl.Series([stored[name]], dtype=kind)[0] == row[name], name


def test_numbers_are_written_as_a_person_writes_them(made, feature_table):
    values = [made[0].get(str(applicant)).features for applicant in feature_table.applicant[:50]]
    assert {type(row["CNT_CHILDREN"]) for row in values} == {int}
    assert max(len(str(row["EXT_SOURCE_2"])) for row in values) <= len("0.12345678901")


def test_nobody_else_is_in_it(made):
    assert made[0].get("nobody") is None
    assert made[0].get("' OR 1=1 --") is None


def test_what_is_read_is_what_was_written(tmp_path):
    path = tmp_path / "new folder" / "a store?.sqlite"
    assert write_store(path, ["a", "é"], [("7", (1, "ü")), ("x y", (None, 0.1))], **FACTS) == 2
    assert Store(path).get("7").features == {"a": 1, "é": "ü"}
    assert Store(path).get("x y").features == {"a": None, "é": 0.1}
    assert Store(path).get("7").made_at == FACTS["made_at"]


def test_a_failed_writing_leaves_the_old_store_and_nothing_else(tmp_path):
    path = tmp_path / "store.sqlite"
    write_store(path, ["a"], [("1", (1,))], **FACTS)
    with pytest.raises(
        StorageError, match=r"store\.sqlite cannot be written \(UNIQUE constraint failed"
    ):
        write_store(path, ["a"], [("2", (2,)), ("2", (3,))], **FACTS)
    assert Store(path).get("1").features == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_store_is_seen_by_the_next_reading(tmp_path):
    store = Store(tmp_path / "store.sqlite")
    for value in (1, 2):
        write_store(store.path, ["a"], [("1", (value,))], **FACTS)
        assert store.get("1").features == {"a": value}


@pytest.mark.parametrize(
    "content", [None, b"", b"not a database, but long enough to look like one" * 99]
)
def test_a_file_that_is_no_store_is_named(tmp_path, content):
    path = tmp_path / "store.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError, match=r"the store of applicants cannot be read \("):
        Store(path).get("1")


def test_another_format_is_refused(tmp_path):
    path = tmp_path / "store.sqlite"
    write_store(path, ["a"], [("1", (1,))], **FACTS)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE about SET format = 2")
    file.close()
    with pytest.raises(StorageError, match="is not of format 1: make it anew"):
        Store(path).get("1")


def test_a_place_without_tables_is_named(tmp_path):
    with pytest.raises(TableError, match="holds no application table"):
        make_store(tmp_path, tmp_path / "store.sqlite", WANTED)


def test_a_model_of_other_features_is_refused(sample_folder, tmp_path):
    with pytest.raises(FeatureError, match="salary is no feature of these tables"):
        make_store(sample_folder, tmp_path / "store.sqlite", ["salary"])
