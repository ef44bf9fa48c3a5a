"""Lists of decisions: pages in both directions, filters, what is in force, and the export."""

from datetime import UTC, datetime

import pytest

from credit_scoring.decisions import decision_list
from credit_scoring.decisions.decision_list import Cursor, list_query
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.decision_queries import SUMMARIES, Filters
from tests.log_entries import log_entry


@pytest.fixture
def log(engine):
    return DecisionLog(engine)


@pytest.fixture
def ids(log):
    """Seven decisions, oldest first; every second one is a refusal."""
    entries = [log_entry(0.2 if i % 2 else 0.05, applicant_id=str(i)) for i in range(7)]
    log.append(entries)
    return [entry.decision_id for entry in entries]


def listed(page):
    return [row.stored.decision_id for row in page.rows]


def test_pages_turn_both_ways(log, ids):
    newest_first = ids[::-1]
    first = log.overview(limit=3)
    second = log.overview(cursor=Cursor(older=first.rows[-1].stored.decision_id), limit=3)
    third = log.overview(cursor=Cursor(older=second.rows[-1].stored.decision_id), limit=3)
    assert listed(first) + listed(second) + listed(third) == newest_first
    assert [(page.has_newer, page.has_older) for page in (first, second, third)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    back = log.overview(cursor=Cursor(newer=third.rows[0].stored.decision_id), limit=3)
    assert listed(back) == listed(second)
    assert (back.has_newer, back.has_older) == (True, True)


def test_first_page_has_no_newer_one(log, ids):
    page = log.overview(cursor=Cursor(newer=ids[3]), limit=3)
    assert listed(page) == ids[:3:-1]
    assert not page.has_newer


def test_last_review_and_last_outcome_are_in_force(log, ids):
    for outcome, reviewer in (("ACCEPTED", "A"), ("REFUSED", "B")):
        log.add_review(ids[0], outcome=outcome, reviewer=reviewer, reason="r")
        log.add_outcome(ids[0], outcome=int(outcome == "REFUSED"))
    newest, *_, oldest = log.overview().rows
    assert (oldest.in_force, oldest.is_overridden, oldest.outcome) == ("REFUSED", True, 1)
    assert (oldest.review["reviewer"], oldest.review["reason"]) == ("B", "r")
    assert (newest.in_force, newest.is_overridden, newest.outcome) == ("ACCEPTED", False, None)
    assert newest.review is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(decision="REFUSED"), [5, 3, 1]),
        (Filters(applicant_id="4"), [4]),
        (Filters(model_version="d" * 12, decision="ACCEPTED"), [6, 4, 2, 0]),
        (Filters(model_version="unknown"), []),
        (Filters(reviewed=True), [2, 1]),
        (Filters(reviewed=False, decision="REFUSED"), [5, 3]),
        (Filters(outcome=0), [1]),
        (Filters(outcome=1, reviewed=True), [2]),
    ],
    ids=lambda value: repr(value)[:60] if isinstance(value, Filters) else None,
)
def test_filters_narrow_the_list(log, ids, filters, expected):
    for index in (1, 2):
        log.add_review(ids[index], outcome="ACCEPTED", reviewer="A", reason="r")
        log.add_outcome(ids[index], outcome=index - 1)
    assert listed(log.overview(filters)) == [ids[index] for index in expected]


def test_export_reads_page_by_page(log, ids, monkeypatch):
    monkeypatch.setattr("credit_scoring.decisions.decision_log.EXPORT_PAGE", 3)
    monkeypatch.setattr(decision_list, "EXPORT_PAGE", 3)
    pages = [[row.stored.decision_id for row in page] for page in log.export()]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [decision_id for page in pages for decision_id in page] == ids[::-1]


def test_export_of_an_empty_log_has_no_page(log):
    assert list(log.export()) == []


SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("listed", [decision_list.LISTED, SUMMARIES], ids=["page", "api"])
@pytest.mark.parametrize(
    "filters",
    [
        {"reviewed": True, "since": SINCE},
        {"model_version": "a", "decision": "REFUSED", "since": SINCE},
        {"outcome": 1, "decision": "REFUSED"},
    ],
    ids=["reviewed", "model", "outcome"],
)
def test_only_the_rows_of_the_page_are_read(engine, filters, listed):
    """All others are passed over in an index, which has no inputs."""
    query = list_query(Filters(**filters), Cursor(), 50, listed)
    text = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.connect() as connection:
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    read = [step for step in plan if "decisions" in step and "COVERING INDEX" not in step]
    assert read == ["SEARCH decisions USING INDEX sqlite_autoindex_decisions_1 (decision_id=?)"]
