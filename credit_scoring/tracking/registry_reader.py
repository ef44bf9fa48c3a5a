"""Reading the registered model `credit-scoring`: its versions, and their files as bytes.

MLflow never loads a model. A version's tags hold the SHA-256 of every file: a bundle that differs
from what was registered is refused. This part needs no library but MLflow's client.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from credit_scoring.bundle.bundle_files import (
    BundleFiles,
    file_digests,
    read_bundle_file,
    require_bundle_limits,
)
from credit_scoring.errors import BundleError, RegistryError
from credit_scoring.tracking.client import connect, is_installed
from credit_scoring.tracking.errors import translate_mlflow_errors

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL_NAME = "credit-scoring"
BUNDLE_FOLDER = "bundle"  # among the run's files
MODEL_DIGEST_TAG = "model_sha256"
FILE_DIGESTS_TAG = "files"  # JSON: SHA-256 by file name
INSTALL_MLFLOW = (
    "MLflow is not installed: pip install -r requirements-lab.txt; for the service alone, "
    "requirements-sources.txt"
)


@dataclass(frozen=True)
class ModelVersion:
    """A registered bundle: its number, aliases and tags, and the run that holds its files."""

    number: int
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    run_id: str

    def __str__(self) -> str:
        aliases = f" ({', '.join(self.aliases)})" if self.aliases else ""
        return f"version {self.number}{aliases}, model {self.tags.get(MODEL_DIGEST_TAG, '?')[:12]}"


@contextmanager
def open_reader(uri: str) -> Iterator["RegistryReader"]:
    """The registry at `uri`, to read; RegistryError if it cannot be reached or fails."""
    if not is_installed():
        raise RegistryError(INSTALL_MLFLOW)
    with translate_mlflow_errors(uri):
        yield RegistryReader(connect(uri))


class RegistryReader:
    """The versions of the model, found by number or alias."""

    def __init__(self, client: "MlflowClient") -> None:
        self._client = client

    def find(self, number_or_alias: str) -> ModelVersion:
        """The version of that number or alias; RegistryError lists the existing ones."""
        aliases = self._aliases()
        number = aliases.get(number_or_alias, number_or_alias)
        registered = self._client.search_model_versions(f"name='{MODEL_NAME}'")
        versions = {str(version.version): version for version in registered}
        if number not in versions:
            names = ", ".join([*sorted(versions, key=int), *sorted(aliases)])
            existing = f"{names}; name one of these, or register a bundle" if names else "none"
            raise RegistryError(
                f"{MODEL_NAME} has no version or alias {number_or_alias}: "
                f"it has {existing}: python model.py register"
            )
        version = versions[number]
        own_aliases = tuple(sorted(name for name, target in aliases.items() if target == number))
        return ModelVersion(int(number), own_aliases, dict(version.tags), str(version.run_id))

    def has_alias(self, alias: str) -> bool:
        """Whether a version has this alias."""
        return alias in self._aliases()

    def fetch(self, version: ModelVersion) -> dict[str, bytes]:
        """The version's files by name, as they were registered; BundleError if they are not.

        Their number and sizes are checked before the first is downloaded.
        """
        contents: dict[str, bytes] = {}
        try:
            paths = self._list_files(version)
            with tempfile.TemporaryDirectory() as folder:
                for name, path in paths.items():
                    local = self._client.download_artifacts(version.run_id, path, folder)
                    contents[name] = read_bundle_file(Path(local))
        except OSError as error:
            raise BundleError(
                f"{version}: its files cannot be fetched ({error}): register the bundle again"
            ) from error
        _require_registered_files(version, contents)
        return contents

    def _list_files(self, version: ModelVersion) -> dict[str, str]:
        """The paths of the version's files by name."""
        files = self._client.list_artifacts(version.run_id, BUNDLE_FOLDER)
        paths = {Path(file.path).name: file for file in files if not file.is_dir}
        sizes = {name: file.file_size or 0 for name, file in paths.items()}
        require_bundle_limits(sizes, str(version))
        return {name: file.path for name, file in paths.items()}

    def _aliases(self) -> dict[str, str]:
        """The version's number by alias; empty if nothing was registered."""
        models = self._client.search_registered_models(f"name='{MODEL_NAME}'")
        return {alias: str(number) for model in models for alias, number in model.aliases.items()}


def _require_registered_files(version: ModelVersion, files: BundleFiles) -> None:
    """BundleError unless these are exactly the files that were registered."""
    try:
        expected = json.loads(version.tags.get(FILE_DIGESTS_TAG, ""))
    except ValueError:
        expected = None
    if not isinstance(expected, dict):
        raise BundleError(
            f"{version} has no digests of its files: register it by python model.py register"
        )
    actual = file_digests(files)
    names = sorted(expected.keys() | actual.keys())
    wrong = next((name for name in names if expected.get(name) != actual.get(name)), None)
    if wrong is not None:
        raise BundleError(
            f"{version}: {wrong} has the SHA-256 {actual.get(wrong)}, registered was "
            f"{expected.get(wrong)}: it was changed or damaged; register the bundle again"
        )
