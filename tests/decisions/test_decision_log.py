"""What is appended is found again, on SQLite and on PostgreSQL."""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.decision_queries import Filters
from credit_scoring.decisions.records import IdempotencyRecord
from credit_scoring.decisions.uuid7 import new_id, time_of_id
from credit_scoring.errors import RequestError

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def kept(key="order-1", digest="b" * 64, answer='{"a": 1}', key_id="k1"):
    return IdempotencyRecord(key_id=key_id, idempotency_key=key, body_digest=digest, answer=answer)


def ids(found):
    return [stored.decision_id for stored in found]


MADE_OTHERWISE = ("inputs", "names_id", "reasons", "made_at")


class TestAppend:
    def test_a_decision_is_found_with_everything_that_reproduces_it(self, log, entry):
        reasons = [
            {"code": "income", "text": {"fr": "Votre revenu – 100 €"}, "contribution": 0.1 + 0.2}
        ]
        appended = entry(0.5, kind="what-if", key_id="k1", applicant_id="100001", reasons=reasons)
        log.append([appended])
        stored = log.find(appended.decision_id)
        assert stored.as_dict() == {
            **{name: value for name, value in appended.row().items() if name not in MADE_OTHERWISE},
            "made_at": time_of_id(appended.decision_id).isoformat(),
            "inputs": {"AMT_CREDIT": 450000.0},
            "reasons": reasons,
            "erased_at": None,
            "erased_because": None,
            "reviews": [],
            "outcomes": [],
        }
        assert (stored.decision, stored.score, stored.threshold) == ("REFUSED", 1, 0.09)
        assert stored.made_at.utcoffset() == timedelta(0)

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        probability=st.floats(0, 1),
        inputs=st.dictionaries(st.text(), st.one_of(FINITE, st.text(), st.none())),
    )
    def test_numbers_and_texts_come_back_bit_for_bit(self, log, entry, probability, inputs):
        appended = entry(probability, inputs)
        log.append([appended])
        stored = log.find(appended.decision_id)
        assert stored.probability == probability
        assert math.copysign(1, stored.probability) == math.copysign(1, probability)
        assert stored.inputs == appended.inputs
        assert repr(json.loads(stored.inputs)) == repr(inputs)

    def test_the_entries_of_a_batch_share_one_transaction(self, log, engine, entry):
        commits = []
        event.listen(engine, "commit", commits.append)
        appended = [entry(kind="batch") for _ in range(200)]
        log.append(appended)
        assert len(commits) == 1
        assert log.count() == 200
        assert [stored.decision_id for stored in log.iterate(chunk=30)] == sorted(
            e.decision_id for e in appended
        )

    def test_of_a_batch_with_a_fault_nothing_is_stored(self, log, entry):
        twice = entry()
        with pytest.raises(Exception, match=r"(?i)unique"):
            log.append([entry(), twice, twice])
        assert log.count() == 0

    def test_threads_store_all_of_theirs(self, log, entry):
        with ThreadPoolExecutor(8) as pool:
            appended = list(
                pool.map(lambda _: log.append([made := entry()]) or made.decision_id, range(200))
            )
        assert sorted(appended) == [stored.decision_id for stored in log.iterate()]

    def test_nothing_is_found_where_nothing_is(self, log):
        assert log.find(new_id()) is None
        assert log.find("no id at all") is None
        assert log.page() == []


class TestIdempotency:
    def test_the_same_key_gives_what_was_answered_and_stores_nothing(self, log, entry):
        assert log.append([entry()], idempotency_record=kept()) is None
        assert log.append([entry()], idempotency_record=kept(answer='{"a": 2}')) == kept()
        assert log.find_idempotency_record("k1", "order-1") == kept()
        assert log.count() == 1

    def test_another_body_is_told_by_its_digest(self, log, entry):
        log.append([entry()], idempotency_record=kept(digest="b" * 64))
        assert log.append([entry()], idempotency_record=kept(digest="c" * 64)).body_digest == "b" * 64

    def test_two_clients_may_use_the_same_key(self, log, entry):
        assert log.append([entry()], idempotency_record=kept(key_id="k1")) is None
        assert log.append([entry()], idempotency_record=kept(key_id="k2")) is None
        assert log.find_idempotency_record("k3", "order-1") is None

    def test_a_race_of_32_leaves_one_decision_and_one_answer(self, engine, entry):
        logs = [DecisionLog(engine), DecisionLog(engine)]  # as two worker processes

        def ask(number):
            return number, logs[number % 2].append([entry()], idempotency_record=kept(answer=str(number)))

        with ThreadPoolExecutor(32) as pool:
            answered = list(pool.map(ask, range(32)))
        winners = [number for number, earlier in answered if earlier is None]
        assert len(winners) == 1
        assert {earlier.answer for _, earlier in answered if earlier} == {str(winners[0])}
        assert logs[0].count() == 1

    def test_keys_in_any_order_do_not_lock_each_other_out(self, engine, entry):
        logs = [DecisionLog(engine), DecisionLog(engine)]

        def ask(number):
            return logs[number % 2].append(
                [entry()], idempotency_record=kept(key=f"order-{(number * 7) % 40 // 2}")
            )

        with ThreadPoolExecutor(16) as pool:
            assert sum(earlier is None for earlier in pool.map(ask, range(80))) == 20


class TestPage:
    @pytest.fixture
    def filled(self, log, entry):
        appended = [
            entry(0.01, applicant_id="1"),
            entry(0.5, applicant_id="2"),
            entry(0.02, applicant_id="1", model_digest="e" * 64),
        ]
        for each in appended:
            log.append([each])
        log.add_review(
            appended[1].decision_id, outcome="ACCEPTED", reviewer="ada", reason="a guarantor"
        )
        log.add_outcome(appended[0].decision_id, outcome=1)
        log.add_outcome(appended[0].decision_id, outcome=0)
        return [each.decision_id for each in appended]

    def test_is_newest_first_and_goes_on_before_a_cursor(self, log, filled):
        assert ids(log.page(limit=2)) == [filled[2], filled[1]]
        assert ids(log.page(before=filled[1], limit=2)) == [filled[0]]

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
    def test_holds_those_asked_for(self, log, filled, filters, expected):
        assert ids(log.page(Filters(**filters))) == [filled[number] for number in expected]

    def test_a_moment_is_included_at_its_beginning_and_excluded_at_its_end(self, log, filled):
        made = time_of_id(filled[1])
        assert ids(log.page(Filters(since=made))) == filled[:0:-1]
        assert ids(log.page(Filters(until=made))) == [filled[0]]

    def test_is_without_inputs(self, log, filled):
        assert all(stored.inputs is None for stored in log.page())
        assert log.find(filled[0]).inputs is not None


class TestReviewsAndOutcomes:
    def test_are_appended_and_the_machine_s_decision_stays(self, log, entry):
        appended = entry(0.5)
        log.append([appended])
        said = [
            log.add_review(
                appended.decision_id, outcome=word, reviewer="ada", reason=word.lower(), key_id="k1"
            )
            for word in ("ACCEPTED", "REFUSED")
        ]
        became = [log.add_outcome(appended.decision_id, outcome=number) for number in (0, 1)]
        stored = log.find(appended.decision_id)
        assert (stored.reviews, stored.outcomes, stored.decision) == (said, became, "REFUSED")

    def test_on_a_decision_that_is_not_there_are_a_404(self, log):
        for append, more in (
            (log.add_review, {"outcome": "ACCEPTED", "reviewer": "a", "reason": "b"}),
            (log.add_outcome, {"outcome": 1}),
        ):
            with pytest.raises(RequestError, match="there is no decision") as caught:
                append(new_id(), **more)
            assert caught.value.status == 404
