"""The archive for Spark's executors: this program's code, and a bundle, in one zip.

Python imports from the zip as it is: `spark-submit --py-files`. The same content gives the same
bytes.
"""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path

from credit_scoring.files import atomic_path

ARCHIVE_NAME = "credit-scoring.zip"
BUNDLE_FOLDER = "bundle"  # in the archive
PACKAGE = "credit_scoring"
MODEL_MODULE = "custom_threshold_model.py"
LEFT_OUT = {"serving", "__pycache__"}  # folders: executors do not run the web process
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time of a zip


def code_folder() -> Path | None:
    """The folder that holds the package; None if the program runs from an archive itself."""
    package = resources.files(PACKAGE)
    return package.parent if isinstance(package, Path) else None


def write_archive(path: Path, code: Path, bundle: Mapping[str, bytes] | None = None) -> None:
    """Write the code in the folder `code`, and the files of a bundle, to the zip at `path`.

    OSError if it cannot be written.
    """
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for file in _code_files(code):
            _add(archive, file.relative_to(code).as_posix(), file.read_bytes())
        for name, content in sorted((bundle or {}).items()):
            _add(archive, f"{BUNDLE_FOLDER}/{name}", content)


def _code_files(code: Path) -> Iterator[Path]:
    yield code / MODEL_MODULE
    yield from _kept(sorted((code / PACKAGE).rglob("*")), code)


def _kept(paths: Iterable[Path], code: Path) -> Iterator[Path]:
    return (
        p for p in paths if p.is_file() and not LEFT_OUT.intersection(p.relative_to(code).parts)
    )


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
