"""The cache: used while the source is the same, never in the way, never half written."""

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
def kept(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def quick_readings(monkeypatch):
    """The files that are read and not taken from the cache."""
    names, typed_scan = [], open_table.typed_scan
    monkeypatch.setattr(
        open_table,
        "typed_scan",
        lambda source, *rest: names.append(source.path.name) or typed_scan(source, *rest),
    )
    return names


def tables(folder, cache, **how):
    return {
        name: frame.collect() for name, frame in read_tables(folder, cache=cache, **how).items()
    }


def entries(cache, pattern="*/*"):
    return sorted(path for path in cache.glob(pattern) if path.is_file())


class TestUse:
    def test_the_second_reading_takes_what_the_first_kept(self, clean, kept, quick_readings):
        first = tables(clean, kept, checked=True)
        assert sorted(quick_readings) == sorted(path.name for path in clean.iterdir())
        quick_readings.clear()
        second = tables(clean, kept, checked=True)
        assert quick_readings == []
        for name, frame in tables(clean, None).items():
            assert_frame_equal(first[name], frame, check_exact=True)
            assert_frame_equal(second[name], frame, check_exact=True)

    def test_nothing_is_kept_without_a_folder(self, clean, tmp_path, quick_readings):
        tables(clean, None, checked=True)
        tables(clean, None, checked=True)
        assert len(quick_readings) == 8
        assert list(tmp_path.iterdir()) == []

    def test_parquet_is_not_copied(self, clean, tmp_path, kept):
        frame = pl.read_csv(clean / "application_train.csv", infer_schema_length=None)
        frame.write_parquet(tmp_path / "application_train.parquet")
        tables(tmp_path, kept)
        assert not kept.exists()

    def test_the_labelled_and_the_unlabelled_file_are_kept_apart(self, clean, kept):
        assert "TARGET" in tables(clean, kept)["application"].columns
        for _ in range(2):
            assert "TARGET" not in tables(clean, kept, labelled=False)["application"].columns

    def test_files_that_passed_every_check_are_not_checked_again(self, clean, kept, monkeypatch):
        tables(clean, kept, checked=True)
        monkeypatch.setattr(open_table, "obeys_contract", lambda *_: pytest.fail("checked again"))
        tables(clean, kept, checked=True)

    def test_files_that_were_only_read_are_checked(self, spoiled, kept):
        spoiled.put("CNT_CHILDREN", "31")
        tables(spoiled.folder, kept)
        with pytest.raises(TableError, match="CNT_CHILDREN: 1 value is out of range"):
            tables(spoiled.folder, kept, checked=True)

    @pytest.mark.parametrize("lost", ["every entry", "room"])
    def test_what_was_mended_and_is_not_kept_is_mended_again(
        self, clean, spoiled, kept, monkeypatch, lost
    ):
        expected = tables(clean, None)
        spoiled.write(spoiled.file().read_text().replace("\n", "\n\n", 3))
        if lost == "room":
            monkeypatch.setattr(ParquetCache, "store", lambda *_: None)
        tables(spoiled.folder, kept, checked=True)
        for entry in entries(kept):
            entry.unlink()
        assert tables(spoiled.folder, kept, checked=True)["application"].equals(
            expected["application"]
        )

    def test_parquet_that_has_to_be_mended_is_mended_every_time(self, clean, tmp_path, kept):
        frame = pl.read_csv(clean / "application_train.csv", infer_schema_length=None)
        floats = pl.col("CNT_CHILDREN").cast(pl.Float64).cast(pl.String)
        frame.with_columns(floats).write_parquet(tmp_path / "application_train.parquet")
        for _ in range(2):
            found = tables(tmp_path, kept, checked=True)["application"]
            assert found["CNT_CHILDREN"].to_list() == frame["CNT_CHILDREN"].to_list()


class TestChange:
    @pytest.mark.parametrize("how", ["content", "time", "contract", "format"])
    def test_of_the_source_or_the_contract_makes_it_read_again(
        self, spoiled, kept, quick_readings, monkeypatch, how
    ):
        tables(spoiled.folder, kept, checked=True)
        quick_readings.clear()
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
        found = tables(spoiled.folder, kept, checked=True)["bureau"]
        assert "bureau.csv" in quick_readings
        assert how != "content" or found["DAYS_CREDIT"][0] == -7

    def test_leaves_no_old_entry_of_the_same_file(self, spoiled, kept):
        tables(spoiled.folder, kept)
        before = entries(kept)
        spoiled.put("DAYS_CREDIT", "-7", stem="bureau")
        tables(spoiled.folder, kept)
        after = entries(kept)
        assert len(after) == len(before) == 3
        assert len(set(after) - set(before)) == 1

    def test_of_a_file_that_passed_is_checked(self, spoiled, kept):
        tables(spoiled.folder, kept, checked=True)
        spoiled.put("SK_ID_CURR", "999999", stem="bureau")
        with pytest.raises(TableError, match="such as SK_ID_CURR 999999"):
            tables(spoiled.folder, kept, checked=True)

    def test_while_it_is_read_is_noticed(self, spoiled, kept, monkeypatch):
        sink = pl.LazyFrame.sink_parquet

        def sink_late(frame, path, **options):
            sink(frame, path, **options)
            spoiled.file().write_text(spoiled.file().read_text() + "\n")

        monkeypatch.setattr(pl.LazyFrame, "sink_parquet", sink_late)
        with pytest.raises(
            TableError,
            match=r"application_train\.csv was changed while it was read: run this again",
        ):
            tables(spoiled.folder, kept)
        assert entries(kept) == []


class TestDamage:
    @pytest.mark.parametrize(
        "spoil", [lambda _data: b"", lambda data: data[:-50], lambda _data: b"nonsense" * 9]
    )
    def test_of_an_entry_is_told_and_mended(self, clean, kept, caplog, spoil):
        expected = tables(clean, kept)
        for entry in entries(kept):
            entry.write_bytes(spoil(entry.read_bytes()))
        with caplog.at_level(logging.WARNING):
            found = tables(clean, kept)
        assert "is damaged" in caplog.text
        assert all(found[name].equals(frame) for name, frame in expected.items())
        caplog.clear()
        tables(clean, kept)
        assert "is damaged" not in caplog.text

    def test_inside_an_entry_is_told_when_it_is_met(self, clean, kept):
        tables(clean, kept, checked=True)
        for entry in entries(kept):
            data = bytearray(entry.read_bytes())
            data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
            entry.write_bytes(data)
        message = rf"tables cached in {kept} were damaged and are removed: run this again"
        with pytest.raises(TableError, match=message), explain_read_errors(clean, cache=kept):
            tables(clean, kept, checked=True)
        tables(clean, kept, checked=True)

    def test_of_the_work_itself_is_not_blamed_on_the_cache(self, clean, kept):
        with (
            pytest.raises(pl.exceptions.ColumnNotFoundError),
            explain_read_errors(clean, cache=kept),
        ):
            read_tables(clean, cache=kept)["bureau"].select("NOT_THERE").collect()
        assert entries(kept) != []


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
    def test_costs_a_warning_and_nothing_else(
        self, clean, kept, tmp_path, caplog, monkeypatch, error, form
    ):
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
            found = tables(path, kept, checked=True)
        assert all(found[name].equals(frame) for name, frame in expected.items())
        assert entries(kept) == []
        words = rf"bureau.csv is read without the cache in {kept}"
        assert any(words in line and "CREDIT_SCORING_CACHE_PATH to another folder or to off" in line
                   for line in caplog.messages)  # fmt: skip

    def test_for_anything_at_all(self, clean, kept, caplog):
        kept.write_text("a file where the folder should be")
        with caplog.at_level(logging.WARNING):
            assert len(tables(clean, kept, checked=True)) == 3
        assert "the files are checked again next time" in caplog.text

    def test_bad_values_are_still_told_from_a_full_disk(self, spoiled, kept, monkeypatch):
        spoiled.put("AMT_CREDIT", "much")
        monkeypatch.setattr(
            module,
            "_temporary_path",
            lambda _path: (_ for _ in ()).throw(OSError(28, "No space left")),
        )
        with pytest.raises(TableError, match='AMT_CREDIT: 1 value is not a number, "much"'):
            tables(spoiled.folder, kept, checked=True)


class TestSeveralAtOnce:
    def test_readers_get_the_same(self, clean, kept):
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: tables(clean, kept, checked=True), range(6)))
        assert all(one["bureau"].equals(found[0]["bureau"]) for one in found)
        assert len(entries(kept)) == 4
        assert list(kept.glob("*/.*")) == []

    def test_one_that_is_killed_leaves_nothing_that_is_read(self, clean, kept):
        """A sink that writes half and then waits to be killed."""
        code = f"""
import sys, time
from pathlib import Path
import polars as pl
from credit_scoring.tables.read_tables import read_tables
def hang(frame, part, **options):
    part.write_bytes(b"PAR1 half")
    print("written", flush=True)
    time.sleep(60)
pl.LazyFrame.sink_parquet = hang
read_tables(Path({str(clean)!r}), cache=Path({str(kept)!r}))
"""
        with subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "written\n"
            process.send_signal(signal.SIGKILL)
        (left,) = kept.glob("*/.*")
        tables(clean, kept)
        assert left.exists()  # it might be another's that is still at work
        old = time.time() - STALE_AFTER - 1
        os.utime(left, (old, old))
        entries(kept, f"{left.parent.name}/*.parquet")[0].unlink()
        tables(clean, kept)
        assert not left.exists()
