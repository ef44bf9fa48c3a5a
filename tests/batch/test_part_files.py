"""The finished parts of a run: resumed by the same run, refused to another one."""

import errno
import json
import os
import resource
import signal

import polars as pl
import pytest

from credit_scoring.batch.part_files import MANIFEST, PartFiles
from credit_scoring.errors import SettingError

IDENTITY = {"the source": "a.csv", "--reasons": False}
TABLE = pl.DataFrame({"a": [1, 2]})


@pytest.fixture
def out(tmp_path):
    return tmp_path / "scores.parquet"


def parts_of(out, **changes):
    return PartFiles(out, IDENTITY | changes)


def write_parts(out, *numbers):
    with parts_of(out).opened() as parts:
        for number in numbers:
            parts.write(number, {"part": TABLE})
        return parts.run_id


def test_finished_parts_are_found_by_the_same_run(out):
    run_id = write_parts(out, 0, 1)
    with parts_of(out).opened() as parts:
        assert (parts.finished(), parts.run_id) == (2, run_id)
        assert pl.read_parquet(parts.paths("part")).equals(pl.concat([TABLE, TABLE]))


def test_parts_after_a_missing_one_do_not_count(out):
    write_parts(out, 0, 2)
    assert parts_of(out).finished() == 1


def test_a_part_counts_once_its_last_table_is_there(out):
    with PartFiles(out, IDENTITY, ("first", "second")).opened() as parts:
        with pytest.raises(KeyError):
            parts.write(0, {"first": TABLE})
        assert parts.finished() == 0


def test_parts_of_another_run_are_refused_with_the_difference(out):
    write_parts(out, 0)
    with (
        pytest.raises(SettingError, match="1 finished parts of another run") as caught,
        parts_of(out, **{"the source": "b.csv"}).opened(),
    ):
        pass
    assert "(the source was a.csv, now b.csv)" in str(caught.value)
    assert "--restart" in str(caught.value)
    assert parts_of(out).finished() == 1


def test_restart_begins_again(out):
    run_id = write_parts(out, 0)
    with parts_of(out, **{"the source": "b.csv"}).opened(restart=True) as parts:
        assert parts.finished() == 0
        assert parts.run_id != run_id


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"identity": 3})])
def test_a_damaged_manifest_is_another_run(out, text):
    write_parts(out, 0)
    (parts_of(out).folder / MANIFEST).write_text(text)
    with pytest.raises(SettingError, match="--restart"), parts_of(out).opened():
        pass


def test_two_processes_do_not_write_the_same_output(out):
    with (
        parts_of(out).opened(),
        pytest.raises(SettingError, match="another process writes"),
        parts_of(out).opened(),
    ):
        pass


def test_unfinished_files_are_removed(out):
    write_parts(out, 0)
    left = [parts_of(out).folder / ".part.x.tmp", out.with_name(f".{out.name}.x.tmp")]
    other = out.with_name(".other.x.tmp")
    for file in (*left, other):
        file.write_text("")
    write_parts(out)
    assert [file.exists() for file in (*left, other)] == [False, False, True]


def test_a_text_is_kept_for_the_next_run(out):
    with parts_of(out).opened() as parts:
        assert parts.text("id", "a") == "a"
    with parts_of(out).opened() as parts:
        assert parts.text("id", "b") == "a"


def test_removal_leaves_nothing(out):
    with parts_of(out).opened() as parts:
        parts.write(0, {"part": TABLE})
        parts.remove()
    assert [*out.parent.iterdir()] == []


def test_a_removal_that_was_killed_is_completed(out, monkeypatch):
    with parts_of(out).opened() as parts:
        monkeypatch.setattr("shutil.rmtree", lambda _folder: None)
        parts.remove()
        monkeypatch.undo()
    assert len([*out.parent.iterdir()]) == 1
    with parts_of(out).opened() as parts:
        assert [*out.parent.iterdir()] == [parts.folder]


def test_a_full_disk_keeps_the_finished_parts(out, monkeypatch):
    write_parts(out, 0)

    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(SettingError, match="No space left on device") as caught:
        write_parts(out, 1)
    assert "make room, then run the command again; it resumes after the 1 fin" in str(caught.value)
    assert parts_of(out).finished() == 1


def test_a_part_that_does_not_fit_is_not_left(out):
    write_parts(out, 0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        with pytest.raises(SettingError, match="File too large"):
            write_parts(out, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert parts_of(out).finished() == 1
    assert not [*parts_of(out).folder.glob(".*")]
