"""Uploading a bundle to a model repository of the Hugging Face Hub, in one commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credit_scoring.bundle.bundle_files import CARD_FILE, BundleFiles
from credit_scoring.bundle.manifest import Manifest
from credit_scoring.errors import SourceError
from credit_scoring.model_sources.hub_client import (
    README,
    REPOSITORY_FILES,
    HubAddress,
    connect,
    list_files,
    translate_hub_errors,
)
from credit_scoring.model_sources.hub_readme import hub_readme
from credit_scoring.model_sources.hugging_face import is_same
from credit_scoring.settings import Settings

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete
    from huggingface_hub.hf_api import RepoSibling


@dataclass(frozen=True)
class Published:
    """Where a bundle is now; `is_new` is false if exactly these files were there already."""

    address: HubAddress
    url: str
    is_new: bool


def publish_to_hub(
    files: BundleFiles,
    manifest: Manifest,
    target: str,
    settings: Settings,
    *,
    licence: str,
    private: bool,
) -> Published:
    """Make the repository `target` hold the bundle `files` and a README.md.

    It is created, `private` or not, if it does not exist. SourceError if the Hub refuses;
    SourceUnavailableError if it cannot be reached.
    """
    address = HubAddress.parse(target)
    _require_publishable(files, address, settings)
    api = connect(settings)
    readme = hub_readme(manifest, _card(files), licence, address.repository)
    contents = {**files, README: readme.encode()}
    with translate_hub_errors(address, settings):
        url = api.create_repo(address.repository, private=private, exist_ok=True)
        commit, listed = list_files(api, address)
        operations = _changes(contents, listed)
        if operations:
            commit = api.create_commit(
                address.repository,
                operations,
                commit_message=f"Model {manifest.version}",
                parent_commit=commit,  # refused if someone else published meanwhile
            ).oid
    return Published(HubAddress(address.repository, commit), str(url), bool(operations))


def _require_publishable(files: BundleFiles, address: HubAddress, settings: Settings) -> None:
    if address.revision is not None:
        raise SourceError(f"{address} names a revision: publish to hf://{address.repository}")
    if not settings.hf_token:
        raise SourceError(f"{address} cannot be written without a token: set HF_TOKEN")
    if CARD_FILE not in files:
        raise SourceError(f"the bundle has no {CARD_FILE}: write it with python model.py card")
    for name in REPOSITORY_FILES:
        if name in files:
            reason = "the repository has a file of its own with this name"
            raise SourceError(f"the bundle has the file {name}, but {reason}: remove it")


def _card(files: BundleFiles) -> str:
    try:
        return files[CARD_FILE].decode()
    except UnicodeDecodeError as error:
        remedy = "write it again by python model.py card"
        raise SourceError(f"{CARD_FILE} is not UTF-8 text ({error}): {remedy}") from error


def _changes(
    contents: Mapping[str, bytes], listed: Mapping[str, "RepoSibling"]
) -> "list[CommitOperationAdd | CommitOperationDelete]":
    """What has to be done to the repository's files so that they are `contents`."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    additions = [
        CommitOperationAdd(path_in_repo=name, path_or_fileobj=content)
        for name, content in contents.items()
        if name not in listed or not is_same(listed[name], content)
    ]
    stale = [name for name in listed if name not in (*contents, *REPOSITORY_FILES)]
    return [*additions, *(CommitOperationDelete(path_in_repo=name) for name in stale)]
