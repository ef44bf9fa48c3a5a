"""The stored versions of the model, and the version that a deployment would use."""

from dataclasses import dataclass

from credit_scoring.bundle.model_store import StoredName
from credit_scoring.deployments.deployer import Deployer
from credit_scoring.deployments.deployment_log import Deployment
from credit_scoring.deployments.stored_models import ModelDescription, describe_stored
from credit_scoring.errors import SourceError, UnknownVersionError

METRICS = ("roc_auc", "cost_per_applicant", "refused_share", "recall")  # to compare versions by


@dataclass(frozen=True)
class Versions:
    """The stored versions, the deployments newest first, and the version to roll back to."""

    stored: list[ModelDescription]
    history: list[Deployment]
    previous: ModelDescription | None

    @property
    def number(self) -> int:
        """The number of the deployment in force; 0 before the first one."""
        return self.history[0].number if self.history else 0


def versions(deployer: Deployer) -> Versions:
    """What the model store and the log of deployments hold; StorageError without the database."""
    history = deployer.log.history()
    in_use = history[0].stored_name if history else None
    stored = list(describe_stored(deployer.library.store, in_use))
    return Versions(stored, history, _previous(stored, history))


def _previous(stored: list[ModelDescription], history: list[Deployment]) -> ModelDescription | None:
    """The stored version that the one in use replaced."""
    replaced = (d.stored_name for d in history if d.digest != history[0].digest)
    name = next(replaced, None)
    return next((model for model in stored if model.name == str(name)), None)


def candidate(deployer: Deployer, *, version: str, source: str) -> ModelDescription:
    """The description of the stored `version`, else of the model at `source`, to be confirmed.

    UnknownVersionError, SourceError or BundleError if there is none. Nothing is stored or changed.
    """
    current = versions(deployer)
    if version:
        for model in current.stored:
            if version in (model.name, model.version):
                return model
        raise UnknownVersionError(f"version {version} is not in the model store")
    if not source:
        raise SourceError("no source was named: give a folder or an address")
    deployer.library.require_allowed(source)
    return deployer.library.describe(source, _in_use(current))


def _in_use(current: Versions) -> StoredName | None:
    return current.history[0].stored_name if current.history else None
