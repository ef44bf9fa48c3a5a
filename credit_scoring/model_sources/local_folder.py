"""A bundle in a local folder."""

from pathlib import Path

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.errors import SourceError
from credit_scoring.model_sources.fetched_bundle import FetchedBundle, require_listed_files


def fetch_folder(source: str) -> FetchedBundle:
    """The bundle in the folder `source`; SourceError if it is a link, or its path has `..`."""
    path = Path(source)
    if ".." in path.parts:
        raise SourceError(f"{source} has .. in its path: give the path without it")
    if path.is_symlink():
        raise SourceError(f"{source} is a symbolic link: give the folder that it points to")
    if not path.is_dir():
        remedy = "give the folder of a bundle, or run python model.py train"
        raise SourceError(f"{source} is not a folder: {remedy}")
    files = read_bundle_files(path)
    require_listed_files({name: len(content) for name, content in files.items()}, source)
    return FetchedBundle(files, "")
