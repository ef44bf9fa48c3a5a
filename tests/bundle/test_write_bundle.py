"""Writing a bundle: after any failure the old or the new one is complete."""

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
from credit_scoring.bundle.write_bundle import require_bundle_folder, write_bundle
from credit_scoring.errors import BundleError

ROOT = Path(__file__).parents[2]
OLD = {"model.json": b"old manifest", "model.pkl": b"old" * 1000, "old.png": b"picture"}
NEW = {"model.json": b"new manifest", "model.pkl": b"new" * 2000}


def content_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def siblings(folder):
    """The names of the other entries in a bundle's parent folder."""
    return [path.name for path in folder.parent.iterdir() if path != folder]


@pytest.fixture
def folder(tmp_path):
    write_bundle(tmp_path / "models/latest", OLD)
    return tmp_path / "models/latest"


@pytest.fixture(params=["exchange", "two steps"])
def replacement(request, monkeypatch):
    """Both ways to replace a folder: Linux exchanges two, other systems need two steps."""
    if request.param == "two steps":
        monkeypatch.setattr(write_module, "_exchange", lambda _first, _second: False)
    return request.param


class TestWritten:
    def test_a_bundle_has_exactly_its_files(self, folder):
        assert content_of(folder) == OLD
        assert siblings(folder) == []
        assert folder.stat().st_mode & 0o777 == 0o755

    @pytest.mark.usefixtures("replacement")
    def test_a_new_bundle_replaces_the_old_one(self, folder):
        write_bundle(folder, NEW)
        assert content_of(folder) == NEW
        assert siblings(folder) == []

    def test_an_empty_folder_is_filled(self, tmp_path):
        (tmp_path / "empty").mkdir()
        write_bundle(tmp_path / "empty", NEW)
        assert content_of(tmp_path / "empty") == NEW

    def test_a_relative_path_starts_at_the_working_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        write_bundle(Path("latest"), NEW)
        assert content_of(tmp_path / "latest") == NEW

    def test_a_link_stays_a_link(self, folder, tmp_path):
        link = tmp_path / "link"
        link.symlink_to(folder)
        write_bundle(link, NEW)
        assert link.is_symlink()
        assert content_of(folder) == NEW
        assert siblings(folder) == []

    def test_a_reader_of_the_old_bundle_continues(self, folder):
        with (folder / "model.pkl").open("rb") as file:
            write_bundle(folder, NEW)
            assert file.read() == OLD["model.pkl"]


class TestRefused:
    @pytest.mark.parametrize("name", ["notes.txt", "thesis/chapter.tex", ".git/config"])
    def test_a_folder_with_other_files_is_refused(self, tmp_path, name):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
        for refuse in (require_bundle_folder, lambda place: write_bundle(place, NEW)):
            with pytest.raises(
                BundleError,
                match=rf"holds {Path(name).parts[0]}, which is not part of a bundle: give another",
            ):
                refuse(tmp_path)
        assert (tmp_path / name).read_text() == "text"

    def test_a_bundle_with_a_folder_in_it_is_refused(self, folder):
        (folder / "data").mkdir()
        with pytest.raises(BundleError, match="holds data, which is not part of a bundle"):
            write_bundle(folder, NEW)
        assert (folder / "model.json").read_bytes() == OLD["model.json"]

    def test_a_file_is_refused(self, tmp_path):
        (tmp_path / "file").write_text("text")
        with pytest.raises(BundleError, match="file is a file: give the folder of a bundle"):
            write_bundle(tmp_path / "file", NEW)
        assert (tmp_path / "file").read_text() == "text"

    @pytest.mark.parametrize("make", [lambda _p: None, Path.mkdir])
    def test_a_missing_or_empty_folder_is_allowed(self, tmp_path, make):
        make(tmp_path / "new")
        require_bundle_folder(tmp_path / "new")

    def test_a_bundle_may_be_replaced(self, folder):
        require_bundle_folder(folder)


def write_failing(owner, name, nth, folder):
    """Write while the nth call of an operation fails: the number of calls, and the error."""
    operation = getattr(owner, name)
    calls = []

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
    @pytest.mark.usefixtures("replacement")
    @pytest.mark.parametrize("name", ["mkdtemp", "chmod", "open", "fsync", "rename"])
    def test_an_error_leaves_the_old_bundle_complete(self, folder, name):
        owner = {"mkdtemp": write_module.tempfile, "fsync": os}.get(name, Path)
        for nth in range(1, 10):
            write_bundle(folder, OLD)
            calls, error = write_failing(owner, name, nth, folder)
            assert content_of(folder) == (OLD if error else NEW)
            assert siblings(folder) == []
            if error:
                assert (
                    "cannot be written (No space left on device): the old bundle is unchanged"
                    in error
                )
            if calls < nth:
                return
        pytest.fail("the operation was called more often than expected")

    def test_a_file_size_limit_leaves_the_old_bundle(self, folder):
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
        assert content_of(folder) == OLD
        assert siblings(folder) == []

    def test_ctrl_c_leaves_the_old_bundle(self, folder, monkeypatch):
        def interrupted(_handle):
            raise KeyboardInterrupt

        monkeypatch.setattr(write_module.os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_bundle(folder, NEW)
        assert content_of(folder) == OLD
        assert siblings(folder) == []


WRITER = """
import sys
from pathlib import Path
from credit_scoring.bundle.write_bundle import write_bundle
n = int(sys.argv[2])
while True:
    n += 1
    content = str(n).encode() * 20_000
    files = {name: content for name in ("model.json", "model.pkl", f"{n}.png")}
    write_bundle(Path(sys.argv[1]), files)
    print(n, flush=True)
"""


def number_of_complete(folder):
    """The number of a bundle whose files are all complete."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    number = next(int(Path(name).stem) for name in files if name.endswith(".png"))
    assert {*files} == {"model.json", "model.pkl", f"{number}.png"}
    assert {hashlib.sha256(data).hexdigest() for data in files.values()} == {
        hashlib.sha256(str(number).encode() * 20_000).hexdigest()
    }
    return number


def test_a_killed_writer_leaves_one_complete_bundle(tmp_path):
    """The next run removes the leftovers."""
    folder = tmp_path / "latest"
    rng = random.Random(0)  # noqa: S311
    number = 0
    for _ in range(20):
        command = [sys.executable, "-c", WRITER, str(folder), str(number)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            writer.stdout.readline()
            time.sleep(rng.random() * 0.05)
            writer.send_signal(signal.SIGKILL)
        number = number_of_complete(folder)
    assert number >= 20
    write_bundle(folder, NEW)
    assert siblings(folder) == []


def test_the_next_run_restores_a_half_replaced_bundle(folder):
    folder.rename(folder.with_name(".latest-old"))
    write_bundle(folder.with_name("other"), NEW)
    write_bundle(folder, NEW)
    assert content_of(folder) == NEW
    assert siblings(folder) == ["other"]


def test_a_second_writer_waits(folder):
    """It must not remove the unfinished folder of the first as a leftover."""
    handle = os.open(folder.parent, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    command = [sys.executable, "-c", WRITER, str(folder), "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        time.sleep(0.5)
        assert content_of(folder) == OLD
        os.close(handle)
        assert writer.stdout.readline() == "1\n"
        writer.kill()
    number_of_complete(folder)
