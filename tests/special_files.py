"""Files that are not regular: reading them blocks, never ends or fails."""

import os
import socket
from pathlib import Path

KINDS = {
    "named pipe": r"It is a named pipe, not a regular file",
    "socket": r"It is a socket, not a regular file",
    "endless device": r"It is a device, not a regular file",
    "folder": r"Is a directory",
}  # and the reason in a message


def make_special(path: Path, kind: str) -> Path:
    """Put a file of this kind in the place of `path`."""
    path.unlink(missing_ok=True)
    if kind == "named pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.relpath(path))  # the length of an address is limited
    elif kind == "endless device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    return path
