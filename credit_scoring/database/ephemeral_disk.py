"""Warning about a decision log on an ephemeral disk, which a hosting platform empties at a restart.

A file is kept if it is on a disk that the platform mounts, such as a volume. The disk of the root
folder and file systems in memory are lost.
"""

import logging
import os
from pathlib import Path

from credit_scoring.settings.platforms import WITHOUT_PERSISTENT_DISKS, hosting_platform

log = logging.getLogger(__name__)
MOUNTS = Path("/proc/self/mounts")  # of Linux; each line: device, folder, file system, …
EPHEMERAL_FILE_SYSTEMS = ("aufs", "overlay", "ramfs", "rootfs", "tmpfs")


def warn_if_ephemeral(file: Path) -> None:
    """Log a warning if this is a hosting platform that loses `file` at a restart."""
    platform = hosting_platform(os.environ)
    if platform is None:
        return
    remedy = "set DATABASE_URL to a PostgreSQL database"
    if platform not in WITHOUT_PERSISTENT_DISKS:
        if is_on_mounted_disk(file):
            return
        remedy += ", or to a file on a mounted disk"
    log.warning(
        "the decision log %s is on a disk of %s that is lost at its next restart: %s",
        file,
        platform,
        remedy,
    )


def is_on_mounted_disk(file: Path) -> bool:
    """Return whether `file` is on a disk that is mounted on another folder than the root."""
    file_systems = _file_systems()
    mounted = (folder for folder in file.resolve().parents if folder in file_systems)
    folder = next(mounted, Path("/"))
    return folder != Path("/") and file_systems[folder] not in EPHEMERAL_FILE_SYSTEMS


def _file_systems() -> dict[Path, str]:
    """The file system by folder; of several mounted on one folder, the last. Empty if unknown."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return {}
    fields = [line.split() for line in lines]
    return {Path(_unescaped(folder)): file_system for _, folder, file_system, *_ in fields}


def _unescaped(folder: str) -> str:
    r"""The folder's name, in which the kernel writes blanks and backslashes as octal numbers.

    >>> _unescaped(r"/my\040disk")
    '/my disk'
    """
    for character in "\t\n #\\":
        folder = folder.replace(f"\\{ord(character):03o}", character)
    return folder
