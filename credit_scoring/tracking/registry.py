"""The registered model `credit-scoring`. Its versions are bundles, which MLflow stores as files."""

import json
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credit_scoring.bundle.bundle_files import file_digests, read_bundle_files
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.bundle.signature import require_signature
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.errors import RegistryError
from credit_scoring.scoring.verify_bundle import verify_bundle
from credit_scoring.tracking.bundle_metadata import BUNDLE_DIGEST_TAG, add_bundle
from credit_scoring.tracking.client import connect, get_or_create_experiment, is_installed
from credit_scoring.tracking.errors import translate_mlflow_errors
from credit_scoring.tracking.log_run import FINISHED, log_run
from credit_scoring.tracking.registry_reader import (
    BUNDLE_FOLDER,
    FILE_DIGESTS_TAG,
    INSTALL_MLFLOW,
    MODEL_DIGEST_TAG,
    MODEL_NAME,
    ModelVersion,
    RegistryReader,
)
from credit_scoring.tracking.tracked_run import TrackedRun, code_version

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHALLENGER = "challenger"
CHAMPION = "champion"


@contextmanager
def open_registry(uri: str) -> Iterator["Registry"]:
    """The registry at `uri`; RegistryError if it cannot be reached or fails inside the block."""
    if not is_installed():
        raise RegistryError(INSTALL_MLFLOW)
    with translate_mlflow_errors(uri):
        yield Registry(connect(uri), uri)


class Registry(RegistryReader):
    """The versions of the model, which it also registers and gives aliases."""

    def __init__(self, client: "MlflowClient", uri: str) -> None:
        super().__init__(client)
        self._uri = uri

    def register(
        self, folder: Path, public_key: Collection[bytes] = ()
    ) -> tuple[ModelVersion, bool]:
        """Register the bundle in `folder`: its version, and whether it is new.

        A bundle that is registered already, with the same content of every file, keeps its version.
        """
        run = TrackedRun("register", tags=code_version())
        files = read_bundle_files(folder)
        add_bundle(run, files, verify_bundle(files, str(folder), public_key=public_key))
        tags = {
            MODEL_DIGEST_TAG: run.tags[MODEL_DIGEST_TAG],
            FILE_DIGESTS_TAG: json.dumps(file_digests(files)),
        }
        number = self._number_of(tags)
        if number is not None:
            return self.find(str(number)), False
        self._create_model()
        run_id = self._run_with_files(run)
        source = f"runs:/{run_id}/{BUNDLE_FOLDER}"
        created = self._client.create_model_version(MODEL_NAME, source, run_id, tags)
        return self.find(str(created.version)), True

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
        files = self.fetch(version)
        bundle = verify_bundle(files, str(version))
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary, BUNDLE_FOLDER)
            write_bundle(folder, files)
            yield folder, bundle

    def export(self, version: ModelVersion, out: Path, public_key: Collection[bytes] = ()) -> None:
        """Replace the bundle in `out`, in one step; on any error `out` stays unchanged.

        If there is a `public_key`, or several, one of them must have signed the version.
        """
        files = self.fetch(version)
        verify_bundle(files, str(version), public_key=public_key)
        write_bundle(out, files)

    def require_signed(self, version: ModelVersion, public_key: Collection[bytes]) -> None:
        """BundleError if there are public keys, and none of them signed the version."""
        if public_key:
            require_signature(self.fetch(version), str(version), public_key)

    def _number_of(self, tags: Mapping[str, str]) -> int | None:
        """The first version with these digests; None if there is none."""
        digest = tags[MODEL_DIGEST_TAG]
        same_model = f"name='{MODEL_NAME}' and tags.{MODEL_DIGEST_TAG}='{digest}'"
        versions = self._client.search_model_versions(same_model)
        same_files = [v for v in versions if v.tags.get(FILE_DIGESTS_TAG) == tags[FILE_DIGESTS_TAG]]
        return min((int(version.version) for version in same_files), default=None)

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
