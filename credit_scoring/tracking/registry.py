"""The registered model `credit-scoring`. Its versions are bundles, which MLflow stores as files.

MLflow never loads them. A version's tags hold the SHA-256 of every file: a bundle that differs
from what was registered is refused.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credit_scoring.bundle.bundle_files import BundleFiles, read_bundle_files
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.errors import BundleError, RegistryError
from credit_scoring.scoring.verify_bundle import verify_bundle
from credit_scoring.tracking.bundle_metadata import (
    BUNDLE_DIGEST_TAG,
    BUNDLE_FOLDER,
    MODEL_DIGEST_TAG,
    add_bundle,
    file_digests,
)
from credit_scoring.tracking.client import connect, get_or_create_experiment, is_installed
from credit_scoring.tracking.errors import translate_mlflow_errors
from credit_scoring.tracking.log_run import FINISHED, log_run
from credit_scoring.tracking.tracked_run import TrackedRun, code_version

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL_NAME = "credit-scoring"
CHALLENGER = "challenger"
CHAMPION = "champion"
FILE_DIGESTS_TAG = "files"  # JSON: SHA-256 by file name
INSTALL_MLFLOW = "MLflow is not installed: pip install -r requirements-lab.txt"


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
def open_registry(uri: str) -> Iterator["Registry"]:
    """The registry at `uri`; RegistryError if it cannot be reached or fails inside the block."""
    if not is_installed():
        raise RegistryError(INSTALL_MLFLOW)
    with translate_mlflow_errors(uri):
        yield Registry(connect(uri), uri)


class Registry:
    """The versions of the model, found by number, digest or alias."""

    def __init__(self, client: "MlflowClient", uri: str) -> None:
        self._client = client
        self._uri = uri

    def register(self, folder: Path) -> tuple[ModelVersion, bool]:
        """Register the bundle in `folder`: its version, and whether it is new."""
        run = TrackedRun("register", tags=code_version())
        files = read_bundle_files(folder)
        add_bundle(run, files, verify_bundle(files, str(folder)))
        digest = run.tags[MODEL_DIGEST_TAG]
        same_model = f"name='{MODEL_NAME}' and tags.{MODEL_DIGEST_TAG}='{digest}'"
        registered = self._client.search_model_versions(same_model)
        if registered:
            return self.find(str(min(int(version.version) for version in registered))), False
        self._create_model()
        run_id = self._run_with_files(run)
        tags = {MODEL_DIGEST_TAG: digest, FILE_DIGESTS_TAG: json.dumps(file_digests(files))}
        source = f"runs:/{run_id}/{BUNDLE_FOLDER}"
        created = self._client.create_model_version(MODEL_NAME, source, run_id, tags)
        return self.find(str(created.version)), True

    def find(self, number_or_alias: str) -> ModelVersion:
        """The version of that number or alias; RegistryError lists the existing ones."""
        aliases = self._aliases()
        number = aliases.get(number_or_alias, number_or_alias)
        registered = self._client.search_model_versions(f"name='{MODEL_NAME}'")
        versions = {str(version.version): version for version in registered}
        if number not in versions:
            names = ", ".join([*sorted(versions, key=int), *sorted(aliases)])
            raise RegistryError(
                f"{MODEL_NAME} has no version or alias {number_or_alias}: "
                f"it has {names or 'none: python model.py register'}"
            )
        version = versions[number]
        own_aliases = tuple(sorted(name for name, target in aliases.items() if target == number))
        return ModelVersion(int(number), own_aliases, dict(version.tags), str(version.run_id))

    def has_alias(self, alias: str) -> bool:
        """Whether a version has this alias."""
        return alias in self._aliases()

    def set_alias(self, version: ModelVersion, alias: str) -> None:
        """Give the alias to the version."""
        self._client.set_registered_model_alias(MODEL_NAME, alias, str(version.number))

    def promote(self, version: ModelVersion) -> None:
        """Make the version the champion; it stops being the challenger."""
        self.set_alias(version, CHAMPION)
        if self._aliases().get(CHALLENGER) == str(version.number):
            self._client.delete_registered_model_alias(MODEL_NAME, CHALLENGER)

    def set_tags(self, version: ModelVersion, tags: Mapping[str, Any]) -> None:
        """Record facts about a version."""
        for name, value in tags.items():
            self._client.set_model_version_tag(MODEL_NAME, str(version.number), name, str(value))

    @contextmanager
    def downloaded(self, version: ModelVersion) -> Iterator[tuple[Path, Bundle]]:
        """A temporary folder with the version's files, and its bundle; BundleError if damaged."""
        with tempfile.TemporaryDirectory() as temporary:
            try:
                path = self._client.download_artifacts(version.run_id, BUNDLE_FOLDER, temporary)
            except OSError as error:
                raise BundleError(
                    f"{version}: its files cannot be fetched ({error}): register the bundle again"
                ) from error
            folder = Path(path)
            files = read_bundle_files(folder)
            _require_registered_files(version, files)
            yield folder, verify_bundle(files, str(folder))

    def export(self, version: ModelVersion, out: Path) -> None:
        """Replace the bundle in `out`, in one step; on any error `out` stays unchanged."""
        with self.downloaded(version) as (folder, _):
            write_bundle(out, read_bundle_files(folder))

    def _aliases(self) -> dict[str, str]:
        """The version's number by alias; empty if nothing was registered."""
        models = self._client.search_registered_models(f"name='{MODEL_NAME}'")
        return {alias: str(number) for model in models for alias, number in model.aliases.items()}

    def _create_model(self) -> None:
        if not self._client.search_registered_models(f"name='{MODEL_NAME}'"):
            self._client.create_registered_model(
                MODEL_NAME, description="Probability of default and a decision."
            )

    def _run_with_files(self, run: TrackedRun) -> str:
        """The run that tracked exactly these files; `run`, logged now, if there is none."""
        experiment_id = get_or_create_experiment(self._client, self._uri)
        digest = run.tags[BUNDLE_DIGEST_TAG]
        same_files = f"tags.{BUNDLE_DIGEST_TAG} = '{digest}' and attributes.status = '{FINISHED}'"
        runs = self._client.search_runs([experiment_id], same_files, max_results=1)
        if runs:
            return str(runs[0].info.run_id)
        run.ended = run.began
        return log_run(self._client, experiment_id, run)


def _require_registered_files(version: ModelVersion, files: BundleFiles) -> None:
    """BundleError unless these are exactly the files that were registered."""
    expected = json.loads(version.tags.get(FILE_DIGESTS_TAG, "null"))
    if expected is None:
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
