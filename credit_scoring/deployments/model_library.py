"""Bundles from sources and from the store, fully verified before this process uses them."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from credit_scoring.bundle.bundle_files import BundleFiles
from credit_scoring.bundle.model_store import ModelStore, StoredName, bundle_digest
from credit_scoring.bundle.read_bundle import Bundle, parse_bundle_manifest
from credit_scoring.bundle.signature import SIGNATURE_FILE
from credit_scoring.deployments.allowed_sources import require_allowed
from credit_scoring.deployments.deployment_log import Deployment
from credit_scoring.deployments.source_names import is_same, pinned, without_secret
from credit_scoring.deployments.stored_models import ModelDescription, describe
from credit_scoring.errors import BundleError, ModelStoreError, UnknownVersionError
from credit_scoring.model_sources.fetch import fetch
from credit_scoring.scoring.verify_bundle import verify_bundle
from credit_scoring.settings import Settings

log = logging.getLogger(__name__)
KEPT_VERSIONS = 4  # the one in use and the three before it


@dataclass(frozen=True)
class VerifiedBundle:
    """A bundle that passed the full verification, its files, and where they came from."""

    bundle: Bundle
    files: BundleFiles
    source: str
    revision: str = ""

    @property
    def version(self) -> str:
        """The version of the model."""
        return self.bundle.manifest.version

    @property
    def digest(self) -> str:
        """The digest of all files."""
        return bundle_digest(self.files)


class ModelLibrary:
    """The store of `settings`, and the sources from which its bundles are fetched."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.store = ModelStore(settings.model_store)

    @property
    def configured_source(self) -> str:
        """The source that the settings name."""
        return self._settings.model_source or str(self._settings.model_path)

    def require_allowed(self, source: str) -> None:
        """SourceError unless a client of the API may deploy from `source`."""
        require_allowed(source, self.configured_source, self._settings)

    def fetch(self, source: str) -> VerifiedBundle:
        """The bundle at `source`. BundleError if it cannot be served."""
        fetched = fetch(source, self._settings)
        return self._verify(fetched.files, without_secret(source), fetched.revision)

    def stored(self, version: str) -> VerifiedBundle:
        """The stored bundle of a version, or of the version and digest that name its folder.

        UnknownVersionError if there is none; BundleError if it is damaged.
        """
        for name in self.store.names():
            if version in (name.version, str(name)):
                path = self.store.folder / str(name)
                return self._verify(self.store.read(name), str(path))
        known = ", ".join(name.version for name in self.store.names()) or "none"
        raise UnknownVersionError(
            f"version {version} is not in the model store: it has {known}; deploy the version "
            "from its source"
        )

    def describe(self, source: str, in_use: StoredName | None) -> ModelDescription:
        """The model at `source`, which is neither verified nor stored; `in_use` is deployed."""
        files = fetch(source, self._settings).files
        place = without_secret(source)
        manifest = parse_bundle_manifest(files, place)
        name = StoredName.of(manifest.version, bundle_digest(files))
        signature = files.get(SIGNATURE_FILE)
        return describe(place, manifest, signature=signature, in_use=name == in_use)

    def keep(self, verified: VerifiedBundle) -> None:
        """Store a bundle; ModelStoreError if the store cannot be written."""
        self.store.add(verified.version, verified.files)

    def load(self, deployment: Deployment, *, may_fetch: bool) -> Bundle:
        """The deployed bundle, from the store, else from its source if `may_fetch`.

        BundleError or SourceError if neither has it.
        """
        try:
            files = self.store.read(deployment.stored_name, deployment.digest)
        except BundleError:
            if not may_fetch:
                raise
            return self._fetch_again(deployment)
        return self._verify(files, str(self.store.folder / str(deployment.stored_name))).bundle

    def _fetch_again(self, deployment: Deployment) -> Bundle:
        is_configured = is_same(deployment.source, self.configured_source)
        source = self.configured_source if is_configured else deployment.source
        verified = self.fetch(pinned(source, deployment.revision))
        if verified.digest != deployment.digest:
            raise BundleError(
                f"{deployment.source} gives version {verified.version} now, and version "
                f"{deployment.version} is not in the model store: deploy a version that exists"
            )
        self.keep_if_possible(verified)
        return verified.bundle

    def keep_if_possible(self, verified: VerifiedBundle) -> bool:
        """Store a bundle, or log why it cannot be stored and return False."""
        try:
            self.keep(verified)
        except ModelStoreError as error:
            log.warning("models cannot be swapped or rolled back on this machine: %s", error)
            return False
        return True

    def prune(self, history: Iterable[Deployment]) -> None:
        """Remove old bundles, except for the last ones of `history` (newest first)."""
        recent = dict.fromkeys(d.stored_name for d in history)
        self.store.prune(list(recent)[:KEPT_VERSIONS])

    def _verify(self, files: BundleFiles, name: str, revision: str = "") -> VerifiedBundle:
        keys = self._settings.public_key
        bundle = verify_bundle(files, name, known=self.store.known, public_key=keys)
        return VerifiedBundle(bundle, files, name, revision)
