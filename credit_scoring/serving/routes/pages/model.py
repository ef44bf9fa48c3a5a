"""The page at /model: the model in use, for keys with the scope score; its versions, for admins."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, request

from credit_scoring.bundle.bundle_files import CARD_FILE
from credit_scoring.bundle.fairness import four_fifths_verdict
from credit_scoring.bundle.manifest import Manifest
from credit_scoring.errors import CreditScoringError, RequestError, StorageError
from credit_scoring.estimator.threshold_choice import EXPECTED_COST, saves_more_than_noise
from credit_scoring.serving.deploy_model import deploy_model
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.middleware.visitor import visitor_allows
from credit_scoring.serving.model_switch import model_switch
from credit_scoring.serving.pages.language import page_language
from credit_scoring.serving.pages.model.calibration import calibration, diagrams
from credit_scoring.serving.pages.model.fairness import RATES, differences, fairness_figures
from credit_scoring.serving.pages.model.inputs import SHOWN_GROUPS, asked_inputs, important_groups
from credit_scoring.serving.pages.model.quality import MAIN, TECHNICAL, metric_rows
from credit_scoring.serving.pages.model.versions import METRICS, Versions, candidate, versions
from credit_scoring.serving.pages.page import for_people_only, link, render_page
from credit_scoring.serving.requests.request_models import DeployRequest, validate
from credit_scoring.serving.service import service

model_page = Blueprint("model_page", __name__)
PAGE = "model"


@model_page.get("/model")
@requires_scope("score")
@for_people_only
def model() -> Response:
    """The model in use: origin, quality, what it looks at and asks for; versions for an admin."""
    manifest = service().bundle.manifest
    is_admin = visitor_allows("admin")
    return render_page(
        "model/model.html", PAGE,
        manifest=manifest, deployment=model_switch().served, parse_time=datetime.fromisoformat,
        has_card=CARD_FILE in service().bundle.documents, **_quality(manifest),
        **_calibration(manifest), **_threshold(manifest), **_inputs(manifest), **_fairness(),
        is_admin=is_admin, versions=_versions() if is_admin else None,
        done=request.args.get("deployed", ""),
    )  # fmt: skip


@model_page.get("/model/card")
@requires_scope("score")
@for_people_only
def card() -> Response:
    """The model card of the bundle as a file; RequestError 404 if it has none."""
    content = service().bundle.documents.get(CARD_FILE)
    if content is None:
        message = "the bundle has no model card: python model.py card writes one"
        raise RequestError(message, status=404, title="No model card")
    response = Response(content, content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename={CARD_FILE}"
    return response


@dataclass(frozen=True)
class DeployForm:
    """What the form of a deployment contains; `replaces` is the deployment it was made for."""

    version: str = ""
    source: str = ""
    reason: str = ""
    replaces: str = ""

    @classmethod
    def of(cls, values: Any) -> "DeployForm":
        """The form in a query or a body."""
        names = ("version", "source", "reason", "replaces")
        texts = {name: values.get(name, "").replace("\r\n", "\n").strip() for name in names}
        return cls(**texts)

    def wanted(self) -> DeployRequest:
        """The validated request; RequestError names what is invalid."""
        named = {"version": self.version} if self.version else {"source": self.source}
        return validate(DeployRequest, {**named, "reason": self.reason})


@model_page.get("/model/deploy")
@requires_scope("admin")
@for_people_only
def confirm() -> Response:
    """What a deployment would change, and the form that makes it."""
    return _confirmation(DeployForm.of(request.args))


@model_page.post("/model/deploy")
@requires_scope("admin")
@for_people_only
def deploy() -> Response:
    """Deploy the confirmed model, then show it; what fails is shown above the form."""
    form = DeployForm.of(request.form)
    problem = _problem_of(form)
    if problem:
        return _confirmation(form, problem, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        if form.replaces != str(versions(model_switch().deployer).number):
            return _confirmation(form, "moved", HTTPStatus.CONFLICT)
        deployment = deploy_model(form.wanted())
    except CreditScoringError as error:
        return _confirmation(form, error, error.status)
    target = f"{link('model_page.model')}?deployed={deployment.number}#versions"
    return redirect(target, HTTPStatus.SEE_OTHER)  # type: ignore[return-value]


def _problem_of(form: DeployForm) -> str:
    """The key of the words for an invalid reason; "" if it is valid."""
    if not form.reason:
        return "reason_missing"
    try:
        form.wanted()
    except RequestError as error:
        return "reason_invalid" if any(e.field == "reason" for e in error.errors) else ""
    return ""


def _confirmation(
    form: DeployForm, problem: str | CreditScoringError = "", status: int = HTTPStatus.OK
) -> Response:
    deployer = model_switch().deployer
    chosen, number = None, 0
    try:
        number = versions(deployer).number
        chosen = candidate(deployer, version=form.version, source=form.source)
    except CreditScoringError as error:
        problem, status = problem or error, error.status if status == HTTPStatus.OK else status
    response = render_page(
        "model/deploy.html", PAGE,
        form=form, chosen=chosen, replaces=number, manifest=service().bundle.manifest,
        metrics=METRICS, parse_time=datetime.fromisoformat, **_in_words(problem),
    )  # fmt: skip
    response.status_code = status
    return response


def _in_words(problem: str | CreditScoringError) -> dict[str, Any]:
    """The keys of the words for a problem, and the message of an error."""
    if isinstance(problem, str):
        return {"problem": problem, "error_names": [], "message": ""}
    names = [kind.__name__ for kind in type(problem).__mro__]
    return {"problem": "", "error_names": names, "message": str(problem)}


def _versions() -> Versions | None:
    """The versions; None while the database is not available."""
    with suppress(StorageError):
        return versions(model_switch().deployer)
    return None


def _quality(manifest: Manifest) -> dict[str, Any]:
    main = metric_rows(manifest, MAIN)
    technical = metric_rows(manifest, TECHNICAL)
    return {"main": main, "by_name": {row.name: row for row in main}, "technical": technical}


def _calibration(manifest: Manifest) -> dict[str, Any]:
    reference = manifest.reference
    calibrated = calibration(reference.score) if reference else None
    return {"calibrated": calibrated, "diagrams": list(diagrams(calibrated)) if calibrated else []}


def _threshold(manifest: Manifest) -> dict[str, Any]:
    threshold = manifest.threshold
    follows_costs = threshold.get("rule") == EXPECTED_COST
    saves_more = follows_costs and saves_more_than_noise(threshold)
    return {"follows_costs": follows_costs, "saves_more": saves_more}


def _inputs(manifest: Manifest) -> dict[str, Any]:
    language = page_language()
    requested = service().scorer.requested_features
    used = [feature for feature in manifest.features if feature.role != "ratio input"]
    groups = important_groups(manifest.features, language)
    return {
        "groups": groups[:SHOWN_GROUPS],
        "other_groups": groups[SHOWN_GROUPS:],
        "asked": asked_inputs(requested, language),
        "requested": len(requested),
        "computed": len(manifest.features) - len(requested),
        "sensitive": [feature.name for feature in used if feature.feature.sensitive],
    }


def _fairness() -> dict[str, Any]:
    return {
        "fairness": fairness_figures(service().bundle),
        "rates": RATES,
        "differences": differences,
        "four_fifths": four_fifths_verdict,
    }
