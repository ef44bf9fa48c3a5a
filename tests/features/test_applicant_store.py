"""The store of applicants' features: built from the tables, read by key, replaced as a whole."""

import sqlite3

import polars as pl
import pytest

from credit_scoring.errors import FeatureError, StorageError, TableError
from credit_scoring.features.applicant_store import ApplicantStore, write_applicant_store
from credit_scoring.features.build_applicant_store import build_applicant_store
from tests.special_files import KINDS, make_special

NAMES = ["EXT_SOURCE_2", "CNT_CHILDREN", "ORGANIZATION_TYPE", "bureau_count", "bureau_debt_mean"]
ABOUT = {"made_at": "2026-11-21T12:00:00+00:00", "source": "here"}


@pytest.fixture(scope="module")
def store(sample_folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "applicants.sqlite"
    assert build_applicant_store(sample_folder, path, NAMES) == 1000
    return ApplicantStore(path)


@pytest.mark.parametrize("stem", ["application_train", "application_test"])
def test_applicants_with_and_without_outcome_are_stored(store, sample_folder, stem):
    applicant = pl.read_parquet(sample_folder / f"{stem}.parquet")["SK_ID_CURR"][0]
    assert store.get(str(applicant)).features.keys() == set(NAMES)


def test_stored_values_equal_the_feature_table_in_32_bits(store, feature_table):
    for position in range(0, len(feature_table.applicant), 37):
        row = feature_table.features.row(position, named=True)
        stored = store.get(str(feature_table.applicant[position])).features
        for name in NAMES:
            dtype = feature_table.features[name].dtype
            assert pl.Series([stored[name]], dtype=dtype)[0] == row[name], name


def test_numbers_are_stored_with_few_digits(store, feature_table):
    rows = [store.get(str(applicant)).features for applicant in feature_table.applicant[:50]]
    assert {type(row["CNT_CHILDREN"]) for row in rows} == {int}
    assert max(len(str(row["EXT_SOURCE_2"])) for row in rows) <= len("0.12345678901")


def test_an_unknown_applicant_is_none(store):
    assert store.get("nobody") is None
    assert store.get("' OR 1=1 --") is None


def test_values_survive_the_round_trip(tmp_path):
    path = tmp_path / "new folder" / "a store?.sqlite"
    rows = [("7", (1, "ü")), ("x y", (None, 0.1))]
    assert write_applicant_store(path, ["a", "é"], rows, **ABOUT) == 2
    store = ApplicantStore(path)
    assert store.get("7").features == {"a": 1, "é": "ü"}
    assert store.get("x y").features == {"a": None, "é": 0.1}
    assert store.get("7").made_at == ABOUT["made_at"]


def test_a_failed_write_keeps_the_old_store(tmp_path):
    path = tmp_path / "store.sqlite"
    write_applicant_store(path, ["a"], [("1", (1,))], **ABOUT)
    message = r"store\.sqlite cannot be written \(UNIQUE constraint failed"
    with pytest.raises(StorageError, match=message):
        write_applicant_store(path, ["a"], [("2", (2,)), ("2", (3,))], **ABOUT)
    assert ApplicantStore(path).get("1").features == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_store_is_read_immediately(tmp_path):
    store = ApplicantStore(tmp_path / "store.sqlite")
    for value in (1, 2):
        write_applicant_store(store.path, ["a"], [("1", (value,))], **ABOUT)
        assert store.get("1").features == {"a": value}


@pytest.mark.parametrize(
    "content", [None, b"", b"not a database, but long enough to look like one" * 99]
)
def test_a_file_that_is_not_a_store_is_refused(tmp_path, content):
    path = tmp_path / "store.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError, match=r"the store of applicants cannot be read \("):
        ApplicantStore(path).get("1")


@pytest.mark.parametrize(("kind", "reason"), KINDS.items())
def test_a_special_file_is_refused(tmp_path, kind, reason):
    """SQLite would wait for the writer of a pipe."""
    path = make_special(tmp_path / "store.sqlite", kind)
    with pytest.raises(StorageError, match=rf"cannot be read \({reason}\): build it again"):
        ApplicantStore(path).get("1")


def test_another_format_is_refused(tmp_path):
    path = tmp_path / "store.sqlite"
    write_applicant_store(path, ["a"], [("1", (1,))], **ABOUT)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE about SET format = 2")
    file.close()
    with pytest.raises(StorageError, match="is not of format 1: build it again"):
        ApplicantStore(path).get("1")


def test_a_folder_without_tables_is_refused(tmp_path):
    with pytest.raises(TableError, match="holds no application table"):
        build_applicant_store(tmp_path, tmp_path / "store.sqlite", NAMES)


def test_features_of_another_model_are_refused(sample_folder, tmp_path):
    with pytest.raises(FeatureError, match="salary is not a feature of these tables"):
        build_applicant_store(sample_folder, tmp_path / "store.sqlite", ["salary"])
