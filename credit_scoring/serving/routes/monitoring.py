"""/monitoring: production against training, from the counts of the decisions."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.monitoring.summary_shape import FeatureSummary, MonitoringSummary
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.monitoring.monitoring_thread import monitoring as current_monitoring
from credit_scoring.serving.pages.page import wants_html
from credit_scoring.serving.requests.request_models import MonitoringQuery, query_values, validate
from credit_scoring.serving.routes.pages.monitoring import feature_page
from credit_scoring.serving.service import service

if TYPE_CHECKING:
    from credit_scoring.monitoring.summary import SummaryQuery

monitoring = Blueprint("monitoring", __name__, url_prefix="/monitoring")
INSTANT = timedelta(microseconds=1)


@monitoring.get("/summary")
@requires_scope("review")
def summary() -> MonitoringSummary:
    """Everything that monitoring knows of a model, for a window of days."""
    from credit_scoring.monitoring.summary import read_summary  # noqa: PLC0415 - statistics

    return read_summary(current_monitoring().source, _query())


@monitoring.get("/features/<path:name>")
@requires_scope("review")
def feature(name: str) -> FeatureSummary | Response:
    """One feature, or the score, against the reference, and by day: a page for a browser."""
    if wants_html():
        return feature_page(name)
    from credit_scoring.monitoring.feature_summary import read_feature  # noqa: PLC0415

    return read_feature(current_monitoring().source, _query(), name)


def _query() -> "SummaryQuery":
    """The query of the request; RequestError 422 names every wrong parameter."""
    from credit_scoring.monitoring.model_facts import DayWindow  # noqa: PLC0415
    from credit_scoring.monitoring.summary import SummaryQuery  # noqa: PLC0415

    query = validate(MonitoringQuery, query_values())
    errors = [*_window_errors("", query), *_window_errors("against_", query)]
    if (query.against_since is None) != (query.against_until is None):
        name = "against_since" if query.against_since is None else "against_until"
        errors.append(FieldError(name, f"{name} is missing: send both, or neither of them"))
    if errors:
        raise RequestError(
            errors[0].message, status=422, title="Request refused", errors=tuple(errors)
        )
    against = None
    if query.against_since and query.against_until:
        against = DayWindow(_day(query.against_since), _last_day(query.against_until))
    return SummaryQuery(
        since=_day(query.since) if query.since else None,
        until=_last_day(query.until) if query.until else None,
        against=against,
        model=query.model,
        served=service().bundle.manifest.pickle["sha256"],
        language=query.language,
    )


def _window_errors(prefix: str, query: MonitoringQuery) -> list[FieldError]:
    since, until = getattr(query, f"{prefix}since"), getattr(query, f"{prefix}until")
    name = f"{prefix}until"
    if since is None or until is None or since < until:
        return []
    return [FieldError(name, f"{name} is {until.isoformat()}: expected a time after {prefix}since")]


def _day(time: datetime) -> date:
    try:
        return time.astimezone(UTC).date()
    except OverflowError:  # in the year 10000
        return date.max


def _last_day(until: datetime) -> date:
    """The last day before `until`, which is exclusive; a part of a day counts as the day."""
    return _day(until - INSTANT)
