"""One Idempotency-Key stores one decision and one answer, also under concurrency."""

from concurrent.futures import ThreadPoolExecutor

from credit_scoring.decisions.decision_log import DecisionLog


def test_repeated_key_stores_nothing(log, entry, record):
    first = record(answer='{"a": 1}')
    assert log.append([entry()], idempotency_record=first) is None
    assert log.append([entry()], idempotency_record=record(answer='{"a": 2}')) == first
    assert log.find_idempotency_record("k1", "order-1") == first
    assert log.count() == 1


def test_earlier_record_has_the_earlier_digest(log, entry, record):
    log.append([entry()], idempotency_record=record(body_digest="b" * 64))
    earlier = log.append([entry()], idempotency_record=record(body_digest="c" * 64))
    assert earlier.body_digest == "b" * 64


def test_answer_without_a_decision_is_not_kept(log, entry, record):
    """It may hold values that were refused, and no erasure would find it."""
    assert log.append([], idempotency_record=record()) is None
    assert log.find_idempotency_record("k1", "order-1") is None
    assert log.append([entry()], idempotency_record=record()) is None


def test_two_clients_may_use_the_same_key(log, entry, record):
    assert log.append([entry()], idempotency_record=record(key_id="k1")) is None
    assert log.append([entry()], idempotency_record=record(key_id="k2")) is None
    assert log.find_idempotency_record("k3", "order-1") is None


def test_race_of_32_stores_one_answer(engine, entry, record):
    logs = [DecisionLog(engine), DecisionLog(engine)]  # like two worker processes

    def append(number):
        new_record = record(answer=str(number))
        return logs[number % 2].append([entry()], idempotency_record=new_record)

    with ThreadPoolExecutor(32) as pool:
        earlier_records = list(pool.map(append, range(32)))
    (winner,) = [number for number, earlier in enumerate(earlier_records) if earlier is None]
    assert {earlier.answer for earlier in earlier_records if earlier} == {str(winner)}
    assert logs[0].count() == 1


def test_keys_in_any_order_do_not_deadlock(engine, entry, record):
    logs = [DecisionLog(engine), DecisionLog(engine)]

    def append(number):
        key = f"order-{(number * 7) % 40 // 2}"
        return logs[number % 2].append([entry()], idempotency_record=record(key))

    with ThreadPoolExecutor(16) as pool:
        assert sum(earlier is None for earlier in pool.map(append, range(80))) == 20
