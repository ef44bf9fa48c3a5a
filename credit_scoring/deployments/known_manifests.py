"""The manifests of models that made decisions: of the served bundle, and of those in the store."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Engine

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.model_store import ModelStore
from credit_scoring.bundle.read_bundle import parse_bundle_manifest, read_manifest
from credit_scoring.deployments.deployment_log import DeploymentLog
from credit_scoring.errors import BundleError
from credit_scoring.settings import Settings

MAX_KEPT = 8  # manifests in memory


@dataclass(frozen=True)
class KnownModel:
    """A model of which only the manifest is read."""

    manifest: Manifest


class KnownManifests:
    """Finds a manifest by the digest of model.pkl; for use by several threads.

    `current` returns the manifests of bundles outside the store: of the one in use, for example,
    which may be swapped.
    """

    def __init__(self, store: ModelStore, current: Callable[[], Iterable[Manifest]]) -> None:
        self._store = store
        self._current = current
        self._stored: dict[str, Manifest] = {}

    def find(self, digest: str) -> Manifest | None:
        """The manifest; None if no bundle on this machine has that model."""
        for manifest in self._current():
            if manifest.pickle["sha256"] == digest:
                return manifest
        if digest not in self._stored and (stored := self._read(digest)) is not None:
            if len(self._stored) >= MAX_KEPT:
                self._stored.clear()
            self._stored[digest] = stored
        return self._stored.get(digest)

    def find_model(self, digest: str) -> KnownModel | None:
        """The same, as a model that has the manifest."""
        manifest = self.find(digest)
        return None if manifest is None else KnownModel(manifest)

    def _read(self, digest: str) -> Manifest | None:
        for name in self._store.names():
            if digest.startswith(name.version):
                with suppress(BundleError):  # pruned meanwhile, or damaged
                    files = self._store.read(name)
                    manifest = parse_bundle_manifest(files, str(self._store.folder / str(name)))
                    if manifest.pickle["sha256"] == digest:
                        return manifest
        return None


def served_manifests(engine: Engine, settings: Settings) -> list[Manifest]:
    """The manifests of the deployed bundle, if the store has it, and of the configured one.

    The first one is of the model in use; for commands, which serve none. StorageError if the
    database is not available.
    """
    newest = DeploymentLog(engine).newest()
    store = ModelStore(settings.model_store)
    manifests = []
    if newest is not None:
        with suppress(BundleError):
            files = store.read(newest.stored_name, newest.digest)
            manifests.append(parse_bundle_manifest(files, str(newest.stored_name)))
    with suppress(BundleError):
        manifests.append(read_manifest(settings.model_path))
    return manifests
