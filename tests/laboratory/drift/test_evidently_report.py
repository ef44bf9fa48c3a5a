"""Running Evidently in its own environment, with a script in place of its Python."""

import polars as pl
import pytest

from credit_scoring.laboratory.drift import evidently_report
from credit_scoring.laboratory.drift.column_counts import count_in_bins
from credit_scoring.laboratory.drift.evidently_report import (
    EvidentlyError,
    require_evidently,
    write_evidently_report,
)
from credit_scoring.laboratory.drift.table_pairs import open_pairs
from tests.laboratory.drift.conftest import loans


@pytest.fixture
def environment(tmp_path):
    """Make an environment with a shell script as Python: $3, $4 are tables, $6 the output."""

    def make(script):
        python = tmp_path / "environment/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        (tmp_path / "environment/done").touch()
        return require_evidently(tmp_path / "environment")

    return make


@pytest.fixture
def write_report(write, tmp_path):
    """Write the report on some columns with a Python; its text."""

    def write_report(python):
        now = loans(seed=1).with_columns(score=pl.lit(None, pl.Int64))
        with open_pairs(write(loans(), "a.csv"), write(now, "b.csv")) as (pair,):
            columns = [
                count_in_bins(pair.reference.column(name), pair.current.column(name))
                for name in ("income", "score", "purpose")
            ]
            write_evidently_report(pair, columns, tmp_path / "out.html", python)
        return (tmp_path / "out.html").read_text()

    return write_report


def test_columns_with_values_are_passed_by_kind_without_telemetry(environment, write_report):
    python = environment('echo "$5" "$DO_NOT_TRACK" > "$6"')
    assert write_report(python) == '{"number": ["income"], "category": ["purpose"]} 1\n'


def test_tables_are_parquet_with_a_sample_of_the_rows(environment, write_report, monkeypatch):
    monkeypatch.setattr(evidently_report, "MAX_ROWS", 100)
    python = environment('head -c 4 "$3" > "$6"')
    assert write_report(python) == "PAR1"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo first >&2; echo 'ValueError: too few rows' >&2; exit 3", "ValueError: too few rows"),
        ("exit 3", "exit code 3"),
        ("exit 0", "no report was written"),
    ],
    ids=["message", "silent", "no file"],
)
def test_failure_is_explained_and_leaves_no_file(
    environment, write_report, tmp_path, script, message
):
    with pytest.raises(EvidentlyError, match=message):
        write_report(environment(script))
    assert not (tmp_path / "out.html").exists()


def test_environment_that_was_not_finished_is_not_used(tmp_path):
    with pytest.raises(EvidentlyError, match="make evidently installs it"):
        require_evidently(tmp_path)
