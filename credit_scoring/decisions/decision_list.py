"""Lists of decisions for people: newest first, in pages that can be turned both ways."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from credit_scoring.database.table_definitions import decisions, reviews
from credit_scoring.decisions.decision_queries import (
    SUMMARIES,
    Filters,
    last_appended,
    last_outcome,
    stored_decision,
)
from credit_scoring.decisions.records import StoredDecision

EXPORT_PAGE = 500  # decisions
NEWEST_FIRST = decisions.c.decision_id.desc()
LISTED = SUMMARIES.add_columns(
    decisions.c.reasons,
    last_outcome().label("last_outcome"),
    *(
        last_appended(reviews, name).label(f"review_{name}")
        for name in ("outcome", "reviewer", "reason", "made_at")
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a page of a list begins: `older` than a decision, or `newer`; None: at the newest."""

    older: str | None = None
    newer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDecision:
    """A decision with what is in force: the last review, or None, and the last outcome."""

    stored: StoredDecision
    outcome: int | None
    review: dict[str, Any] | None

    @property
    def in_force(self) -> str:
        """ACCEPTED or REFUSED: the person's decision, or else the model's."""
        return self.review["outcome"] if self.review else self.stored.decision

    @property
    def is_overridden(self) -> bool:
        """Whether a person decided otherwise than the model."""
        return self.in_force != self.stored.decision


@dataclass(frozen=True, slots=True)
class DecisionList:
    """A page of a list, newest first, and whether there are newer and older decisions."""

    rows: list[ListedDecision]
    has_newer: bool
    has_older: bool


def list_query(
    filters: Filters, cursor: Cursor, limit: int, listed: Select[Any] = LISTED
) -> Select[Any]:
    """The query of a page's decisions, newest first, with the columns of `listed`.

    The ids are selected first, from the indexes alone: inputs make the rows of the table large.
    """
    column = decisions.c.decision_id
    ids = filters.apply(select(column))
    if cursor.newer is not None:
        ids = ids.where(column > cursor.newer).order_by(column)
    else:
        ids = ids.order_by(NEWEST_FIRST)
    if cursor.older is not None:
        ids = ids.where(column < cursor.older)
    chosen = ids.limit(limit).subquery("chosen")
    return listed.join(chosen, chosen.c.decision_id == column).order_by(NEWEST_FIRST)


def listed_decision(row: Mapping[Any, Any]) -> ListedDecision:
    """Convert a row of `LISTED`; ValueError if a column has a value of another type."""
    row = dict(row)
    review = {
        name.removeprefix("review_"): value
        for name, value in row.items()
        if name.startswith("review_")
    }
    return ListedDecision(
        stored=stored_decision(row),
        outcome=row["last_outcome"],
        review=review if review["outcome"] is not None else None,
    )


def page_of(rows: list[ListedDecision], cursor: Cursor, limit: int) -> DecisionList:
    """The page of at most `limit` of `rows`, of which one more was read in the page's direction."""
    has_more = len(rows) > limit
    if cursor.newer is not None:
        return DecisionList(rows[-limit:], has_newer=has_more, has_older=True)
    return DecisionList(rows[:limit], has_newer=cursor.older is not None, has_older=has_more)


def export_pages(fetch: Any) -> Iterator[list[ListedDecision]]:
    """Yield pages of decisions, newest first; `fetch` reads those that are at a cursor."""
    page: list[ListedDecision] = fetch(Cursor())
    while page:
        yield page
        if len(page) < EXPORT_PAGE:
            return
        page = fetch(Cursor(older=page[-1].stored.decision_id))
