"""External sort: every row is in the range of its key, whatever the runs."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.errors import SettingError
from credit_scoring.tables import sorted_runs
from credit_scoring.tables.sorted_runs import new_runs, sort_into_runs

LIMITS = pl.Series("key", [10, 20, 60], dtype=pl.Int32)
ROWS = pl.DataFrame(
    {"key": [65, 10, 9, 19, 20, 61, 12, 59, 99], "value": range(9)},
    schema={"key": pl.Int32, "value": pl.Int8},
)


def keys(runs, number):
    return runs.rows(number).collect()["key"].to_list()


@pytest.mark.parametrize("run_bytes", [1, 20, 1 << 20])
def test_ranges_hold_their_rows(tmp_path, monkeypatch, run_bytes):
    monkeypatch.setattr(sorted_runs, "RUN_BYTES", run_bytes)
    runs = sort_into_runs(ROWS.lazy(), tmp_path / "runs", "key", LIMITS)
    ranges = [runs.rows(number).collect().sort("key") for number in range(3)]
    expected = [ROWS.filter(pl.col("key").is_between(*limits)) for limits in
                [(10, 19), (20, 59), (60, 99)]]  # fmt: skip
    for found, rows in zip(ranges, expected, strict=True):
        assert_frame_equal(found, rows.sort("key"))


def test_the_number_of_runs_follows_from_their_size(tmp_path, monkeypatch):
    monkeypatch.setattr(sorted_runs, "RUN_BYTES", 20)
    runs = sort_into_runs(ROWS.lazy(), tmp_path / "runs", "key", LIMITS)
    assert len(runs.runs) > 1
    assert len(list(runs.folder.iterdir())) == len(runs.runs)


def test_rows_of_a_key_keep_their_order(tmp_path):
    rows = pl.DataFrame({"key": [30, 20, 30, 20], "value": [1, 2, 3, 4]})
    runs = sort_into_runs(rows.lazy(), tmp_path / "runs", "key", pl.Series("key", [0]))
    assert runs.rows(0).collect()["value"].to_list() == [2, 4, 1, 3]


def test_a_range_may_be_empty(tmp_path):
    runs = new_runs(tmp_path / "runs", "key", LIMITS, ROWS.schema)
    assert keys(runs, 1) == []
    runs.add(ROWS.filter(pl.col("key") < 20))
    assert keys(runs, 1) == []
    assert runs.rows(1).collect_schema() == ROWS.schema


def test_a_disk_that_cannot_be_written_is_named(tmp_path):
    runs = new_runs(tmp_path / "runs", "key", LIMITS, ROWS.schema)
    runs.folder.rmdir()
    with pytest.raises(SettingError, match=r"runs cannot hold the sorted rows .* set TMPDIR"):
        runs.add(ROWS)
