"""The page that lists decisions: its form, its rows and the links to the other pages."""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, redirect

from credit_scoring.decisions.decision_list import DecisionList
from credit_scoring.errors import RequestError
from credit_scoring.serving.model_switch import model_switch
from credit_scoring.serving.pages.page import link, render_page
from credit_scoring.serving.pages.probability_scale import probability_scale
from credit_scoring.serving.requests.decision_list_query import (
    FORM_FIELDS,
    DecisionListQuery,
    active_filters,
    filled_values,
    typed,
)
from credit_scoring.serving.requests.request_models import validate
from credit_scoring.serving.service import service

TEMPLATE = "decisions/list.html"
MORE_FIELDS = ("since", "to", "reviewed", "outcome", "model_version")  # folded unless in use
EMPTY = DecisionList([], has_newer=False, has_older=False)


def decision_list_page() -> Response:
    """The list; an invalid field of its form is answered next to the field."""
    try:
        query = validate(DecisionListQuery, filled_values())
    except RequestError as error:
        wrong = {field.field for field in error.errors}
        if not wrong <= set(FORM_FIELDS):
            raise
        response = _render(EMPTY, wrong=wrong)
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response
    return _decision_named(query) or _render(_rows(query))


def _decision_named(query: DecisionListQuery) -> Response | None:
    """A redirection to the decision whose id is searched for; None if there is none."""
    with suppress(ValueError):
        decision_id = str(UUID(query.q or ""))
        if service().log.find(decision_id) is not None:
            return _redirect(link("decisions.decision", decision_id=decision_id))
    return None


def _redirect(location: str) -> Response:
    response: Response = redirect(location, HTTPStatus.SEE_OTHER)  # type: ignore[assignment]
    response.headers["Vary"] = "Accept"
    return response


def _rows(query: DecisionListQuery) -> DecisionList:
    """The page at the cursor; the first one if there are not enough newer decisions."""
    log = service().log
    page = log.overview(query.filters, query.position, limit=query.limit)
    if query.newer is not None and not page.has_newer:
        page = log.overview(query.filters, limit=query.limit)
    return page


def _render(page: DecisionList, wrong: set[str] = frozenset()) -> Response:  # type: ignore[assignment]
    active = active_filters()
    return render_page(
        TEMPLATE, "decisions",
        rows=page.rows, newer=_newer_link(page, active), older=_older_link(page, active),
        narrowed=bool(active), typed=typed, wrong=[name for name in FORM_FIELDS if name in wrong],
        more_is_open=any(name in active for name in MORE_FIELDS), versions=_model_versions(),
        scale_of=lambda stored: probability_scale(stored.probability, stored.threshold),
        export="?" + urlencode(active) if active else "",
    )  # fmt: skip


def _newer_link(page: DecisionList, active: Mapping[str, str]) -> str:
    """The link to the page before; "" on the first page."""
    if not page.has_newer or not page.rows:
        return ""
    return "?" + urlencode({**active, "newer": page.rows[0].stored.decision_id})


def _older_link(page: DecisionList, active: Mapping[str, str]) -> str:
    """The link to the next page; "" on the last page."""
    if not page.has_older:
        return ""
    return "?" + urlencode({**active, "cursor": page.rows[-1].stored.decision_id})


def _model_versions() -> list[str]:
    """The versions that the form proposes: the served one, and those deployed before."""
    deployed = (deployment.version for deployment in model_switch().deployer.log.history())
    return [*dict.fromkeys((service().scorer.version, *deployed))]
