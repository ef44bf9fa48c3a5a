"""Erasure and retention: what goes, what stays, and that the file holds no trace of what went."""

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from credit_scoring.database import engine as engine_module
from credit_scoring.database.engine import open_database
from credit_scoring.decisions import erase as erase_module
from credit_scoring.decisions.erase import ErasureCounts, erase, retain
from credit_scoring.decisions.records import IdempotencyRecord
from credit_scoring.decisions.uuid7 import time_of_id
from credit_scoring.errors import RequestError

CANARY = "canary-4711"
GONE = {"inputs": None, "reasons": [], "applicant_id": None}


def kept(key, answer="{}"):
    return IdempotencyRecord(key_id="k1", idempotency_key=key, body_digest="b" * 64, answer=answer)


@pytest.fixture
def filled(log, entry):
    """Two decisions on applicant 1, one of them refused, reviewed and with an outcome, and one on applicant 2."""
    reasons = [{"code": "income", "text": CANARY}]
    made = [
        entry(
            0.5,
            {"NAME": CANARY * 1000},
            applicant_id="1",
            reasons=reasons,
            key_id="k1",
            request_id="r1",
        ),
        entry(0.01, {"NAME": CANARY}, applicant_id="1", key_id="k1"),
        entry(0.02, {"NAME": "other"}, applicant_id="2", key_id="k1"),
    ]
    for number, each in enumerate(made):
        log.append([each], idempotency_record=kept(f"order-{number}", f'"{CANARY if number < 2 else ""}"'))
    first = made[0].decision_id
    log.add_review(
        first, outcome="ACCEPTED", reviewer="ada", reason=f"{CANARY} has a guarantor", key_id="k2"
    )
    log.add_outcome(first, outcome=1)
    return [each.decision_id for each in made]


def traces(engine):
    """The files of SQLite, the log it writes ahead among them, that hold an erased word."""
    files = sorted(Path(engine.url.database).parent.iterdir())
    return [file.name for file in files if CANARY.encode() in file.read_bytes()]


def shown(log, decision_id):
    return log.find(decision_id).as_dict()


class TestErase:
    def test_takes_an_applicant_s_data_and_leaves_that_and_how_it_was_decided(
        self, engine, log, filled
    ):
        before = shown(log, filled[0])
        assert erase(engine, applicant_id="1") == ErasureCounts(decisions=2, reviews=1, answers=2)
        after = shown(log, filled[0])
        assert after["erased_because"] == "erasure"
        assert after == {
            **before,
            **GONE,
            "erased_at": after["erased_at"],
            "erased_because": "erasure",
            "reviews": [{**before["reviews"][0], "reason": None}],
        }
        assert log.find_idempotency_record("k1", "order-0") is None

    def test_touches_no_other_applicant(self, engine, log, filled):
        before = shown(log, filled[2])
        erase(engine, applicant_id="1")
        assert shown(log, filled[2]) == before
        assert log.find_idempotency_record("k1", "order-2") is not None

    def test_takes_one_decision_where_only_its_id_is_known(self, engine, log, filled):
        assert erase(engine, decision_id=filled[1]) == ErasureCounts(decisions=1, answers=1)
        assert [log.find(each).erased_at is None for each in filled] == [True, False, True]

    def test_that_is_tried_only_says_how_much_and_changes_nothing(self, engine, log, filled):
        before = [shown(log, each) for each in filled]
        assert erase(engine, applicant_id="1", dry_run=True) == ErasureCounts(
            decisions=2, reviews=1, answers=2
        )
        assert [shown(log, each) for each in filled] == before

    @pytest.mark.usefixtures("filled")
    def test_finds_nothing_a_second_time_nor_of_an_unknown_applicant(self, engine):
        erase(engine, applicant_id="1")
        assert erase(engine, applicant_id="1") == erase(engine, applicant_id="7") == ErasureCounts()

    def test_of_everybody_by_mistake_is_refused(self, engine):
        for given in ({}, {"applicant_id": "1", "decision_id": "d"}):
            with pytest.raises(ValueError, match="either applicant_id or decision_id"):
                erase(engine, **given)

    @pytest.mark.usefixtures("filled")
    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_leaves_no_trace_in_sqlite_s_files(self, engine):
        assert traces(engine)
        erase(engine, applicant_id="1")
        assert traces(engine) == []

    @pytest.mark.usefixtures("filled")
    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_says_where_a_reader_keeps_traces_in_sqlite_s_files(self, engine, monkeypatch, caplog):
        monkeypatch.setattr(engine_module, "TIMEOUT", 0.1)
        with contextlib.closing(sqlite3.connect(engine.url.database)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM decisions").fetchone()
            impatient = open_database(str(engine.url))
            erase(impatient, applicant_id="1")
            impatient.dispose()
        assert "still holds what was erased: run the command once more" in caplog.text
        erase(engine, applicant_id="1")
        assert traces(engine) == []

    def test_lets_outcomes_be_added_and_no_review_whose_text_nothing_would_take(
        self, engine, log, filled
    ):
        erase(engine, applicant_id="1")
        log.add_outcome(filled[0], outcome=0)
        assert [each.outcome for each in log.find(filled[0]).outcomes] == [1, 0]
        with pytest.raises(
            RequestError, match="was erased: it cannot be reviewed"
        ) as caught:
            log.add_review(filled[0], outcome="REFUSED", reviewer="ada", reason=CANARY)
        assert caught.value.status == 422


class TestRetain:
    @pytest.fixture
    def old(self, log, entry, monkeypatch):
        """Five decisions, of which the first three are older than the moment returned; chunks of two."""
        monkeypatch.setattr(erase_module, "CHUNK", 2)
        made = [entry(applicant_id=str(number)) for number in range(5)]
        log.append(made)
        return [each.decision_id for each in made], time_of_id(made[3].decision_id)

    def test_takes_the_data_of_older_decisions_and_of_no_other(self, engine, log, old):
        ids, since = old
        said = []
        assert retain(engine, since=since, report=lambda *far: said.append(far)) == ErasureCounts(
            decisions=3
        )
        assert said == [(2, 3), (3, 3)]
        assert [log.find(each).erased_because for each in ids] == ["retention"] * 3 + [None] * 2
        assert [log.find(each).inputs is None for each in ids] == [True] * 3 + [False] * 2

    def test_takes_the_answers_to_older_requests_that_led_to_no_decision(self, engine, log):
        log.append([], idempotency_record=kept("refused"))
        since = datetime.now(UTC) + timedelta(seconds=1)
        assert (
            retain(engine, since=since, dry_run=True)
            == retain(engine, since=since)
            == ErasureCounts(answers=1)
        )
        assert log.find_idempotency_record("k1", "refused") is None

    def test_that_is_tried_only_says_how_much(self, engine, log, old):
        ids, since = old
        assert retain(engine, since=since, dry_run=True) == ErasureCounts(decisions=3)
        assert all(log.find(each).erased_at is None for each in ids)
