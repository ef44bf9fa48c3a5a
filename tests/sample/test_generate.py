"""Generating the sample: seeds, file formats, arguments, and folders that already hold files."""

import subprocess
import sys
import zipfile

import polars as pl
import pytest

from credit_scoring.errors import TableError
from credit_scoring.sample import generate, generate_sample
from credit_scoring.sample.write_tables import ARCHIVE
from tests.sample.real_set import APPLICANTS, FILES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"applicants": 99}, "applicants is 99: expected a whole number from 100 to 100,000,000"),
        ({"applicants": 1000.0}, "applicants is 1000.0: expected a whole number"),
        ({"applicants": True}, "applicants is True: expected a whole number"),
        ({"applicants": 100_000_001}, "applicants is 100000001: expected"),
        ({"seed": -1}, "seed is -1: expected a whole number of at least 0"),
        ({"seed": "a"}, "seed is 'a': expected a whole number"),
        ({"file_format": "xlsx"}, "file_format is 'xlsx': expected one of parquet, csv, zip"),
    ],
)
def test_arguments_out_of_range_are_refused(tmp_path, arguments, message):
    with pytest.raises(TableError, match=message):
        generate_sample(tmp_path / "new", **arguments)
    assert not (tmp_path / "new").exists()


def test_a_file_as_the_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TableError, match="file, a file: expected a folder"):
        generate_sample(tmp_path / "file", applicants=100)


def test_tables_that_are_not_a_sample_are_kept(tmp_path):
    (tmp_path / "bureau.csv").write_text("real")
    message = r"holds bureau\.csv but no truth\.parquet: .* give another folder"
    with pytest.raises(TableError, match=message):
        generate_sample(tmp_path, applicants=100)
    assert [file.name for file in tmp_path.iterdir()] == ["bureau.csv"]


def test_the_same_seed_gives_the_same_data(folder, tmp_path):
    generate_sample(tmp_path, applicants=APPLICANTS, seed=5)
    for stem in [*FILES, "truth"]:
        name = f"{stem}.parquet"
        assert pl.read_parquet(tmp_path / name).equals(pl.read_parquet(folder / name)), stem


def test_another_seed_gives_other_data(tables, tmp_path):
    generate_sample(tmp_path, applicants=APPLICANTS, seed=4)
    assert not pl.read_parquet(tmp_path / "truth.parquet").equals(tables["truth"])


def test_every_format_holds_the_same_values(tmp_path):
    rows = {
        file_format: generate_sample(
            tmp_path / file_format, applicants=300, file_format=file_format
        )
        for file_format in ("csv", "parquet", "zip")
    }
    assert rows["csv"] == rows["parquet"] == rows["zip"]
    assert {file.name for file in (tmp_path / "zip").iterdir()} == {ARCHIVE, "truth.parquet"}
    with zipfile.ZipFile(tmp_path / "zip" / ARCHIVE) as archive:
        assert sorted(archive.namelist()) == sorted(f"{stem}.csv" for stem in FILES)
        for stem in FILES:
            parquet = pl.read_parquet(tmp_path / "parquet" / f"{stem}.parquet")
            text = (tmp_path / "csv" / f"{stem}.csv").read_bytes()
            assert archive.read(f"{stem}.csv") == text
            assert pl.read_csv(text, schema=parquet.schema).equals(parquet), stem
            assert rows["csv"][stem] == parquet.height


def test_progress_is_reported_after_each_block(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "BLOCK_APPLICANTS", 100)
    reports = []
    generate_sample(tmp_path, applicants=250, progress=lambda *report: reports.append(report))
    assert reports == [(84, 250), (167, 250), (250, 250)]


def test_identifiers_are_unique_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "BLOCK_APPLICANTS", 100)
    generate_sample(tmp_path, applicants=250)
    keys = {"bureau": "SK_ID_BUREAU", "previous_application": "SK_ID_PREV", "truth": "SK_ID_CURR"}
    for stem, key in keys.items():
        identifiers = pl.read_parquet(tmp_path / f"{stem}.parquet")[key]
        assert identifiers.is_unique().all()
        assert identifiers.max() - identifiers.min() + 1 == identifiers.len()


def test_an_older_sample_of_another_format_is_replaced(tmp_path):
    generate_sample(tmp_path, applicants=100, file_format="csv")
    generate_sample(tmp_path, applicants=100, seed=1)
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {f"{stem}.parquet" for stem in [*FILES, "truth"]}


def test_a_failed_run_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="disk full"):
        generate_sample(tmp_path, applicants=100, progress=fail)
    assert not list(tmp_path.iterdir())


def test_a_killed_run_leaves_only_its_temporary_folder(tmp_path):
    code = (
        "import os, sys, pathlib\n"
        "from credit_scoring.sample import generate_sample\n"
        "out = pathlib.Path(sys.argv[1])\n"
        "generate_sample(out, applicants=100, progress=lambda *_: os._exit(9))\n"
    )
    process = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert process.returncode == 9
    assert not [file for file in tmp_path.iterdir() if not file.name.startswith(".sample-")]


def fail(_done, _total):
    raise RuntimeError("disk full")
