"""The query of the page that lists decisions: that of GET /decisions, and what its form adds."""

from datetime import timedelta
from typing import Any

from flask import request
from pydantic import Field

from credit_scoring.decisions.decision_list import Cursor
from credit_scoring.decisions.decision_queries import Filters
from credit_scoring.serving.requests.request_models import Cursor as CursorId
from credit_scoring.serving.requests.request_models import (
    DecisionQuery,
    Identifier,
    Time,
    query_values,
)

FORM_FIELDS = ("q", "decision", "since", "to", "reviewed", "outcome", "model_version")
NOT_FILTERS = ("lang", "cursor", "newer", "limit")  # the rest narrows the list


class DecisionListQuery(DecisionQuery):
    """A form sends empty fields too; they are left out before the validation."""

    q: Identifier | None = Field(None, description="An applicant's number, or a decision_id.")
    to: Time | None = Field(None, description="Only decisions until the end of this day.")
    newer: CursorId | None = Field(None, description="Decisions newer than this one.")
    lang: Any = None  # page_language() reads it; what it does not know is ignored

    @property
    def filters(self) -> Filters:
        """The conditions on decisions."""
        until = self.until if self.to is None else self.to + timedelta(days=1)
        return Filters(
            decision=self.decision,
            applicant_id=self.q or self.applicant_id,
            model_version=self.model_version,
            since=self.since,
            until=until,
            reviewed=self.reviewed,
            outcome=self.outcome,
        )

    @property
    def position(self) -> Cursor:
        """Where the page begins."""
        older = None if self.cursor is None else str(self.cursor)
        newer = None if self.newer is None else str(self.newer)
        return Cursor(older=older, newer=newer)


def filled_values() -> dict[str, object]:
    """The parameters of the current request that are not empty, without spaces around them."""
    values = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in query_values().items()
    }
    return {name: value for name, value in values.items() if value}


def active_filters() -> dict[str, str]:
    """The parameters of the current request that narrow the list, as the links of the page."""
    return {name: str(value) for name, value in filled_values().items() if name not in NOT_FILTERS}


def typed(name: str) -> str:
    """What the form's field shows: what the visitor typed."""
    return request.args.get(name, "").strip()
