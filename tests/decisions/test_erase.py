"""Erasure and retention: what is erased, what is kept, and that SQLite's files hold no trace."""

import contextlib
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from credit_scoring.database import time_limit
from credit_scoring.database.engine import open_database
from credit_scoring.database.table_definitions import kept_answers
from credit_scoring.decisions import erase as erase_module
from credit_scoring.decisions.erase import ErasureCounts, erase, retain
from credit_scoring.decisions.uuid7 import lowest_id_at, time_of_id
from credit_scoring.errors import RequestError

CANARY = "canary-4711"


@pytest.fixture
def decision_ids(log, entry, record):
    """Two decisions on applicant 1, the first refused, reviewed and with an outcome; one on 2."""
    reasons = [{"code": "income", "text": CANARY}]
    entries = [
        entry(0.5, {"NAME": CANARY * 1000}, applicant_id="1", key_id="k1", reasons=reasons),
        entry(0.01, {"NAME": CANARY}, applicant_id="1", key_id="k1", request_id=CANARY),
        entry(0.02, {"NAME": "other"}, applicant_id="2", key_id="k1"),
    ]
    answers = [f'"{CANARY}"', f'"{CANARY}"', '""']
    for number, answer in enumerate(answers):
        new_record = record(f"order-{number}", answer=answer)
        log.append([entries[number]], idempotency_record=new_record)
    first = entries[0].decision_id
    log.add_review(first, outcome="ACCEPTED", reviewer="ada", reason=CANARY, key_id="k2")
    log.add_outcome(first, outcome=1)
    return [new_entry.decision_id for new_entry in entries]


def files_with_canary(engine):
    """The names of SQLite's files, including the write-ahead log, that contain the canary."""
    files = sorted(Path(engine.url.database).parent.iterdir())
    return [file.name for file in files if CANARY.encode() in file.read_bytes()]


class TestErase:
    def test_personal_data_is_erased_and_the_decision_kept(self, engine, log, decision_ids):
        before = log.find(decision_ids[0]).as_dict()
        assert erase(engine, applicant_id="1") == ErasureCounts(decisions=2, reviews=1, answers=2)
        after = log.find(decision_ids[0]).as_dict()
        assert after["erased_at"]
        assert after == {
            **before,
            "inputs": None,
            "reasons": [],
            "applicant_id": None,
            "request_id": "",
            "erased_at": after["erased_at"],
            "erased_because": "erasure",
            "reviews": [{**before["reviews"][0], "reason": None}],
        }
        assert log.find_idempotency_record("k1", "order-0") is None

    def test_other_applicant_is_not_changed(self, engine, log, decision_ids):
        before = log.find(decision_ids[2])
        erase(engine, applicant_id="1")
        assert log.find(decision_ids[2]) == before
        assert log.find_idempotency_record("k1", "order-2") is not None

    def test_one_decision_is_erased_by_its_id(self, engine, log, decision_ids):
        counts = erase(engine, decision_id=decision_ids[1])
        assert counts == ErasureCounts(decisions=1, answers=1)
        is_kept = [log.find(decision_id).erased_at is None for decision_id in decision_ids]
        assert is_kept == [True, False, True]

    def test_dry_run_counts_and_changes_nothing(self, engine, log, decision_ids):
        before = [log.find(decision_id) for decision_id in decision_ids]
        counts = erase(engine, applicant_id="1", dry_run=True)
        assert counts == ErasureCounts(decisions=2, reviews=1, answers=2)
        assert [log.find(decision_id) for decision_id in decision_ids] == before

    @pytest.mark.usefixtures("decision_ids")
    def test_second_erasure_finds_nothing(self, engine):
        erase(engine, applicant_id="1")
        assert erase(engine, applicant_id="1") == ErasureCounts()
        assert erase(engine, applicant_id="7") == ErasureCounts()

    @pytest.mark.parametrize("selection", [{}, {"applicant_id": "1", "decision_id": "d"}])
    def test_exactly_one_id_is_required(self, engine, selection):
        with pytest.raises(ValueError, match="either applicant_id or decision_id"):
            erase(engine, **selection)

    @pytest.mark.usefixtures("decision_ids")
    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_sqlite_files_hold_no_trace(self, engine):
        assert files_with_canary(engine)
        erase(engine, applicant_id="1")
        assert files_with_canary(engine) == []

    @pytest.mark.usefixtures("decision_ids")
    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_reader_that_keeps_traces_gives_a_warning(self, engine, monkeypatch, caplog):
        monkeypatch.setattr(time_limit, "TIMEOUT", 0.1)
        with contextlib.closing(sqlite3.connect(engine.url.database)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM decisions").fetchone()
            impatient_engine = open_database(str(engine.url))
            erase(impatient_engine, applicant_id="1")
            impatient_engine.dispose()
        assert "still holds erased data: run the command once more" in caplog.text
        erase(engine, applicant_id="1")
        assert files_with_canary(engine) == []

    def test_erased_decision_takes_outcomes_but_no_review(self, engine, log, decision_ids):
        """A later erasure would not find the text of such a review."""
        erase(engine, applicant_id="1")
        log.add_outcome(decision_ids[0], outcome=0)
        outcomes = log.find(decision_ids[0]).outcomes
        assert [loan_outcome.outcome for loan_outcome in outcomes] == [1, 0]
        with pytest.raises(RequestError, match="was erased: it cannot be reviewed") as caught:
            log.add_review(decision_ids[0], outcome="REFUSED", reviewer="ada", reason=CANARY)
        assert caught.value.status == 422


class TestRetain:
    @pytest.fixture
    def decisions(self, log, entry, monkeypatch):
        """Five decisions and the time of the fourth; they are erased in chunks of two."""
        monkeypatch.setattr(erase_module, "CHUNK", 2)
        entries = [entry(applicant_id=str(number)) for number in range(5)]
        log.append(entries)
        return [new_entry.decision_id for new_entry in entries], time_of_id(entries[3].decision_id)

    def test_only_older_decisions_are_erased(self, engine, log, decisions):
        decision_ids, since = decisions
        reports = []
        counts = retain(
            engine, since=since, report=lambda done, total: reports.append((done, total))
        )
        assert counts == ErasureCounts(decisions=3)
        assert reports == [(2, 3), (3, 3)]
        stored = [log.find(decision_id) for decision_id in decision_ids]
        assert [one.erased_because for one in stored] == ["retention"] * 3 + [None] * 2
        assert [one.inputs is None for one in stored] == [True] * 3 + [False] * 2

    def test_decision_dated_in_the_future_is_reported(self, engine, log, entry, caplog):
        """It would not get old for decades: the clock was wrong when it was made."""
        future = datetime.now(UTC) + timedelta(days=20_000)
        log.append([entry(decision_id=lowest_id_at(future)), entry()])
        retain(engine, since=datetime.now(UTC) - timedelta(days=30), dry_run=True)
        expected = f"1 decision is dated in the future, the last on {future:%Y-%m-%d}"
        assert expected in caplog.text
        assert f"python model.py erase --decision {lowest_id_at(future)}" in caplog.text
        erase(engine, decision_id=lowest_id_at(future))
        caplog.clear()
        retain(engine, since=datetime.now(UTC) - timedelta(days=30))
        assert not caplog.records

    def test_old_answer_without_a_decision_is_erased(self, engine, log, record):
        """Earlier versions keep it; one of them may still run."""
        row = {**asdict(record("refused")), "made_at": datetime.now(UTC)}
        with engine.begin() as connection:
            connection.execute(kept_answers.insert(), row)
        since = datetime.now(UTC) + timedelta(seconds=1)
        assert retain(engine, since=since, dry_run=True) == ErasureCounts(answers=1)
        assert retain(engine, since=since) == ErasureCounts(answers=1)
        assert log.find_idempotency_record("k1", "refused") is None

    def test_dry_run_counts_and_changes_nothing(self, engine, log, decisions):
        decision_ids, since = decisions
        assert retain(engine, since=since, dry_run=True) == ErasureCounts(decisions=3)
        assert all(log.find(decision_id).erased_at is None for decision_id in decision_ids)
