"""Appending to the decision log and reading it, on SQLite and on PostgreSQL."""

import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from credit_scoring.decisions.decision_queries import Filters
from credit_scoring.decisions.records import Durations
from credit_scoring.decisions.uuid7 import new_id, time_of_id
from credit_scoring.errors import RequestError

FINITE = st.floats(allow_nan=False, allow_infinity=False)
YEAR = 365 * 86_400 * 10**9  # nanoseconds
CONVERTED = ("inputs", "names_id", "reasons", "made_at")  # columns that are read in another form


def ids(stored_decisions):
    return [stored.decision_id for stored in stored_decisions]


class TestAppend:
    def test_stored_decision_reproduces_the_entry(self, log, entry):
        text = {"fr": "Votre revenu – 100 €"}
        reasons = [{"code": "income", "text": text, "contribution": 0.1 + 0.2}]
        appended = entry(0.5, kind="what-if", key_id="k1", applicant_id="100001", reasons=reasons)
        log.append([appended], durations=Durations(handler_ms=1.25, model_ms=0.5))
        stored = log.find(appended.decision_id)
        assert stored.as_dict() == {
            **{name: value for name, value in appended.row().items() if name not in CONVERTED},
            "made_at": time_of_id(appended.decision_id).isoformat(),
            "inputs": {"AMT_CREDIT": 450000.0},
            "reasons": reasons,
            "handler_ms": 1.25,
            "model_ms": 0.5,
            "damaged": [],
            "erased_at": None,
            "erased_because": None,
            "reviews": [],
            "outcomes": [],
        }
        assert (stored.decision, stored.score, stored.threshold) == ("REFUSED", 1, 0.09)
        assert stored.made_at.utcoffset() == timedelta(0)

    @settings(max_examples=25)
    @given(
        probability=st.floats(0, 1),
        inputs=st.dictionaries(st.text(), st.one_of(FINITE, st.text(), st.none())),
    )
    def test_values_are_read_bit_for_bit(self, log, entry, probability, inputs):
        appended = entry(probability, inputs)
        log.append([appended])
        stored = log.find(appended.decision_id)
        assert stored.probability == probability
        assert math.copysign(1, stored.probability) == math.copysign(1, probability)
        assert stored.inputs == appended.inputs
        assert repr(json.loads(stored.inputs)) == repr(inputs)

    def test_batch_is_one_transaction(self, log, engine, entry):
        commits = []
        event.listen(engine, "commit", commits.append)
        appended = [entry(kind="batch") for _ in range(200)]
        log.append(appended)
        assert len(commits) == 1
        assert log.count() == 200
        assert ids(log.iterate(chunk=30)) == sorted(ids(appended))

    def test_faulty_batch_stores_nothing(self, log, entry):
        duplicate = entry()
        with pytest.raises(Exception, match=r"(?i)unique|are appended"):
            log.append([entry(), duplicate, duplicate])
        assert log.count() == 0

    def test_threads_store_all_their_decisions(self, log, entry):
        entries = [entry() for _ in range(200)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda one_entry: log.append([one_entry]), entries))
        assert ids(log.iterate()) == sorted(ids(entries))

    def test_empty_log_finds_nothing(self, log):
        assert log.find(new_id()) is None
        assert log.find("not an id") is None
        assert log.page() == []


class TestPage:
    @pytest.fixture
    def decision_ids(self, log, entry):
        """The ids of three decisions: repaid after a default, refused and reviewed, plain."""
        entries = [
            entry(0.01, applicant_id="1"),
            entry(0.5, applicant_id="2"),
            entry(0.02, applicant_id="1", model_digest="e" * 64),
        ]
        for new_entry in entries:
            log.append([new_entry])
        repaid, refused, _ = ids(entries)
        log.add_review(refused, outcome="ACCEPTED", reviewer="ada", reason="a guarantor")
        log.add_outcome(repaid, outcome=1)
        log.add_outcome(repaid, outcome=0)
        return ids(entries)

    def test_newest_decision_comes_first(self, log, decision_ids):
        assert ids(log.page(limit=2)) == [decision_ids[2], decision_ids[1]]
        assert ids(log.page(before=decision_ids[1], limit=2)) == [decision_ids[0]]

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"decision": "REFUSED"}, [1]),
            ({"decision": "ACCEPTED"}, [2, 0]),
            ({"applicant_id": "1"}, [2, 0]),
            ({"applicant_id": "3"}, []),
            ({"model_version": "d" * 12}, [2, 1, 0]),
            ({"model_version": "x"}, []),
            ({"reviewed": True}, [1]),
            ({"reviewed": False}, [2, 0]),
            ({"outcome": 0}, [0]),
            ({"outcome": 1}, []),
            ({"applicant_id": "1", "outcome": 0}, [0]),
            ({"since": datetime(2100, 1, 1, tzinfo=UTC)}, []),
            ({"until": datetime(2000, 1, 1, tzinfo=UTC)}, []),
        ],
    )
    def test_every_filter_limits_the_page(self, log, decision_ids, filters, expected):
        assert ids(log.page(Filters(**filters))) == [decision_ids[index] for index in expected]

    def test_since_is_inclusive_and_until_exclusive(self, log, decision_ids):
        made_at = time_of_id(decision_ids[1])
        assert ids(log.page(Filters(since=made_at))) == decision_ids[:0:-1]
        assert ids(log.page(Filters(until=made_at))) == [decision_ids[0]]

    def test_page_has_no_inputs(self, log, decision_ids):
        assert all(stored.inputs is None for stored in log.page())
        assert log.find(decision_ids[0]).inputs is not None


class TestReviewsAndOutcomes:
    def test_reviews_do_not_change_the_decision(self, log, entry):
        appended = entry(0.5)
        log.append([appended])
        decision_id = appended.decision_id
        reviews = [
            log.add_review(decision_id, outcome=outcome, reviewer="ada", reason="x", key_id="k1")
            for outcome in ("ACCEPTED", "REFUSED")
        ]
        outcomes = [log.add_outcome(decision_id, outcome=outcome) for outcome in (0, 1)]
        stored = log.find(decision_id)
        assert (stored.reviews, stored.outcomes) == (reviews, outcomes)
        assert stored.decision == "REFUSED"

    def test_last_review_is_in_force_after_the_clock_was_wrong(self, log, entry, monkeypatch):
        """A review added while the clock was in the future would sort after all later ones."""
        appended = entry(0.5)
        log.append([appended])
        now = time.time_ns()
        with monkeypatch.context() as patch:
            patch.setattr(time, "time_ns", lambda: now + 30 * YEAR)
            log.add_review(appended.decision_id, outcome="ACCEPTED", reviewer="ada", reason="x")
            log.add_outcome(appended.decision_id, outcome=1)
        log.add_review(appended.decision_id, outcome="REFUSED", reviewer="ada", reason="x")
        log.add_outcome(appended.decision_id, outcome=0)
        stored = log.find(appended.decision_id)
        assert [review.outcome for review in stored.reviews] == ["ACCEPTED", "REFUSED"]
        assert [loan_outcome.outcome for loan_outcome in stored.outcomes] == [1, 0]
        assert len(log.page(Filters(outcome=0))) == 1
        assert stored.reviews[-1].made_at < datetime.now(UTC) + timedelta(days=1)

    def test_unknown_decision_is_404(self, log):
        unknown_id = new_id()
        with pytest.raises(RequestError, match="does not exist") as review_error:
            log.add_review(unknown_id, outcome="ACCEPTED", reviewer="a", reason="b")
        with pytest.raises(RequestError, match="does not exist") as outcome_error:
            log.add_outcome(unknown_id, outcome=1)
        assert (review_error.value.status, outcome_error.value.status) == (404, 404)
