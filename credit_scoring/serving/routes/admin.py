"""/admin: swap the model while the service runs, and the stored models to choose from."""

from flask import Blueprint, request

from credit_scoring.deployments.stored_models import describe_stored
from credit_scoring.serving.answers import DeploymentAnswer, Models
from credit_scoring.serving.deploy_model import deploy_model
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.model_switch import model_switch
from credit_scoring.serving.requests.json_body import read_json_object
from credit_scoring.serving.requests.request_models import DeployRequest, example_of, validate

admin = Blueprint("admin", __name__, url_prefix="/admin")


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
    deployment = deploy_model(validate(DeployRequest, body))
    return {
        "deployment": deployment.number,
        "from": deployment.replaced_version,
        "to": deployment.version,
    }
