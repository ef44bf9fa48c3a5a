"""The decision log over HTTP: looking decisions up, and appending what people and time add to them."""

from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, g, request

from credit_scoring.decisions.decision_log import Filters
from credit_scoring.decisions.records import Outcome, Review, Stored
from credit_scoring.errors import RequestError
from credit_scoring.serving.middleware.authentication import asks
from credit_scoring.serving.requests.json_body import read_object
from credit_scoring.serving.requests.members import (
    boolean,
    checked,
    identity,
    line,
    moment,
    one_of,
    text,
    whole,
)
from credit_scoring.serving.service import service

decisions = Blueprint("decisions", __name__, url_prefix="/decisions")
Answer = dict[str, Any]
PAGE, LARGEST_PAGE = 50, 500
ONLY_IN_FULL = ("inputs", "reasons", "reviews", "outcomes")
WORDS = one_of("ACCEPTED", "REFUSED")

QUERY = {
    "decision": WORDS,
    "applicant_id": line(128),
    "model_version": line(64),
    "since": moment,
    "until": moment,
    "reviewed": boolean,
    "outcome": whole(0, 1, text=True),
    "cursor": identity,
    "limit": whole(1, LARGEST_PAGE, text=True),
}
REVIEW = {"outcome": WORDS, "reviewer": line(128), "reason": text(2000)}
OUTCOME = {"outcome": whole(0, 1)}


@decisions.get("")
@asks("review")
def page() -> Answer:
    """Decisions, newest first; `next` is the cursor of the page that follows, null on the last."""
    asked = checked(_query(), QUERY, required=())
    limit, before = asked.pop("limit", PAGE), asked.pop("cursor", None)
    found = service().log.page(Filters(**asked), before=before, limit=limit + 1)
    shown = [
        {k: v for k, v in each.as_dict().items() if k not in ONLY_IN_FULL} for each in found[:limit]
    ]
    return {"decisions": shown, "next": shown[-1]["decision_id"] if len(found) > limit else None}


@decisions.get("/<uuid:decision_id>")
@asks("review")
def one(decision_id: UUID) -> Answer:
    """A decision with everything that reproduces it, and what was appended since."""
    found: Stored | None = service().log.find(str(decision_id))
    if found is None:
        raise RequestError(
            f"there is no decision {decision_id}", status=404, title="No such decision"
        )
    return found.as_dict()


@decisions.post("/<uuid:decision_id>/review")
@asks("review")
def review(decision_id: UUID) -> tuple[Answer, HTTPStatus]:
    """A person's decision over the machine's, which is kept."""
    asked = checked(read_object(request), REVIEW)
    return _created(
        decision_id, service().log.review(str(decision_id), **asked, key_id=g.get("key_id", ""))
    )


@decisions.post("/<uuid:decision_id>/outcome")
@asks("review")
def outcome(decision_id: UUID) -> tuple[Answer, HTTPStatus]:
    """What became of the loan."""
    asked = checked(read_object(request), OUTCOME)
    return _created(
        decision_id, service().log.outcome(str(decision_id), **asked, key_id=g.get("key_id", ""))
    )


def _query() -> dict[str, Any]:
    """The query's parameters; one that stands there several times as a list, which nothing expects."""
    return {name: found[0] if len(found) == 1 else found for name, found in request.args.lists()}


def _created(decision_id: UUID, row: Review | Outcome) -> tuple[Answer, HTTPStatus]:
    values = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(row).items()}
    return {"decision_id": str(decision_id), **values}, HTTPStatus.CREATED
