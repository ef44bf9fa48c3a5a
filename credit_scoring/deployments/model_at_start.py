"""The model that a service starts with.

The configured source wins if it gives another bundle than when it was last used, such as after a
release with a new model. Otherwise the deployed version stays: a swap survives a restart.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.deployments.deployer import Deployer
from credit_scoring.deployments.deployment_log import Deployment
from credit_scoring.deployments.model_library import VerifiedBundle
from credit_scoring.deployments.source_names import is_same
from credit_scoring.errors import (
    BundleError,
    CreditScoringError,
    DeploymentConflictError,
    SourceError,
    SourceUnavailableError,
)

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 10  # at recording the start, when other machines start at the same time


@dataclass(frozen=True)
class ModelAtStart:
    """The bundle to serve, and the deployment that it belongs to.

    `deployment` is None if the bundle is not that of the newest deployment. `source_reached` is
    whether the configured source gave a bundle.
    """

    bundle: Bundle
    deployment: Deployment | None
    source_reached: bool = True


def choose_model(deployer: Deployer) -> ModelAtStart:
    """The model to start with.

    If the configured source cannot be reached, that is the last one that this machine can load.
    BundleError or SourceError if no such model exists, or if the source's bundle is broken.
    """
    source = deployer.library.configured_source
    try:
        configured = deployer.library.fetch(source)
    except SourceUnavailableError as error:
        return _last_verified(deployer, error)
    deployer.library.keep_if_possible(configured)
    deployment = _record_start(deployer, configured)
    if deployment.digest == configured.digest:
        return ModelAtStart(configured.bundle, deployment)
    try:
        return ModelAtStart(deployer.library.load(deployment, may_fetch=True), deployment)
    except (BundleError, SourceError) as error:
        log.error(  # noqa: TRY400 - the message says it all
            "version %s is deployed but cannot be loaded (%s): version %s, which %s gives, is "
            "served", deployment.version, error, configured.version, configured.source,
        )  # fmt: skip
        return ModelAtStart(configured.bundle, None)


def _record_start(deployer: Deployer, configured: VerifiedBundle) -> Deployment:
    """The deployment in force, after recording a new one if the configured source has changed."""
    for _ in range(MAX_ATTEMPTS):
        newest = deployer.log.newest()
        if newest is not None and _last_given(deployer, configured.source) == configured.digest:
            return newest
        try:
            return deployer.record_start(newest, configured)
        except DeploymentConflictError:
            continue
    raise DeploymentConflictError("deployments are made without pause: start the service again")


def _last_given(deployer: Deployer, source: str) -> str | None:
    """The digest that the configured source gave when it was last used."""

    def from_configured_source(deployment: Deployment) -> bool:
        if deployment.kind == "source":
            return is_same(deployment.source, source)
        return deployment.kind == "start"

    deployment = deployer.log.find(from_configured_source)
    return None if deployment is None else deployment.digest


def _last_verified(deployer: Deployer, error: SourceUnavailableError) -> ModelAtStart:
    """The newest deployed bundle that can be loaded; `error` if there is none."""
    newest = deployer.log.newest()
    for deployment, bundle in _loadable(deployer):
        log.error("%s; version %s, which was verified before, is served", error, deployment.version)
        is_newest = deployment == newest
        return ModelAtStart(bundle, deployment if is_newest else None, source_reached=False)
    raise error


def _loadable(deployer: Deployer) -> Iterator[tuple[Deployment, Bundle]]:
    for deployment in deployer.log.history():
        try:
            yield deployment, deployer.library.load(deployment, may_fetch=False)
        except CreditScoringError as error:
            log.warning("version %s cannot be loaded: %s", deployment.version, error)
