"""The manifests of models that made decisions: of the served bundle, and of those in the store."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Engine

from credit_scoring.bundle.bundle_files import BundleFiles, read_bundle_files
from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.model_store import ModelStore
from credit_scoring.bundle.read_bundle import Bundle, parse_bundle_manifest
from credit_scoring.bundle.term_model_file import load_term_model, term_model_text
from credit_scoring.deployments.deployment_log import DeploymentLog
from credit_scoring.errors import BundleError
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.settings import Settings

MAX_KEPT = 8  # models in memory


@dataclass(frozen=True)
class KnownModel:
    """A model of which only the manifest and the term model, if it has one, are read."""

    manifest: Manifest
    term_model: TermModel | None

    @classmethod
    def of(cls, bundle: Bundle) -> "KnownModel":
        """The model of a bundle that is loaded."""
        return cls(bundle.manifest, bundle.term_model)

    @classmethod
    def parse(cls, files: BundleFiles, name: str) -> "KnownModel":
        """The model of the bundle made of `files`, which was verified when it was stored."""
        manifest = parse_bundle_manifest(files, name)
        text = term_model_text(files, manifest, name)
        return cls(manifest, load_term_model(text, name))


class KnownManifests:
    """Finds a manifest by the digest of model.pkl; for use by several threads.

    `current` returns the models of bundles outside the store: of the one in use, for example,
    which may be swapped.
    """

    def __init__(self, store: ModelStore, current: Callable[[], Iterable[KnownModel]]) -> None:
        self._store = store
        self._current = current
        self._stored: dict[str, KnownModel] = {}

    def find(self, digest: str) -> Manifest | None:
        """The manifest; None if no bundle on this machine has that model."""
        model = self.find_model(digest)
        return None if model is None else model.manifest

    def find_model(self, digest: str) -> KnownModel | None:
        """The same, with the term model."""
        for model in self._current():
            if model.manifest.pickle["sha256"] == digest:
                return model
        if digest not in self._stored and (stored := self._read(digest)) is not None:
            if len(self._stored) >= MAX_KEPT:
                self._stored.clear()
            self._stored[digest] = stored
        return self._stored.get(digest)

    def _read(self, digest: str) -> KnownModel | None:
        for name in self._store.names():
            if digest.startswith(name.version):
                with suppress(BundleError):  # pruned meanwhile, or damaged
                    files = self._store.read(name)
                    model = KnownModel.parse(files, str(self._store.folder / str(name)))
                    if model.manifest.pickle["sha256"] == digest:
                        return model
        return None


def served_models(engine: Engine, settings: Settings) -> list[KnownModel]:
    """The models of the deployed bundle, if the store has it, and of the configured one.

    The first one is the model in use; for commands, which serve none. StorageError if the
    database is not available.
    """
    newest = DeploymentLog(engine).newest()
    store = ModelStore(settings.model_store)
    models = []
    if newest is not None:
        with suppress(BundleError):
            files = store.read(newest.stored_name, newest.digest)
            models.append(KnownModel.parse(files, str(newest.stored_name)))
    with suppress(BundleError):
        path = settings.model_path
        models.append(KnownModel.parse(read_bundle_files(path), str(path)))
    return models
