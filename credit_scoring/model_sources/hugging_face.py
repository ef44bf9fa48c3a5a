"""A bundle in a model repository of the Hugging Face Hub."""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from credit_scoring.bundle.bundle_files import read_bundle_file
from credit_scoring.errors import SourceUnavailableError
from credit_scoring.model_sources.fetched_bundle import FetchedBundle, require_listed_files
from credit_scoring.model_sources.hub_client import (
    HUB_SCHEME,
    REPOSITORY_FILES,
    HubAddress,
    connect,
    list_files,
    translate_hub_errors,
)
from credit_scoring.settings import Settings

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoSibling

__all__ = ["HUB_SCHEME", "fetch_from_hub"]


def fetch_from_hub(source: str, settings: Settings) -> FetchedBundle:
    """The bundle at `hf://owner/name@revision`; `main` if no revision is given.

    The revision is resolved to a commit, so that all files are of one state. Their number and sizes
    are checked before the first is downloaded.
    """
    address = HubAddress.parse(source)
    api = connect(settings)
    with translate_hub_errors(address, settings):
        commit, listed = list_files(api, address)
        files = {name: file for name, file in listed.items() if name not in REPOSITORY_FILES}
        require_listed_files({name: file.size or 0 for name, file in files.items()}, source)
        return FetchedBundle(_download(api, address, commit, files), commit)


def _download(
    api: "HfApi", address: HubAddress, commit: str, files: Mapping[str, "RepoSibling"]
) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, file in files.items():
            path = api.hf_hub_download(address.repository, name, revision=commit, local_dir=folder)
            contents[name] = read_bundle_file(Path(path))
            if not is_same(file, contents[name]):
                raise SourceUnavailableError(
                    f"{address}: {name} is not the file that the Hub lists: fetch it again"
                )
    return contents


def is_same(listed: "RepoSibling", content: bytes) -> bool:
    """Whether a file of the Hub has this content, by its SHA-256 or by the id that git gives it."""
    if listed.lfs is not None:
        return bool(listed.lfs.sha256 == hashlib.sha256(content).hexdigest())
    blob = f"blob {len(content)}\0".encode() + content
    return bool(listed.blob_id == hashlib.sha1(blob, usedforsecurity=False).hexdigest())
