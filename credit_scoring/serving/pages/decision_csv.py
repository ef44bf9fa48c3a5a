"""The filtered decisions as CSV for spreadsheets, streamed."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from flask import Response

from credit_scoring.decisions.decision_list import ListedDecision
from credit_scoring.scoring.reasons import MAX_PRINCIPAL_REASONS
from credit_scoring.serving.pages.language import page_language
from credit_scoring.serving.pages.letter import reason_texts
from credit_scoring.serving.requests.decision_list_query import DecisionListQuery, filled_values
from credit_scoring.serving.requests.request_models import validate
from credit_scoring.serving.service import service

BYTE_ORDER_MARK = "\ufeff"  # without it a spreadsheet reads UTF-8 as a one-byte encoding
# A spreadsheet runs a cell as a formula if it begins so, some also after white space:
FORMULA = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")
DELIMITER = {"en": ",", "fr": ";"}
REASONS = tuple(f"reason_{number}" for number in range(1, MAX_PRINCIPAL_REASONS + 1))
COLUMNS = (
    "decision_id", "made_at_utc", "kind", "applicant_id", "decision", "probability", "threshold",
    "credit_score", "risk_level", "decision_in_force", "reviewed_at_utc", "reviewer",
    "review_reason", "outcome", "model_version", "erased_at_utc", *REASONS,
)  # fmt: skip


def decision_csv() -> Response:
    """The decisions that the query selects, newest first."""
    filters = validate(DecisionListQuery, filled_values()).filters
    pages = service().log.export(filters)
    first = next(pages, ())  # a database that is not available answers 503, not half a file
    response = Response(
        _lines(first, pages, page_language()), content_type="text/csv; charset=utf-8"
    )
    name = f"decisions-{datetime.now(UTC):%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def _lines(
    first: Sequence[ListedDecision], rest: Iterable[Sequence[ListedDecision]], language: str
) -> Iterator[str]:
    yield BYTE_ORDER_MARK + _csv([COLUMNS], language)
    for page in chain([first], rest):
        yield _csv((_row(listed, language) for listed in page), language)


def _csv(rows: Iterable[Sequence[Any]], language: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=DELIMITER[language])
    writer.writerows([_cell(value, language) for value in row] for row in rows)
    return buffer.getvalue()


def _cell(value: Any, language: str) -> str:
    """A value as a spreadsheet in this language reads it; a text never becomes a formula."""
    match value:
        case None:
            return ""
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        case float():
            return repr(value).replace(".", ",") if language == "fr" else repr(value)
        case int():
            return str(value)
    text = str(value)
    return f"'{text}" if FORMULA.match(text) else text


def _row(listed: ListedDecision, language: str) -> list[Any]:
    stored, review = listed.stored, listed.review or {}
    reasons = reason_texts(stored, language)[: len(REASONS)]
    return [
        stored.decision_id, stored.made_at, stored.kind, stored.applicant_id, stored.decision,
        stored.probability, stored.threshold, stored.credit_score, stored.risk_level,
        listed.in_force, review.get("made_at"), review.get("reviewer"), review.get("reason"),
        listed.outcome, stored.model_version, stored.erased_at,
        *reasons, *[None] * (len(REASONS) - len(reasons)),
    ]  # fmt: skip
