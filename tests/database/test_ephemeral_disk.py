"""A platform that loses the decision log's disk is warned about, unless the disk is mounted."""

import doctest
from pathlib import Path

import pytest

from credit_scoring.database import ephemeral_disk
from credit_scoring.database.ephemeral_disk import is_on_mounted_disk, warn_if_ephemeral
from credit_scoring.settings.platforms import PLATFORMS, WITHOUT_PERSISTENT_DISKS

MOUNTS = r"""
overlay / overlay rw,relatime 0 0
proc /proc proc rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
/dev/vdb /app ext4 rw 0 0
/dev/vdc /data ext4 rw 0 0
/dev/vdd /my\040disk ext4 rw 0 0
/dev/vde /covered ext4 rw 0 0
tmpfs /covered tmpfs rw 0 0
""".lstrip()


@pytest.fixture(autouse=True)
def mounts(monkeypatch, tmp_path):
    """The mounted file systems of a platform's container, and no platform yet."""
    for variable in PLATFORMS:
        monkeypatch.delenv(variable, raising=False)
    file = tmp_path / "mounts"
    file.write_text(MOUNTS)
    monkeypatch.setattr(ephemeral_disk, "MOUNTS", file)
    return file


@pytest.mark.parametrize(
    ("file", "is_mounted"),
    [
        ("/data/credit-scoring.db", True),
        ("/data/a/b/credit-scoring.db", True),
        ("/data/../srv/credit-scoring.db", False),
        ("/my disk/credit-scoring.db", True),
        ("/database/credit-scoring.db", False),
        ("/srv/credit-scoring.db", False),
        ("/dev/shm/credit-scoring.db", False),  # noqa: S108
        ("/covered/credit-scoring.db", False),
    ],
)
def test_file_is_kept_on_a_mounted_disk_only(file, is_mounted):
    assert is_on_mounted_disk(Path(file)) == is_mounted


def test_link_to_a_mounted_disk_is_followed(tmp_path):
    (tmp_path / "instance").symlink_to("/data")
    assert is_on_mounted_disk(tmp_path / "instance/credit-scoring.db")


@pytest.mark.parametrize("variable", PLATFORMS)
def test_every_platform_is_warned_about_its_own_disk(monkeypatch, caplog, variable):
    monkeypatch.setenv(variable, "1")
    warn_if_ephemeral(Path("/srv/credit-scoring.db"))
    start = f"the decision log /srv/credit-scoring.db is on a disk of {PLATFORMS[variable]} that is"
    assert f"{start} lost at its next restart: set DATABASE_URL to a PostgreSQL" in caplog.text


@pytest.mark.parametrize("variable", PLATFORMS)
def test_mounted_disk_gives_no_warning_where_it_is_kept(monkeypatch, caplog, variable):
    """A dyno's /app is a mounted disk that is lost, too."""
    monkeypatch.setenv(variable, "1")
    warn_if_ephemeral(Path("/app/credit-scoring.db"))
    assert bool(caplog.text) == (PLATFORMS[variable] in WITHOUT_PERSISTENT_DISKS)
    assert "mounted disk" not in caplog.text


def test_no_platform_gives_no_warning(caplog):
    warn_if_ephemeral(Path("/srv/credit-scoring.db"))
    assert not caplog.text


def test_unknown_mounts_count_as_lost(monkeypatch, mounts, caplog):
    """Where the kernel does not list the mounted file systems."""
    mounts.unlink()
    monkeypatch.setenv("FLY_APP_NAME", "scoring")
    warn_if_ephemeral(Path("/data/credit-scoring.db"))
    assert "or to a file on a mounted disk" in caplog.text


def test_mounts_of_this_machine_are_read(monkeypatch):
    monkeypatch.undo()
    if not ephemeral_disk.MOUNTS.exists():
        pytest.skip("this is not Linux")
    assert not is_on_mounted_disk(Path("/credit-scoring.db"))
    assert Path("/proc") in ephemeral_disk._file_systems()


def test_example_is_right():
    assert doctest.testmod(ephemeral_disk).failed == 0
