"""Deploying a model: verified, stored, then recorded, so that every worker can load it."""

from contextlib import suppress

from sqlalchemy import Engine

from credit_scoring.deployments.deployment_log import Deployment, DeploymentLog
from credit_scoring.deployments.model_library import ModelLibrary, VerifiedBundle
from credit_scoring.errors import BundleError, ModelRefusedError, StorageError, UnknownVersionError
from credit_scoring.settings import Settings


class Deployer:
    """Deploys bundles by recording them in `log`; `library` has their files.

    Every method raises ModelRefusedError if the bundle cannot be served, SourceError if its source
    cannot be used, ModelStoreError if the store cannot be written, DeploymentConflictError if
    another deployment was made meanwhile, StorageError if the database is not available. Nothing
    has changed then.
    """

    def __init__(self, log: DeploymentLog, library: ModelLibrary) -> None:
        self.log = log
        self.library = library

    @classmethod
    def open(cls, engine: Engine, settings: Settings) -> "Deployer":
        """The deployer of the store and the sources of `settings`."""
        return cls(DeploymentLog(engine), ModelLibrary(settings))

    def deploy_source(self, source: str, *, who: str, why: str) -> Deployment:
        """Deploy what `source` gives now."""
        replaced = self.log.newest()
        try:
            verified = self.library.fetch(source)
        except BundleError as error:
            raise ModelRefusedError(str(error)) from error
        return self._record(replaced, verified, kind="source", who=who, why=why)

    def deploy_version(self, version: str, *, who: str, why: str) -> Deployment:
        """Deploy a stored version, without the network; UnknownVersionError if there is none."""
        replaced = self.log.newest()
        try:
            stored = self.library.stored(version)
        except BundleError as error:
            raise ModelRefusedError(str(error)) from error
        earlier = self.log.find(lambda deployment: deployment.digest == stored.digest)
        verified = VerifiedBundle(
            stored.bundle,
            stored.files,
            source=earlier.source if earlier else stored.source,
            revision=earlier.revision if earlier else "",
        )
        return self._record(replaced, verified, kind="version", who=who, why=why)

    def rollback(self, *, who: str, why: str) -> Deployment:
        """Deploy the version that the one in use replaced."""
        newest = self.log.newest()
        previous = newest and self.log.find(lambda d: d.digest != newest.digest)
        if not previous:
            raise UnknownVersionError("no version was deployed before the one in use: deploy one")
        return self.deploy_version(str(previous.stored_name), who=who, why=why)

    def record_start(self, replaced: Deployment | None, verified: VerifiedBundle) -> Deployment:
        """Record that the configured source gives another bundle than before."""
        why = "the configured source gives this version"
        return self._append(replaced, verified, kind="start", who="start", why=why)

    def _record(
        self,
        replaced: Deployment | None,
        verified: VerifiedBundle,
        *,
        kind: str,
        who: str,
        why: str,
    ) -> Deployment:
        self.library.keep(verified)
        deployment = self._append(replaced, verified, kind=kind, who=who, why=why)
        with suppress(StorageError):  # the deployment is made
            self.library.prune(self.log.history())
        return deployment

    def _append(
        self,
        replaced: Deployment | None,
        verified: VerifiedBundle,
        *,
        kind: str,
        who: str,
        why: str,
    ) -> Deployment:
        return self.log.append(
            replaced,
            kind=kind,
            version=verified.version,
            digest=verified.digest,
            source=verified.source,
            revision=verified.revision,
            who=who,
            why=why,
        )
