"""Challengers' scores: stored once, never changed, erased together with their decision."""

import contextlib
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.table_definitions import shadow_scores
from credit_scoring.decisions import shadow_scores as module
from credit_scoring.decisions.decision_queries import Filters
from credit_scoring.decisions.erase import ErasureCounts, erase, retain
from credit_scoring.decisions.shadow_scores import (
    Agreement,
    ModelPair,
    ScoredPair,
    ShadowScore,
    ShadowScoreWriter,
    newest_pair,
    scored_pair_pages,
)
from credit_scoring.errors import StorageError

PAIR = ModelPair("d" * 64, "c" * 64)


@pytest.fixture
def writer(engine):
    return ShadowScoreWriter(engine)


def score_of(entry, **columns):
    values = {
        "challenger_digest": "c" * 64, "challenger_version": "c" * 12,
        "probability": 0.25, "threshold": 0.2, "score": 1,
    }  # fmt: skip
    return ShadowScore(decision_id=entry.decision_id, **{**values, **columns})


def count(engine):
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(shadow_scores)).scalar_one()


@pytest.fixture
def entries(log, entry, writer):
    """Three decisions with a score each, more than one transaction takes at a time."""
    entries = [entry(applicant_id=str(number)) for number in range(3)]
    log.append(entries)
    writer.append([score_of(one) for one in entries])
    return entries


def pairs(engine, **filters):
    pages = scored_pair_pages(engine, PAIR, Filters(**filters), page_size=2)
    return [pair for page in pages for pair in page]


class TestTable:
    def test_score_is_stored_with_its_decision(self, engine, entries):
        expected = [ScoredPair(one.decision_id, 0.05, 0, 0.25, 1, None) for one in entries]
        assert pairs(engine) == expected
        assert newest_pair(engine) == PAIR

    @pytest.mark.usefixtures("entries")
    @pytest.mark.parametrize("column", [*shadow_scores.c.keys()])
    def test_score_cannot_be_changed(self, engine, column):
        change = shadow_scores.update().values({column: shadow_scores.c[column]})
        with pytest.raises(IntegrityError, match="appended, never"), engine.begin() as connection:
            connection.execute(change)

    @pytest.mark.usefixtures("entries")
    def test_score_cannot_be_deleted(self, engine):
        with pytest.raises(IntegrityError, match="appended, never"), engine.begin() as connection:
            connection.execute(shadow_scores.delete())
        assert count(engine) == 3

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_sqlite_row_cannot_be_replaced(self, engine, entries):
        row = {**dataclasses.asdict(score_of(entries[0])), "made_at": datetime.now(UTC)}
        replace = shadow_scores.insert().prefix_with("OR REPLACE").values(row)
        with pytest.raises(IntegrityError, match="appended, never"), engine.begin() as connection:
            connection.execute(replace)

    @pytest.mark.usefixtures("entries")
    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_postgresql_table_cannot_be_truncated(self, engine):
        with pytest.raises(IntegrityError, match="appended, never"), engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE shadow_scores")

    def test_second_score_of_the_same_challenger_is_refused(self, writer, entries):
        with pytest.raises((IntegrityError, StorageError)):
            writer.append([score_of(entries[0])])
        writer.append([score_of(entries[0], challenger_digest="e" * 64)])

    def test_score_without_a_decision_is_not_stored(self, engine, writer, entry):
        with contextlib.suppress(IntegrityError):  # of SQLite; PostgreSQL leaves the row out
            writer.append([score_of(entry())])
        assert count(engine) == 0


class TestAgreement:
    @pytest.fixture
    def scored(self, log, entry, writer):
        """The champion accepts all of these; the challenger refuses the second and the third."""
        entries = [entry() for _ in range(4)]
        log.append(entries)
        writer.append([score_of(one, score=int(n in {1, 2})) for n, one in enumerate(entries)])
        return entries

    @pytest.mark.usefixtures("scored")
    @pytest.mark.parametrize(
        ("limit", "expected"), [(100, Agreement(4, 0, 2)), (2, Agreement(2, 0, 1))]
    )
    def test_newest_decisions_are_counted(self, log, limit, expected):
        agreement = log.agreement(PAIR, Filters(), limit)
        assert agreement == expected
        assert agreement.share == 0.5

    @pytest.mark.usefixtures("scored")
    def test_other_models_and_other_days_do_not_count(self, log):
        later = Filters(since=datetime.now(UTC) + timedelta(days=1))
        assert log.agreement(PAIR, later, 10) is None
        assert log.agreement(ModelPair("d" * 64, ""), Filters(), 10) is None


class TestErasure:
    def test_scores_are_erased_with_their_decision(self, engine, entries):
        expected = ErasureCounts(decisions=1, shadow_scores=1)
        assert erase(engine, applicant_id="1", dry_run=True) == expected
        assert count(engine) == 3
        assert erase(engine, applicant_id="1") == expected
        assert [pair.decision_id for pair in pairs(engine)] == [
            entries[0].decision_id, entries[2].decision_id
        ]  # fmt: skip

    @pytest.mark.usefixtures("entries")
    def test_scores_are_retained_with_their_decision(self, engine):
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        assert retain(engine, since=tomorrow) == ErasureCounts(decisions=3, shadow_scores=3)
        assert count(engine) == 0
        assert newest_pair(engine) is None

    def test_score_that_arrives_after_the_erasure_is_left_out(self, engine, log, entry, writer):
        """The challenger scores in the background: the erasure may come first."""
        entries = [entry(applicant_id=str(number)) for number in range(3)]
        log.append(entries)
        erase(engine, applicant_id="1")
        writer.append([score_of(one) for one in entries])
        assert [pair.decision_id for pair in pairs(engine)] == [
            entries[0].decision_id, entries[2].decision_id
        ]  # fmt: skip


class TestPairs:
    def test_last_outcome_and_period_select(self, engine, log, entries):
        log.add_outcome(entries[0].decision_id, outcome=1)
        log.add_outcome(entries[0].decision_id, outcome=0)
        assert [pair.outcome for pair in pairs(engine)] == [0, None, None]
        future = datetime.now(UTC) + timedelta(days=1)
        assert pairs(engine, since=future) == []
        assert len(pairs(engine, until=future)) == 3

    def test_what_if_decisions_and_other_models_are_left_out(self, engine, log, entry, writer):
        entries = [entry(kind="what-if"), entry(model_digest="e" * 64)]
        log.append(entries)
        writer.append([score_of(one) for one in entries])
        assert pairs(engine) == []
        assert newest_pair(engine) == ModelPair("e" * 64, "c" * 64)


def test_many_scores_take_several_transactions(engine, log, entry, writer, monkeypatch):
    monkeypatch.setattr(module, "MAX_ROWS", 2)
    entries = [entry() for _ in range(5)]
    log.append(entries)
    writer.append([score_of(one) for one in entries])
    assert count(engine) == 5
