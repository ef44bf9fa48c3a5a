"""The features of whole tables in one file: equal to the feature table, resumable."""

import os
import shutil
import signal
import subprocess
import sys

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.batch.feature_file import FeatureFileOptions, write_feature_file
from credit_scoring.errors import SettingError, TableError
from credit_scoring.features.assemble import build_features
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.tables.read_tables import read_tables
from tests.priced_bundle import term_text
from tests.server_process import ROOT

NAMES = ("EXT_SOURCE_2", "ORGANIZATION_TYPE", "bureau_count", "bureau_balance_worst_max")
PART_ROWS = 300  # of a thousand applicants
KILLED_AFTER_PART = """
import os, signal, sys
from pathlib import Path
from credit_scoring.batch.feature_file import FeatureFileOptions, write_feature_file

def kill_oneself(done, _total):
    os.kill(os.getpid(), signal.SIGKILL)

data, out = map(Path, sys.argv[1:])
options = FeatureFileOptions(out, {names}, {part_rows})
write_feature_file(data, options, report=kill_oneself)
"""


def write(data, out, names=NAMES, part_rows=PART_ROWS, **options):
    return write_feature_file(data, FeatureFileOptions(out, names, part_rows, **options))


def write_until_killed(data, out):
    """Write one more part in a process that is then killed."""
    code = KILLED_AFTER_PART.format(names=NAMES, part_rows=PART_ROWS)
    command = [sys.executable, "-c", code, str(data), str(out)]
    killed = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


@pytest.fixture(scope="module")
def complete(sample_folder, tmp_path_factory):
    """The file of an undisturbed run."""
    out = tmp_path_factory.mktemp("complete") / "features.parquet"
    assert write(sample_folder, out) == 1000
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    return out


def test_the_file_has_every_applicant_s_features(complete, sample_folder):
    expected = build_features(read_tables(sample_folder, labelled=None), NAMES)
    written = pl.read_parquet(complete)
    assert written.columns == ["SK_ID_CURR", *expected.features.columns, "TARGET"]
    assert_frame_equal(written.select(expected.features.columns), expected.features)
    assert written["SK_ID_CURR"].equals(expected.applicant)
    assert written["TARGET"].equals(expected.target)


def test_all_features_are_the_default(feature_table, sample_folder, tmp_path):
    write(sample_folder, tmp_path / "all.parquet", None)
    written = pl.read_parquet(tmp_path / "all.parquet")
    known = written.filter(pl.col("TARGET").is_not_null())
    assert_frame_equal(known.select(feature_table.features.columns), feature_table.features)


def test_a_csv_file_has_the_same_values(complete, sample_folder, tmp_path):
    write(sample_folder, tmp_path / "features.csv")
    expected = pl.read_parquet(complete)
    schema = dict(expected.schema)
    assert_frame_equal(pl.read_csv(tmp_path / "features.csv", schema=schema), expected)


def test_killed_runs_are_resumed_to_the_same_bytes(complete, sample_folder, tmp_path):
    out = tmp_path / "features.parquet"
    for _ in range(2):
        write_until_killed(sample_folder, out)
        assert not out.exists()
    resumed_after = []
    options = FeatureFileOptions(out, NAMES, PART_ROWS)
    assert write_feature_file(sample_folder, options, on_resume=resumed_after.append) == 1000
    assert resumed_after == [2]
    assert out.read_bytes() == complete.read_bytes()
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": NAMES[:2]}, "the features was 4 .*, now 2 .*--restart"),
        ({"part_rows": 200}, "--part-rows was 300, now 200"),
        ({"term_model": TermModel(term_text())}, "the term model was fitted to the tables, now "),
    ],
    ids=["features", "part rows", "term model"],
)
def test_parts_of_another_run_are_refused(sample_folder, tmp_path, change, message):
    out = tmp_path / "features.parquet"
    write_until_killed(sample_folder, out)
    with pytest.raises(SettingError, match=message):
        write(sample_folder, out, **change)
    assert write(sample_folder, out, **change, restart=True) == 1000
    assert list(tmp_path.iterdir()) == [out]


def test_tables_that_changed_since_are_refused(sample_folder, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(sample_folder, data)
    out = tmp_path / "features.parquet"
    write_until_killed(data, out)
    os.utime(data / "bureau.parquet", (0, 0))
    with pytest.raises(
        SettingError,
        match=r"1 finished part of another run \(the tables was .*bureau.parquet \(\d+ bytes",
    ):
        write(data, out)


def test_tables_that_change_during_the_run_are_refused(sample_folder, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(sample_folder, data)
    options = FeatureFileOptions(tmp_path / "features.parquet", NAMES)

    def change(_done, _total):
        os.utime(data / "bureau.parquet", (0, 0))

    with pytest.raises(TableError, match="data changed while it was read"):
        write_feature_file(data, options, report=change)
    assert not options.out.exists()


def test_tables_that_violate_their_contract_are_refused(sample_folder, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(sample_folder, data)
    application = pl.read_parquet(data / "application_test.parquet")
    too_high = application.with_columns(EXT_SOURCE_2=pl.lit(57.0))
    too_high.write_parquet(data / "application_test.parquet")
    with pytest.raises(TableError, match=r"application_test.*EXT_SOURCE_2: 137 values are out of"):
        write(data, tmp_path / "features.parquet")


def test_a_pattern_in_a_path_is_part_of_the_name(complete, sample_folder, tmp_path):
    data = tmp_path / "a[1] *"
    shutil.copytree(sample_folder, data)
    out = data / "features?.parquet"
    write(data, out)
    assert out.read_bytes() == complete.read_bytes()
