"""The bundle that the newest deployment names, for commands that only read."""

from sqlalchemy import Engine

from credit_scoring.bundle.model_store import ModelStore
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.deployments.deployment_log import DeploymentLog
from credit_scoring.scoring.verify_bundle import verify_bundle
from credit_scoring.settings import Settings


def read_deployed_bundle(engine: Engine, settings: Settings) -> Bundle | None:
    """The deployed bundle; None if nothing is deployed, or if the model store does not have it.

    BundleError if the stored bundle is damaged. Nothing is fetched or written.
    """
    newest = DeploymentLog(engine).newest()
    store = ModelStore(settings.model_store)
    if newest is None or newest.stored_name not in store.names():
        return None
    files = store.read(newest.stored_name, newest.digest)
    return verify_bundle(files, str(store.folder / str(newest.stored_name)))
