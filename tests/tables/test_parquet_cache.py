"""The cache: valid while the source is unchanged, atomic, and harmless if it fails."""

import errno
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.errors import TableError
from credit_scoring.tables import open_table
from credit_scoring.tables import parquet_cache as module
from credit_scoring.tables.parquet_cache import STALE_AFTER, ParquetCache
from credit_scoring.tables.read_tables import explain_read_errors, read_tables

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def typed_scans(monkeypatch):
    """The names of the files that are read, not taken from the cache."""
    names, typed_scan = [], open_table.typed_scan
    monkeypatch.setattr(
        open_table,
        "typed_scan",
        lambda source, *rest: names.append(source.path.name) or typed_scan(source, *rest),
    )
    return names


def tables(folder, cache, **options):
    return {
        name: frame.collect() for name, frame in read_tables(folder, cache=cache, **options).items()
    }


def entries(cache, pattern="*/*"):
    return sorted(path for path in cache.glob(pattern) if path.is_file())


class TestUse:
    def test_second_reading_uses_the_cache(self, clean, cache, typed_scans):
        first = tables(clean, cache, checked=True)
        assert sorted(typed_scans) == sorted(path.name for path in clean.iterdir())
        typed_scans.clear()
        second = tables(clean, cache, checked=True)
        assert typed_scans == []
        for name, frame in tables(clean, None).items():
            assert_frame_equal(first[name], frame, check_exact=True)
            assert_frame_equal(second[name], frame, check_exact=True)

    def test_nothing_is_cached_without_a_folder(self, clean, tmp_path, typed_scans):
        tables(clean, None, checked=True)
        tables(clean, None, checked=True)
        assert len(typed_scans) == 8
        assert list(tmp_path.iterdir()) == []

    def test_parquet_files_are_not_copied(self, clean, tmp_path, cache):
        frame = pl.read_csv(clean / "application_train.csv", infer_schema_length=None)
        frame.write_parquet(tmp_path / "application_train.parquet")
        tables(tmp_path, cache)
        assert not cache.exists()

    def test_both_application_files_have_their_own_entry(self, clean, cache):
        assert "TARGET" in tables(clean, cache)["application"].columns
        for _ in range(2):
            assert "TARGET" not in tables(clean, cache, labelled=False)["application"].columns

    def test_valid_files_are_not_checked_again(self, clean, cache, monkeypatch):
        tables(clean, cache, checked=True)
        monkeypatch.setattr(open_table, "obeys_contract", lambda *_: pytest.fail("checked again"))
        tables(clean, cache, checked=True)

    def test_files_only_read_before_are_checked(self, spoiled, cache):
        spoiled.put("CNT_CHILDREN", "31")
        tables(spoiled.folder, cache)
        with pytest.raises(TableError, match="CNT_CHILDREN: 1 value is out of range"):
            tables(spoiled.folder, cache, checked=True)

    @pytest.mark.parametrize("lost", ["every entry", "room"])
    def test_lost_entry_of_a_repaired_file_is_made_again(
        self, clean, spoiled, cache, monkeypatch, lost
    ):
        expected = tables(clean, None)
        spoiled.write(spoiled.file().read_text().replace("\n", "\n\n", 3))
        if lost == "room":
            monkeypatch.setattr(ParquetCache, "store", lambda *_: None)
        tables(spoiled.folder, cache, checked=True)
        for entry in entries(cache):
            entry.unlink()
        assert tables(spoiled.folder, cache, checked=True)["application"].equals(
            expected["application"]
        )

    def test_parquet_read_as_text_is_read_so_every_time(self, clean, tmp_path, cache):
        frame = pl.read_csv(clean / "application_train.csv", infer_schema_length=None)
        floats = pl.col("CNT_CHILDREN").cast(pl.Float64).cast(pl.String)
        frame.with_columns(floats).write_parquet(tmp_path / "application_train.parquet")
        for _ in range(2):
            result = tables(tmp_path, cache, checked=True)["application"]
            assert result["CNT_CHILDREN"].to_list() == frame["CNT_CHILDREN"].to_list()


class TestChange:
    @pytest.mark.parametrize("how", ["content", "time", "contract", "format"])
    def test_of_source_or_contract_invalidates_the_entry(
        self, spoiled, cache, typed_scans, monkeypatch, how
    ):
        tables(spoiled.folder, cache, checked=True)
        typed_scans.clear()
        file = spoiled.file("bureau")
        if how == "content":
            spoiled.put("DAYS_CREDIT", "-7", stem="bureau")
        if how == "time":
            os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
        if how == "contract":
            monkeypatch.setattr(
                ParquetCache,
                "_entry",
                lambda self, source, _table: self.folder / source.path.name / "other",
            )
        if how == "format":
            monkeypatch.setattr(module, "FORMAT", 2)
        result = tables(spoiled.folder, cache, checked=True)["bureau"]
        assert "bureau.csv" in typed_scans
        assert how != "content" or result["DAYS_CREDIT"][0] == -7

    def test_removes_the_old_entry_of_the_file(self, spoiled, cache):
        tables(spoiled.folder, cache)
        before = entries(cache)
        spoiled.put("DAYS_CREDIT", "-7", stem="bureau")
        tables(spoiled.folder, cache)
        after = entries(cache)
        assert len(after) == len(before) == 3
        assert len(set(after) - set(before)) == 1

    def test_of_a_valid_file_is_checked(self, spoiled, cache):
        tables(spoiled.folder, cache, checked=True)
        spoiled.put("SK_ID_CURR", "999999", stem="bureau")
        with pytest.raises(TableError, match="such as SK_ID_CURR 999999"):
            tables(spoiled.folder, cache, checked=True)

    def test_while_reading_is_detected(self, spoiled, cache, monkeypatch):
        sink = pl.LazyFrame.sink_parquet

        def sink_late(frame, path, **options):
            sink(frame, path, **options)
            spoiled.file().write_text(spoiled.file().read_text() + "\n")

        monkeypatch.setattr(pl.LazyFrame, "sink_parquet", sink_late)
        with pytest.raises(
            TableError,
            match=r"application_train\.csv was changed while it was read: run this again",
        ):
            tables(spoiled.folder, cache)
        assert entries(cache) == []


class TestDamage:
    @pytest.mark.parametrize(
        "spoil", [lambda _data: b"", lambda data: data[:-50], lambda _data: b"nonsense" * 9]
    )
    def test_of_an_entry_is_logged_and_repaired(self, clean, cache, caplog, spoil):
        expected = tables(clean, cache)
        for entry in entries(cache):
            entry.write_bytes(spoil(entry.read_bytes()))
        with caplog.at_level(logging.WARNING):
            result = tables(clean, cache)
        assert "is damaged" in caplog.text
        assert all(result[name].equals(frame) for name, frame in expected.items())
        caplog.clear()
        tables(clean, cache)
        assert "is damaged" not in caplog.text

    def test_inside_an_entry_is_reported_when_read(self, clean, cache):
        tables(clean, cache, checked=True)
        for entry in entries(cache):
            data = bytearray(entry.read_bytes())
            data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
            entry.write_bytes(data)
        message = rf"tables cached in {cache} were damaged and are removed: run this again"
        with pytest.raises(TableError, match=message), explain_read_errors(clean, cache=cache):
            tables(clean, cache, checked=True)
        tables(clean, cache, checked=True)

    def test_errors_of_the_caller_are_raised_unchanged(self, clean, cache):
        with (
            pytest.raises(pl.exceptions.ColumnNotFoundError),
            explain_read_errors(clean, cache=cache),
        ):
            read_tables(clean, cache=cache)["bureau"].select("NOT_THERE").collect()
        assert entries(cache) != []


class TestNoRoom:
    @pytest.mark.parametrize(
        "error",
        [
            OSError(errno.ENOSPC, "No space left on device"),
            PermissionError(errno.EACCES, "Permission denied"),
            pl.exceptions.ComputeError(
                "parquet: underlying IO error: No space left on device (os error 28)"
            ),
        ],
    )
    @pytest.mark.parametrize("form", ["csv", "zip"])
    def test_costs_only_a_warning(self, clean, cache, tmp_path, caplog, monkeypatch, error, form):
        expected = tables(clean, None)
        path = (
            Path(shutil.make_archive(str(tmp_path / "all"), "zip", clean))
            if form == "zip"
            else clean
        )

        def full(_frame, part, **_options):
            part.write_bytes(b"PAR1 half")
            raise error

        monkeypatch.setattr(pl.LazyFrame, "sink_parquet", full)
        with caplog.at_level(logging.WARNING):
            result = tables(path, cache, checked=True)
        assert all(result[name].equals(frame) for name, frame in expected.items())
        assert entries(cache) == []
        words = rf"bureau.csv is read without the cache in {cache}"
        assert any(words in line and "CREDIT_SCORING_CACHE_PATH to another folder or to off" in line
                   for line in caplog.messages)  # fmt: skip

    def test_for_the_folder_itself_costs_a_warning(self, clean, cache, caplog):
        cache.write_text("a file where the folder should be")
        with caplog.at_level(logging.WARNING):
            assert len(tables(clean, cache, checked=True)) == 3
        assert "the files are checked again next time" in caplog.text

    def test_invalid_values_are_reported_despite_a_full_disk(self, spoiled, cache, monkeypatch):
        spoiled.put("AMT_CREDIT", "much")
        monkeypatch.setattr(
            module,
            "_temporary_path",
            lambda _path: (_ for _ in ()).throw(OSError(28, "No space left")),
        )
        with pytest.raises(TableError, match='AMT_CREDIT: 1 value is not a number, "much"'):
            tables(spoiled.folder, cache, checked=True)


class TestConcurrency:
    def test_concurrent_readers_get_equal_tables(self, clean, cache):
        with ThreadPoolExecutor(6) as pool:
            result = list(pool.map(lambda _: tables(clean, cache, checked=True), range(6)))
        assert all(tables_read["bureau"].equals(result[0]["bureau"]) for tables_read in result)
        assert len(entries(cache)) == 4
        assert list(cache.glob("*/.*")) == []

    def test_killed_writer_leaves_nothing_that_is_read(self, clean, cache):
        """The writer writes half a file, then waits to be killed."""
        code = f"""
import sys, time
from pathlib import Path
import polars as pl
from credit_scoring.tables.read_tables import read_tables
def hang(frame, part, **options):
    part.write_bytes(b"PAR1 half")
    print("written", flush=True)
    time.sleep(600)
pl.LazyFrame.sink_parquet = hang
read_tables(Path({str(clean)!r}), cache=Path({str(cache)!r}))
"""
        with subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "written\n"
            process.send_signal(signal.SIGKILL)
        (temporary,) = cache.glob("*/.*")
        tables(clean, cache)
        assert temporary.exists()  # it may belong to a process that still runs
        old = time.time() - STALE_AFTER - 1
        os.utime(temporary, (old, old))
        entries(cache, f"{temporary.parent.name}/*.parquet")[0].unlink()
        tables(clean, cache)
        assert not temporary.exists()
