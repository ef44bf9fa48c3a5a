"""/applicants/{applicant_id}: a stored applicant, and the decision on it, as stored or changed."""

from flask import Blueprint, Response, current_app, request

from credit_scoring.errors import RequestError
from credit_scoring.features.applicant_store import ApplicantStore, StoredApplicant
from credit_scoring.scoring.validation.messages import shorten
from credit_scoring.serving.answers import ApplicantAnswer
from credit_scoring.serving.commit import commit_and_answer
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.requests.json_body import read_json_object
from credit_scoring.serving.service import PendingDecisions, service

applicants = Blueprint("applicants", __name__, url_prefix="/applicants")
NO_STORE = "No stored applicants"
REMEDY = "create one with python model.py applicants and set CREDIT_SCORING_APPLICANTS_PATH to it"


@applicants.get("/<applicant_id>")
@requires_scope("score")
def stored_features(applicant_id: str) -> ApplicantAnswer:
    """The features of a stored applicant."""
    stored = _find(applicant_id)
    return {"applicant_id": applicant_id, "made_at": stored.made_at, "features": stored.features}


@applicants.post("/<applicant_id>/predict")
@requires_scope("score")
def predict_stored(applicant_id: str) -> Response:
    """Decide on a stored applicant; a what-if decision if the body overrides a feature."""
    shape = service().shapes["overrides"]
    body = read_json_object(request, shape.example)
    overrides = shape.unwrap(body)
    features = {**_find(applicant_id).features, **overrides}
    kind = "what-if" if overrides else "applicant"

    def decide() -> PendingDecisions:
        return service().predict(features, kind=kind, applicant_id=applicant_id)

    return commit_and_answer(body, decide)


def _find(applicant_id: str) -> StoredApplicant:
    """The stored applicant; RequestError 404 if there is none, 501 without a usable store."""
    path = current_app.config["APPLICANTS_PATH"]
    if path is None:
        message = f"no store of applicants is configured: {REMEDY}"
        raise RequestError(message, status=501, title=NO_STORE)
    applicant = ApplicantStore(path).get(applicant_id)
    if applicant is None:
        message = f"applicant {shorten(applicant_id)} is not in the store"
        raise RequestError(message, status=404, title="No such applicant")
    if applicant.features.keys() != service().schema.names:
        message = f"the store was made for another model: {REMEDY}"
        raise RequestError(message, status=501, title=NO_STORE)
    return applicant
