"""Reading the applicants of both application files, with and without a known outcome."""

import shutil

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.errors import TableError
from credit_scoring.tables.read_tables import read_tables

STEMS = {True: "application_train", False: "application_test"}  # by whether it is labelled


def application(folder, **options):
    return read_tables(folder, **options)["application"].collect()


@pytest.mark.parametrize("checked", [False, True])
def test_the_applicants_of_both_files_are_read(sample_folder, checked):
    both = application(sample_folder, labelled=None, checked=checked)
    labelled, unlabelled = (application(sample_folder, labelled=known) for known in (True, False))
    assert_frame_equal(both[: len(labelled)], labelled)
    assert_frame_equal(both[len(labelled) :].drop("TARGET"), unlabelled)
    assert both[len(labelled) :]["TARGET"].is_null().all()


@pytest.mark.parametrize("labelled", [True, False])
def test_one_file_is_enough(sample_folder, tmp_path, labelled):
    shutil.copy(sample_folder / f"{STEMS[labelled]}.parquet", tmp_path)
    expected = application(sample_folder, labelled=labelled)
    assert_frame_equal(application(tmp_path, labelled=None), expected)


def test_a_folder_without_applicants_is_refused(tmp_path):
    with pytest.raises(
        TableError, match="holds no application table: expected one of application_train"
    ):
        read_tables(tmp_path, labelled=None)


def test_what_is_wrong_with_either_file_is_reported(sample_folder, tmp_path):
    for file in (f"{stem}.parquet" for stem in STEMS.values()):
        pl.read_parquet(sample_folder / file).drop("EXT_SOURCE_2").write_parquet(tmp_path / file)
    with pytest.raises(TableError, match=r"2 things are wrong(?s:.)*_train(?s:.)*_test"):
        read_tables(tmp_path, labelled=None)
