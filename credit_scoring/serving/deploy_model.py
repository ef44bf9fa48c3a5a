"""Deploying a model on the request of a client: of the API, or of the page about the model."""

from contextlib import suppress

from flask import g

from credit_scoring.deployments.deployment_log import Deployment
from credit_scoring.errors import FieldError, RequestError, SourceError, StorageError
from credit_scoring.serving.model_switch import model_switch
from credit_scoring.serving.requests.request_models import DeployRequest

WITHOUT_KEY = "no key"  # who deployed while keys are off


def deploy_model(wanted: DeployRequest) -> Deployment:
    """Deploy the wanted model; this worker serves it at once, the others follow."""
    deployment = _deploy(wanted)
    with suppress(StorageError):  # the deployment is made; this worker follows it later
        model_switch().follow()
    return deployment


def _deploy(wanted: DeployRequest) -> Deployment:
    deployer = model_switch().deployer
    who = g.key_id or WITHOUT_KEY
    if wanted.source is not None and wanted.version is None:
        _require_allowed(wanted.source)
        return deployer.deploy_source(wanted.source, who=who, why=wanted.reason)
    if wanted.version is not None and wanted.source is None:
        return deployer.deploy_version(wanted.version, who=who, why=wanted.reason)
    message = "the body names a source and a version, or neither: send one of the two"
    errors = tuple(FieldError(field, message) for field in ("source", "version"))
    raise RequestError(message, status=422, title="Request refused", errors=errors)


def _require_allowed(source: str) -> None:
    """RequestError 422 unless a client may deploy from `source`."""
    try:
        model_switch().deployer.library.require_allowed(source)
    except SourceError as error:
        errors = (FieldError("source", str(error)),)
        raise RequestError(str(error), status=422, title=error.title, errors=errors) from None
