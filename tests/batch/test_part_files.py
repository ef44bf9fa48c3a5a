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
        pytest.raises(SettingError, match="holds 1 finished part of another run") as caught,
        parts_of(out, **{"the source": "b.csv"}).opened(),
    ):
        pass
    assert "(the source was a.csv, now b.csv)" in str(caught.value)
    assert "--restart" in str(caught.value)
    assert parts_of(out).finished() == 1


def test_a_run_without_a_finished_part_does_not_stop_another_one(out):
    run_id = write_parts(out)
    with parts_of(out, **{"the source": "b.csv"}).opened() as parts:
        assert parts.run_id != run_id
        parts.text("first-id", "decisions with this id may be stored")
    with (
        pytest.raises(SettingError, match="holds 0 finished parts of another run"),
        parts_of(out).opened(),
    ):
        pass


def test_the_difference_is_the_file_that_was_changed(out):
    write_parts(out, 0)
    sources = parts_of(out, **{"the source": "a.csv\nb.csv (2 bytes)"})
    with sources.opened(restart=True) as parts:
        parts.write(0, {"part": TABLE})
    with (
        pytest.raises(SettingError, match=r"\(the source was b.csv \(2 bytes\), now b.csv \(3"),
        parts_of(out, **{"the source": "a.csv\nb.csv (3 bytes)"}).opened(),
    ):
        pass


@pytest.mark.parametrize("restart", [False, True])
def test_a_folder_that_is_not_ours_is_left_alone(out, restart):
    folder = parts_of(out).folder
    folder.mkdir()
    (folder / "thesis.txt").write_text("chapter 1")
    with pytest.raises(SettingError, match=r"but thesis\.txt is there: move it"):
        parts_of(out).opened(restart=restart).__enter__()
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_a_file_in_place_of_the_folder_is_left_alone(out):
    parts_of(out).folder.write_text("chapter 1")
    with pytest.raises(SettingError, match=r"but scores\.parquet\.parts is there: move it"):
        parts_of(out).opened().__enter__()


def test_a_run_that_was_killed_at_its_start_is_begun_again(out):
    folder = parts_of(out).folder
    folder.mkdir()
    for name in ("lock", ".manifest.json.x.tmp"):
        (folder / name).write_text("")
    write_parts(out, 0)
    assert parts_of(out).finished() == 1


def test_every_output_is_checked_before_the_work(out, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.csv").mkdir()
    for other, reason in (("file/a.csv", "file is a file"), ("folder.csv", "Is a directory")):
        parts = PartFiles(out, IDENTITY, other_outputs=(tmp_path / other,))
        with pytest.raises(SettingError, match=f"cannot be written .*{reason}.*: give another"):
            parts.opened().__enter__()
    assert not parts.folder.exists()


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
    assert "make room, then run the command again; it resumes after the 1 finished part in" in str(
        caught.value
    )
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
