"""The page of one decision: what was decided, why, on which inputs, and what people added."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Response, current_app, g, request

from credit_scoring.access.api_key import ApiKey
from credit_scoring.decisions.records import Outcome, Review, StoredDecision
from credit_scoring.errors import RequestError
from credit_scoring.monitoring.count_records import WHAT_IF
from credit_scoring.serving.middleware.authentication import KEY_CACHE
from credit_scoring.serving.pages.decision_inputs import input_groups
from credit_scoring.serving.pages.explanation import ExplanationView, explanation_view
from credit_scoring.serving.pages.language import page_language
from credit_scoring.serving.pages.letter import letter_reasons, reasons_note, why_no_letter
from credit_scoring.serving.pages.page import render_page
from credit_scoring.serving.pages.probability_scale import probability_scale
from credit_scoring.serving.service import Service, service

if TYPE_CHECKING:
    from credit_scoring.access.key_cache import KeyCache

TEMPLATE = "decisions/detail.html"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a decision: `kind` is decision, review, outcome or erasure."""

    kind: str
    at: datetime
    record: StoredDecision | Review | Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A submitted form that was refused: its name, what was typed, and its invalid fields.

    `problem`, a key of the texts' [problem]: why the decision as it stands refuses the form.
    """

    name: str = ""
    values: Mapping[str, str]
    wrong: frozenset[str] = frozenset()
    problem: str = ""


NO_FORM = Form(values={})


def find_decision(decision_id: UUID) -> StoredDecision:
    """The decision; RequestError 404 if it does not exist."""
    stored = service().log.find(str(decision_id))
    if stored is None:
        message = f"decision {decision_id} does not exist"
        raise RequestError(message, status=404, title="No such decision")
    return stored


def decision_detail_page(stored: StoredDecision, form: Form = NO_FORM) -> Response:
    """The page of a decision; with `form`, the answer to a form that was refused."""
    current, language = service(), page_language()
    response = render_page(
        TEMPLATE, "decisions",
        stored=stored, review=stored.last_review, in_force=stored.in_force,
        is_granted=is_loan_granted(stored),
        outcome=stored.outcomes[-1] if stored.outcomes else None,
        reasons=letter_reasons(stored, language), reasons_note=reasons_note(stored),
        groups=_groups(stored, current, language),
        scale=probability_scale(stored.probability, stored.threshold),
        is_served=_is_served(stored, current), explained=_explanation(stored, current, language),
        challengers=current.log.shadow_scores(stored.decision_id),
        events=_events(stored), no_letter=why_no_letter(stored),
        key=_key_of(stored), form=form, reviewer=_reviewer(), saved=request.args.get("saved", ""),
    )  # fmt: skip
    if form.wrong:
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    elif form.problem:
        response.status_code = HTTPStatus.CONFLICT
    return response


def is_loan_granted(stored: StoredDecision) -> bool:
    """Whether a loan may have been granted, so that it can have an outcome."""
    return stored.in_force == "ACCEPTED" and stored.kind != WHAT_IF


def _is_served(stored: StoredDecision, current: Service) -> bool:
    return stored.model_digest == current.bundle.manifest.pickle["sha256"]


def _explanation(stored: StoredDecision, current: Service, language: str) -> ExplanationView | None:
    """How the model in use explains the decision; None if it cannot: another model made it."""
    if stored.inputs is None or not _is_served(stored, current):
        return None
    try:
        inputs = current.schema.validate(json.loads(stored.inputs))
    except RequestError:  # changed by another program
        return None
    return explanation_view(current, inputs, language)


def _groups(stored: StoredDecision, current: Service, language: str) -> list[Any]:
    features = (feature.feature for feature in current.bundle.manifest.features)
    return input_groups(stored, features, language)


def _events(stored: StoredDecision) -> list[Event]:
    """What happened, oldest first."""
    events = [Event("decision", stored.made_at, stored)]
    events += [Event("review", review.made_at, review) for review in stored.reviews]
    events += [Event("outcome", outcome.made_at, outcome) for outcome in stored.outcomes]
    if stored.erased_at is not None:
        events.append(Event("erasure", stored.erased_at, stored))
    return sorted(events, key=lambda event: event.at)


def _reviewer() -> str:
    """The proposed name of the reviewer: that of the key which is signed in."""
    key: ApiKey | None = g.get("api_key")
    return key.name if key and not key.is_environment else ""


def _key_of(stored: StoredDecision) -> ApiKey | None:
    """The key that asked for the decision, also if it is revoked; None if it is unknown."""
    key_cache: KeyCache = current_app.extensions[KEY_CACHE]
    return key_cache.known_key(stored.key_id)
