"""Reads refuse special files; writes show the old content or the new; a folder lock excludes."""

import os
import subprocess
import sys

import pytest

from credit_scoring.errors import SettingError
from credit_scoring.files import (
    atomic_path,
    folder_lock,
    open_regular,
    read_regular,
    require_writable_folder,
    safe_file_name,
    write_atomically,
    write_durably,
)
from tests.server_process import PATIENCE, ROOT
from tests.special_files import KINDS, make_special

WRITE_UNDER_LOCK = """
import sys
from pathlib import Path
from credit_scoring.files import folder_lock

folder = Path(sys.argv[1])
print("ready", flush=True)
with folder_lock(folder):
    (folder / "written").touch()
"""


@pytest.mark.parametrize(("kind", "reason"), KINDS.items())
def test_only_regular_files_are_read(tmp_path, kind, reason):
    path = make_special(tmp_path / "file", kind)
    with pytest.raises(OSError, match=reason) as caught:
        read_regular(path)
    assert caught.value.filename == str(path)


def test_a_file_replaced_before_it_is_opened_is_refused(tmp_path, monkeypatch):
    """The kind of the opened file counts; opening does not wait for the pipe's writer."""
    path = tmp_path / "file"
    path.touch()
    system_open = os.open

    def replace_then_open(file, flags):
        return system_open(make_special(file, "named pipe"), flags)

    monkeypatch.setattr(os, "open", replace_then_open)
    with pytest.raises(OSError, match="named pipe"):
        open_regular(path)


def test_a_link_to_a_regular_file_is_read(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_regular(tmp_path / "link") == b"content"


HOSTILE = [
    "../../x",
    "/etc/passwd",
    "..",
    ".",
    "",
    "a\\b",
    "a\0b",
    "é" * 300,
    "\ud800",
    "a\nb",
    "~",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_becomes_a_name_inside_the_folder(tmp_path, text):
    path = tmp_path / f"{safe_file_name(text)}.html"
    write_atomically(path, "page")
    assert [*tmp_path.iterdir()] == [path]


def test_different_texts_have_different_names():
    """Also where upper and lower case are the same, and for a text that looks like a name."""
    texts = ["a", "A", "a/b", "a b", "a_b", "a\\b", "x" * 99, "x" * 98, "", "_", "100002"]
    texts += [safe_file_name(text) for text in texts if safe_file_name(text) != text]
    assert len({safe_file_name(text).lower() for text in texts}) == len(texts)


def test_a_plain_identifier_is_its_own_name():
    assert safe_file_name("100002") == "100002"


@pytest.mark.parametrize("durable", [True, False])
def test_new_content_appears_at_the_end(tmp_path, durable):
    path = tmp_path / "new" / "file"
    with atomic_path(path, durable=durable) as temporary:
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_error_keeps_the_old_content(tmp_path, error):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(error), atomic_path(path) as temporary:  # noqa: PT012
        temporary.write_text("part of the new")
        assert path.read_text() == "old"
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("content", "expected"), [("é", "é".encode()), (b"\xff", b"\xff")])
def test_text_and_bytes_are_written(tmp_path, content, expected):
    write_atomically(tmp_path / "file", content)
    assert (tmp_path / "file").read_bytes() == expected


def test_unwritable_file_is_a_setting_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match=r"file/report\.md cannot be written"):
        write_atomically(tmp_path / "file" / "report.md", "text")


def test_durable_file_is_written_in_a_new_folder(tmp_path):
    write_durably(tmp_path / "new" / "file", b"content")
    assert (tmp_path / "new" / "file").read_bytes() == b"content"


def test_writable_folder_need_not_exist(tmp_path):
    require_writable_folder(tmp_path / "new" / "folder")
    assert list(tmp_path.iterdir()) == []


def test_folder_inside_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match=r"file is a file\): give another place"):
        require_writable_folder(tmp_path / "file" / "folder")


def test_lock_excludes_a_second_process(tmp_path):
    with folder_lock(tmp_path):
        command = [sys.executable, "-c", WRITE_UNDER_LOCK, str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        assert list(tmp_path.iterdir()) == []
    assert process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "written"]


def test_lock_is_released_after_an_error(tmp_path):
    with pytest.raises(ValueError, match="failed"), folder_lock(tmp_path):
        raise ValueError("failed")
    with folder_lock(tmp_path):
        pass
