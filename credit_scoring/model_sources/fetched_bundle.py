"""A bundle as its source gave it, and the checks that all sources share."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from credit_scoring.bundle.bundle_files import BundleFiles, require_bundle_limits
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.errors import BundleError, SourceError
from credit_scoring.tracking.client import without_password

FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]{0,119}")
REVISION = re.compile(r"[!-~]{1,100}")


@dataclass(frozen=True)
class FetchedBundle:
    """The files of a bundle, not verified yet, and what names their state at the source.

    `revision` is the registry's version, a commit hash or an ETag; "" if the source has none.
    """

    files: BundleFiles
    revision: str


def require_listed_files(sizes: Mapping[str, int], source: str) -> None:
    """SourceError unless files with these sizes, in bytes by name, can be a bundle.

    Called before anything is downloaded, or unpacked.
    """
    for name in sizes:
        if not FILE_NAME.fullmatch(name):
            remedy = "a bundle has no folders and plain file names"
            raise SourceError(f"{source} has the file {name[:120]!r}: {remedy}")
    for name in (MANIFEST_FILE, MODEL_FILE):
        if name not in sizes:
            raise SourceError(f"{source} has no {name}: give the address of a bundle")
    try:
        require_bundle_limits(sizes, source)
    except BundleError as error:
        raise SourceError(str(error)) from error


def without_secrets(source: str) -> str:
    """A source for a message: without user, password and query.

    >>> without_secrets("https://ada:secret@models.example.org/july.tar?token=secret")
    'https://models.example.org/july.tar'
    """
    return without_password(source.partition("?")[0])


def is_hidden(name: str) -> bool:
    """Whether a file, such as one of the operating system, is not part of a bundle."""
    return name.startswith(".") and "/" not in name and name != ".."
