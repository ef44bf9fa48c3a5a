"""Stored applicants over HTTP: what is known of one, and the decision on it, as stored or with changes."""

from typing import Any

from flask import Blueprint, Response, current_app, request

from credit_scoring.errors import RequestError
from credit_scoring.features.applicant_store import Applicant, Store
from credit_scoring.serving.commit import committed
from credit_scoring.serving.middleware.authentication import asks
from credit_scoring.serving.requests.json_body import features_of, read_object
from credit_scoring.serving.requests.messages import plain
from credit_scoring.serving.service import service

applicants = Blueprint("applicants", __name__, url_prefix="/applicants")
MAKE = "python model.py applicants makes one, CREDIT_SCORING_APPLICANTS_PATH names it"


@applicants.get("/<applicant_id>")
@asks("score")
def one(applicant_id: str) -> dict[str, Any]:
    """The features of a stored applicant."""
    stored = _stored(applicant_id)
    return {"applicant_id": applicant_id, "made_at": stored.made_at, "features": stored.features}


@applicants.post("/<applicant_id>/predict")
@asks("score")
def predict(applicant_id: str) -> Response:
    """The decision on a stored applicant; a what-if where the body overrides any feature."""
    asked = read_object(request)
    overrides = features_of(asked, "overrides")
    features = {**_stored(applicant_id).features, **overrides}
    kind = "what-if" if overrides else "applicant"
    return committed(
        asked, lambda: service().predict(features, kind=kind, applicant_id=applicant_id)
    )


def _stored(applicant_id: str) -> Applicant:
    """The applicant; RequestError 404 where it is not stored, 501 where there is no store."""
    path = current_app.config["APPLICANTS_PATH"]
    if path is None:
        raise RequestError(
            f"no store of applicants is set up: {MAKE}", status=501, title="No stored applicants"
        )
    found = Store(path).get(applicant_id)
    if found is None:
        message = f"applicant {plain(applicant_id)} is not in the store"
        raise RequestError(message, status=404, title="No such applicant")
    if found.features.keys() != service().schema.names:
        raise RequestError(
            f"the store was made for another model: {MAKE}",
            status=501,
            title="No stored applicants",
        )
    return found
