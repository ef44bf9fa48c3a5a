"""Reading the files of a bundle: regular files within limits, from one state of the folder."""

import itertools
import json
import shutil

import pytest

from credit_scoring.bundle import bundle_files as files_module
from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.errors import BundleError
from tests.bundle.crafted import describing
from tests.special_files import KINDS, make_special


@pytest.fixture
def copy(tmp_path, attacked_folder):
    return shutil.copytree(attacked_folder, tmp_path / "latest")


def test_all_files_of_the_folder_are_read(copy):
    (copy / "notes.txt").write_text("more")
    names = {path.name for path in copy.iterdir()}
    assert read_bundle_files(copy) == {name: (copy / name).read_bytes() for name in names}


def test_sub_folders_and_hidden_files_are_not_part_of_it(copy):
    expected = read_bundle_files(copy)
    (copy / ".DS_Store").touch()
    (copy / ".git").mkdir()
    (copy / "drafts").mkdir()
    (copy / "drafts" / "model.pkl").touch()
    assert read_bundle_files(copy) == expected


@pytest.mark.parametrize(("kind", "reason"), [(k, r) for k, r in KINDS.items() if k != "folder"])
def test_another_special_file_is_refused(copy, kind, reason):
    make_special(copy / "notes.txt", kind)
    with pytest.raises(BundleError, match=rf"notes\.txt cannot be read \({reason}\)"):
        read_bundle_files(copy)


@pytest.mark.parametrize("name", [MODEL_FILE, MANIFEST_FILE, "notes.txt"])
def test_a_symbolic_link_is_refused(copy, tmp_path, name):
    """It could publish any file of the machine with the bundle."""
    (copy / "notes.txt").touch()
    target = (copy / name).rename(tmp_path / "elsewhere")
    (copy / name).symlink_to(target)
    with pytest.raises(BundleError, match=rf"{name} is a symbolic link: put the file itself"):
        read_bundle_files(copy)


def test_a_link_to_the_folder_is_followed(copy, tmp_path):
    (tmp_path / "link").symlink_to(copy)
    assert read_bundle_files(tmp_path / "link") == read_bundle_files(copy)


def test_numbers_and_sizes_of_files_are_limited(copy, monkeypatch):
    (copy / "notes.txt").write_text("longer than ten")
    sizes = sum(path.stat().st_size for path in copy.iterdir())
    monkeypatch.setattr(files_module, "TOTAL_SIZE_LIMIT", sizes - 1)
    with pytest.raises(BundleError, match=rf"has {sizes} bytes: expected at most {sizes - 1}"):
        read_bundle_files(copy)
    monkeypatch.setattr(files_module, "OTHER_SIZE_LIMIT", 10)
    with pytest.raises(BundleError, match=r"latest/notes\.txt is larger than 10 bytes"):
        read_bundle_files(copy)
    monkeypatch.setattr(files_module, "MAX_FILES", 1)
    with pytest.raises(BundleError, match=r"has \d+ files: expected at most 1"):
        read_bundle_files(copy)


def test_a_folder_that_keeps_changing_is_refused(copy, monkeypatch):
    read = files_module.read_bundle_file

    def change_then_read(path):
        (copy / "notes.txt").write_text("n" * next(lengths))
        return read(path)

    lengths = itertools.count(1)
    monkeypatch.setattr(files_module, "MAX_ATTEMPTS", 3)
    monkeypatch.setattr(files_module, "read_bundle_file", change_then_read)
    with pytest.raises(BundleError, match="latest changes while it is read: stop what writes"):
        read_bundle_files(copy)


def test_a_bundle_replaced_between_two_reads_is_consistent(copy, tmp_path, monkeypatch):
    other = shutil.copytree(copy, tmp_path / "other")
    data = b"another model"
    (other / MODEL_FILE).write_bytes(data)
    path = other / MANIFEST_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **describing(data)}))
    expected = read_bundle_files(other)
    read = files_module.read_bundle_file

    def replace_then_read(path):
        if path.name == MODEL_FILE and other.exists():
            shutil.rmtree(copy)
            other.rename(copy)
        return read(path)

    monkeypatch.setattr(files_module, "read_bundle_file", replace_then_read)
    assert read_bundle_files(copy) == expected
