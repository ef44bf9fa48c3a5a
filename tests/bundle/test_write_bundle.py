"""Writing a bundle: the old one or the new one, whole, whatever happens; and nothing but a bundle is replaced."""

import errno
import fcntl
import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from credit_scoring.bundle import write_bundle as write_module
from credit_scoring.bundle.write_bundle import check_place, write_bundle
from credit_scoring.errors import BundleError

ROOT = Path(__file__).parents[2]
OLD = {"model.json": b"old manifest", "model.pkl": b"old" * 1000, "old.png": b"picture"}
NEW = {"model.json": b"new manifest", "model.pkl": b"new" * 2000}


def held(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def beside(folder):
    """What stands in the parent of a bundle but the bundle."""
    return [path.name for path in folder.parent.iterdir() if path != folder]


@pytest.fixture
def folder(tmp_path):
    write_bundle(tmp_path / "models/latest", OLD)
    return tmp_path / "models/latest"


@pytest.fixture(params=["exchange", "two steps"])
def way(request, monkeypatch):
    """Both ways of replacing a folder: Linux exchanges two, other systems need two steps."""
    if request.param == "two steps":
        monkeypatch.setattr(write_module, "_exchange", lambda _one, _other: False)
    return request.param


class TestWritten:
    def test_a_bundle_is_exactly_its_files_and_leaves_nothing_beside(self, folder):
        assert held(folder) == OLD
        assert beside(folder) == []
        assert folder.stat().st_mode & 0o777 == 0o755

    @pytest.mark.usefixtures("way")
    def test_a_new_bundle_replaces_the_old_one(self, folder):
        write_bundle(folder, NEW)
        assert held(folder) == NEW
        assert beside(folder) == []

    def test_an_empty_folder_is_filled(self, tmp_path):
        (tmp_path / "empty").mkdir()
        write_bundle(tmp_path / "empty", NEW)
        assert held(tmp_path / "empty") == NEW

    def test_a_relative_path_is_one_from_where_one_stands(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        write_bundle(Path("latest"), NEW)
        assert held(tmp_path / "latest") == NEW

    def test_a_link_stays_a_link(self, folder, tmp_path):
        link = tmp_path / "link"
        link.symlink_to(folder)
        write_bundle(link, NEW)
        assert link.is_symlink()
        assert held(folder) == NEW
        assert beside(folder) == []

    def test_whoever_has_the_old_folder_open_goes_on_reading_it(self, folder):
        with (folder / "model.pkl").open("rb") as file:
            write_bundle(folder, NEW)
            assert file.read() == OLD["model.pkl"]


class TestNothingElseIsReplaced:
    @pytest.mark.parametrize("name", ["notes.txt", "thesis/chapter.tex", ".git/config"])
    def test_a_folder_that_is_no_bundle_is_refused_and_stays(self, tmp_path, name):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("dear")
        for refuse in (check_place, lambda place: write_bundle(place, NEW)):
            with pytest.raises(
                BundleError,
                match=rf"holds {Path(name).parts[0]}, which is no bundle's: give another",
            ):
                refuse(tmp_path)
        assert (tmp_path / name).read_text() == "dear"

    def test_a_bundle_with_a_folder_in_it_is_refused(self, folder):
        (folder / "data").mkdir()
        with pytest.raises(BundleError, match="holds data, which is no bundle's"):
            write_bundle(folder, NEW)
        assert (folder / "model.json").read_bytes() == OLD["model.json"]

    def test_a_file_is_refused(self, tmp_path):
        (tmp_path / "file").write_text("dear")
        with pytest.raises(BundleError, match="file is a file: give the folder of a bundle"):
            write_bundle(tmp_path / "file", NEW)
        assert (tmp_path / "file").read_text() == "dear"

    @pytest.mark.parametrize("make", [lambda _p: None, Path.mkdir])
    def test_what_does_not_exist_or_is_empty_may_be_written(self, tmp_path, make):
        make(tmp_path / "new")
        check_place(tmp_path / "new")

    def test_a_bundle_may_be_replaced(self, folder):
        check_place(folder)


def write_failing(owner, name, nth, folder):
    """Write with the operation failing the `nth` time: how often it was called, and the error if there was one."""
    operation, calls = getattr(owner, name), []

    def failing(*args, **arguments):
        calls.append(name)
        if len(calls) == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        return operation(*args, **arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, failing)
        try:
            write_bundle(folder, NEW)
        except BundleError as error:
            return len(calls), str(error)
    return len(calls), None


class TestAllOrNothing:
    @pytest.mark.usefixtures("way")
    @pytest.mark.parametrize("name", ["mkdtemp", "chmod", "open", "fsync", "rename"])
    def test_an_error_at_the_nth_operation_leaves_the_old_bundle_whole(self, folder, name):
        owner = {"mkdtemp": write_module.tempfile, "fsync": os}.get(name, Path)
        for nth in range(1, 10):
            write_bundle(folder, OLD)
            calls, error = write_failing(owner, name, nth, folder)
            assert held(folder) == (OLD if error else NEW)
            assert beside(folder) == []
            if error:
                assert (
                    "cannot be written (No space left on device): the old bundle is unchanged"
                    in error
                )
            if calls < nth:
                return
        pytest.fail("the operation was called more often than expected")

    def test_a_file_larger_than_the_system_allows_leaves_the_old_bundle_whole(self, folder):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            with pytest.raises(
                BundleError,
                match=r"cannot be written \(File too large\): the old bundle is unchanged",
            ):
                write_bundle(folder, NEW)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert held(folder) == OLD
        assert beside(folder) == []

    def test_ctrl_c_while_it_writes_leaves_the_old_bundle_whole(self, folder, monkeypatch):
        def interrupted(_handle):
            raise KeyboardInterrupt

        monkeypatch.setattr(write_module.os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_bundle(folder, NEW)
        assert held(folder) == OLD
        assert beside(folder) == []


WRITER = """
import sys
from pathlib import Path
from credit_scoring.bundle.write_bundle import write_bundle
n = int(sys.argv[2])
while True:
    n += 1
    content = str(n).encode() * 20_000
    write_bundle(Path(sys.argv[1]), {"model.json": content, "model.pkl": content, f"{n}.png": content})
    print(n, flush=True)
"""


def whole(folder):
    """The number of the bundle, all of whose files are there and complete."""
    names = {path.name: path.read_bytes() for path in folder.iterdir()}
    number = next(int(Path(name).stem) for name in names if name.endswith(".png"))
    assert {*names} == {"model.json", "model.pkl", f"{number}.png"}
    assert {hashlib.sha256(data).hexdigest() for data in names.values()} == {
        hashlib.sha256(str(number).encode() * 20_000).hexdigest()
    }
    return number


def test_killed_at_any_moment_one_bundle_stands_whole_and_the_next_run_clears_up(tmp_path):
    folder, rng, number = tmp_path / "latest", random.Random(0), 0  # noqa: S311
    for _ in range(20):
        command = [sys.executable, "-c", WRITER, str(folder), str(number)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            writer.stdout.readline()
            time.sleep(rng.random() * 0.05)
            writer.send_signal(signal.SIGKILL)
        number = whole(folder)
    assert number >= 20
    write_bundle(folder, NEW)
    assert beside(folder) == []


def test_killed_between_the_two_steps_the_next_run_puts_the_old_bundle_back(folder):
    folder.rename(folder.with_name(".latest-old"))
    write_bundle(folder.with_name("other"), NEW)
    write_bundle(folder, NEW)
    assert held(folder) == NEW
    assert beside(folder) == ["other"]


def test_a_writer_waits_for_the_one_before_it(folder):
    """So that it takes nobody's unfinished folder for a leftover."""
    handle = os.open(folder.parent, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    command = [sys.executable, "-c", WRITER, str(folder), "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        time.sleep(0.5)
        assert held(folder) == OLD
        os.close(handle)
        assert writer.stdout.readline() == "1\n"
        writer.kill()
    whole(folder)
