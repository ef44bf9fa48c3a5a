"""/admin: swap the model while the service runs, and the stored models to choose from."""

from contextlib import suppress

from flask import Blueprint, g, request

from credit_scoring.deployments.deployment_log import Deployment
from credit_scoring.deployments.stored_models import describe_stored
from credit_scoring.errors import FieldError, RequestError, SourceError, StorageError
from credit_scoring.serving.answers import DeploymentAnswer, Models
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.model_switch import model_switch
from credit_scoring.serving.requests.json_body import read_json_object
from credit_scoring.serving.requests.request_models import DeployRequest, example_of, validate

admin = Blueprint("admin", __name__, url_prefix="/admin")
WITHOUT_KEY = "no key"  # who deployed while keys are off


@admin.get("/models")
@requires_scope("admin")
def models() -> Models:
    """The stored models and the log of deployments."""
    deployer = model_switch().deployer
    history = deployer.log.history()
    in_use = history[0].stored_name if history else None
    stored = describe_stored(deployer.library.store, in_use)
    return {
        "models": [model.as_dict() for model in stored],
        "deployments": [deployment.as_dict() for deployment in history],
    }


@admin.post("/model")
@requires_scope("admin")
def deploy() -> DeploymentAnswer:
    """Deploy a model: the worker that answers uses it, the others within two seconds."""
    body = read_json_object(request, example_of(DeployRequest))
    deployment = _deploy(validate(DeployRequest, body))
    with suppress(StorageError):  # the deployment is made; this worker follows it later
        model_switch().follow()
    return {
        "deployment": deployment.number,
        "from": deployment.replaced_version,
        "to": deployment.version,
    }


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
