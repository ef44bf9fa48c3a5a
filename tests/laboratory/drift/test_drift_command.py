"""`python model.py drift`: exit codes, files, folders, errors."""

import json
import os
import re
import shutil

import polars as pl
import pytest
from rich.console import Console

from credit_scoring.laboratory.drift import evidently_report
from credit_scoring.laboratory.drift.compare_tables import compare_pairs
from credit_scoring.laboratory.drift.drift_text import print_drift
from credit_scoring.laboratory.drift.evidently_report import require_evidently
from credit_scoring.laboratory.drift.table_pairs import open_pairs
from tests.laboratory.drift.conftest import loans

SHIFTED = loans(seed=1).with_columns(pl.col("income") + 1000)


@pytest.fixture
def paths(write):
    """The arguments for a reference and a current table, by whether the current one drifts."""
    before = write(loans(), "before.csv")
    return {
        drifts: ["--reference", before, "--current", write(frame, f"now-{drifts}.parquet")]
        for drifts, frame in ((False, loans(seed=1)), (True, SHIFTED))
    }


@pytest.mark.parametrize("drifts", [False, True], ids=["same", "shifted"])
def test_exit_code_is_the_verdict_and_the_files_hold_it(run_cli, paths, tmp_path, drifts):
    json_file, html_file = tmp_path / "new/drift.json", tmp_path / "new/drift.html"
    code, output = run_cli("drift", *paths[drifts], "--json", json_file, "--html", html_file)
    assert code == int(drifts)
    assert ("1 of 5 columns drifts" if drifts else "No drift.") in output
    assert json.loads(json_file.read_text())["drift"] is drifts
    page = html_file.read_text()
    assert not re.search(r"<script|<link|src=|url\(|@import", page)
    assert ("1 of 5 columns drifts" if drifts else "No drift") in page
    assert len(page) < 60_000


@pytest.mark.parametrize(
    ("current", "message"),
    [
        ("missing.csv", "missing.csv does not exist: give a table or a folder of tables"),
        ("empty.csv", "empty.csv has no rows"),
        ("folder", "--reference is a table and --current is a folder or zip of tables"),
        ("photo.csv", "it is binary data, not a CSV"),
    ],
    ids=["missing", "no rows", "folder", "binary"],
)
def test_error_has_an_exit_code_of_its_own(run_cli, paths, tmp_path, current, message):
    (tmp_path / "empty.csv").write_text("a,b\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "photo.csv").write_bytes(b"\x00\x01\x02" * 50)
    code, output = run_cli("drift", *paths[False][:2], "--current", tmp_path / current)
    assert code == 2
    assert message in output


def test_same_file_twice_is_said(run_cli, paths):
    table = paths[False][1]
    code, output = run_cli("drift", "--reference", table, "--current", table)
    assert code == 0
    assert "The reference and the current table are the same file." in output


def test_nothing_to_compare_is_an_error(run_cli, write):
    """Exit code 0 would say that nothing has drifted."""
    tables = [write(loans(seed=s).select("loan_id", "signed_on"), f"{s}.csv") for s in (0, 1)]
    code, output = run_cli("drift", "--reference", tables[0], "--current", tables[1])
    assert code == 2
    assert "no column could be compared" in output


@pytest.mark.parametrize(
    ("option", "place", "message"),
    [
        ("--json", "before.csv", "--json and --reference are both"),
        ("--html", "now-False.parquet", "--html and --current are both"),
        ("--html", "pipe", "It is a named pipe, not a regular file"),
        ("--json", "link", "It stands for an open file"),
    ],
)
def test_output_replaces_neither_a_table_nor_a_device(
    run_cli, paths, tmp_path, option, place, message
):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/proc/self/fd/1")  # as /dev/stdout is
    before = {file: file.lstat() for file in tmp_path.iterdir()}
    code, output = run_cli("drift", *paths[False], option, tmp_path / place)
    assert code == 2
    assert message in output
    assert {file: file.lstat().st_ino for file in before} == {
        file: status.st_ino for file, status in before.items()
    }


def test_levels_from_a_file_are_escaped_on_the_page(run_cli, write, tmp_path):
    hostile = loans(seed=1).with_columns(purpose=pl.lit("<script>alert(1)</script>"))
    html_file = tmp_path / "drift.html"
    tables = ["--reference", write(loans(), "a.csv"), "--current", write(hostile, "b.csv")]
    code, _ = run_cli("drift", *tables, "--html", html_file)
    assert code == 1
    assert "<script>" not in html_file.read_text()
    assert "&lt;script&gt;" in html_file.read_text()


def test_screen_fits_80_columns(write):
    console = Console(width=80, record=True, force_terminal=True)
    with open_pairs(write(loans(), "a.csv"), write(SHIFTED, "b.csv")) as pairs:
        print_drift(compare_pairs(pairs), console)
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    assert "income" in next(line for line in lines if "Median" in line)


def test_folder_against_itself_compares_train_with_test(run_cli, sample_folder, tmp_path):
    json_file = tmp_path / "drift.json"
    arguments = ["--reference", sample_folder, "--current", sample_folder, "--json", json_file]
    code, output = run_cli("drift", *arguments)
    assert code == 0
    assert "application_test (137 rows) against" in output
    tables = {table["table"]: table for table in json.loads(json_file.read_text())["tables"]}
    assert len(tables) == 7
    bureau = pl.read_parquet(sample_folder / "bureau.parquet")
    assert sum(tables["bureau"]["rows"].values()) == len(bureau)
    train = pl.read_parquet(sample_folder / "application_train.parquet")
    sizes = bureau.join(train, on="SK_ID_CURR", how="semi").group_by("SK_ID_CURR").len()["len"]
    effective = tables["bureau"]["effective_rows"]["reference"]
    assert effective == pytest.approx(sizes.sum() ** 2 / (sizes**2).sum())


def test_only_tables_of_both_folders_are_compared(sample_folder, tmp_path):
    for name in ("application_test", "bureau_balance"):
        shutil.copy(sample_folder / f"{name}.parquet", tmp_path)
    with open_pairs(sample_folder, tmp_path) as pairs:
        assert [pair.name for pair in pairs] == ["application"]
        assert pairs[0].current.name.endswith("application_test")
        levels = pairs[0].current.column("NAME_CONTRACT_TYPE").unique().sort().to_list()
    assert levels == ["Cash loans", "Revolving loans"]


def test_table_that_is_gone_is_drift_and_a_new_one_is_not(sample_folder, tmp_path):
    for name in ("application_test", "bureau"):
        shutil.copy(sample_folder / f"{name}.parquet", tmp_path)
    with open_pairs(sample_folder, tmp_path) as pairs:
        gone = compare_pairs(pairs).changed
    assert "previous_application" in [remark.column for remark in gone]
    assert "bureau" not in [remark.column for remark in gone]
    with open_pairs(tmp_path, sample_folder) as pairs:
        report = compare_pairs(pairs)
    assert report.changed == []
    assert "previous_application" in [remark.column for remark in report.tables[0].remarks]


def test_evidently_that_is_not_installed_is_named_before_any_work(
    run_cli, paths, tmp_path, monkeypatch
):
    def not_installed():
        return require_evidently(tmp_path / "nowhere")

    monkeypatch.setattr(evidently_report, "require_evidently", not_installed)
    code, output = run_cli("drift", *paths[False], "--evidently", tmp_path / "evidently.html")
    assert code == 2
    assert "make evidently installs it" in output
    assert "Comparing" not in output


@pytest.mark.skipif(
    not (evidently_report.ENVIRONMENT / "done").exists(), reason="make evidently was not run"
)
def test_evidently_writes_its_report(run_cli, write, tmp_path):
    """A column without any value is left out, because Evidently refuses it."""
    now = SHIFTED.with_columns(score=pl.lit(None, pl.Int64))
    tables = ["--reference", write(loans(), "a.csv"), "--current", write(now, "b.csv")]
    out = tmp_path / "evidently.html"
    code, _ = run_cli("drift", *tables, "--evidently", out)
    assert code == 1
    assert "income" in out.read_text()
