"""Changes files of a bundle, and removes the signature if it does not match any more."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from credit_scoring.bundle.manifest import MANIFEST_FILE
from credit_scoring.bundle.signature import SIGNATURE_FILE
from credit_scoring.errors import BundleError
from credit_scoring.files import read_regular, write_atomically


def update_bundle(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """Write files into a folder; return whether the signature of its bundle was removed.

    The signature goes first: an interrupted run leaves a bundle that is not signed, never one with
    a wrong signature. A file that has the content already is not written.
    """
    changes = {
        name: content for name, content in contents.items() if _differs(folder, name, content)
    }
    is_stale = bool(changes) and _remove_signature(folder)
    for name, content in changes.items():
        write_atomically(folder / name, content)
    return is_stale


def _differs(folder: Path, name: str, content: bytes) -> bool:
    with suppress(OSError):
        return read_regular(folder / name) != content
    return True


def _remove_signature(folder: Path) -> bool:
    """Remove the signature of the bundle in `folder`; whether there was one."""
    if not (folder / MANIFEST_FILE).exists():
        return False
    path = folder / SIGNATURE_FILE
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        reason = f"{path} cannot be removed ({error.strerror})"
        raise BundleError(f"{reason}: remove it, then try again") from error
    return True
