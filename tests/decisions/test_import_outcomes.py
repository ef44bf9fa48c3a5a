"""Outcomes from a file: all rows are checked, then stored; a repeated import changes nothing."""

import pytest
from sqlalchemy import func, select

from credit_scoring.database.table_definitions import outcomes
from credit_scoring.decisions import import_outcomes as module
from credit_scoring.decisions.import_outcomes import ImportCounts, import_outcomes
from credit_scoring.errors import TableError
from tests.log_entries import log_entry


@pytest.fixture
def ids(log):
    entries = [log_entry() for _ in range(5)]
    log.append(entries)
    return [entry.decision_id for entry in entries]


def outcomes_of(log, decision_id):
    return [outcome.outcome for outcome in log.find(decision_id).outcomes]


def count(engine):
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(outcomes)).scalar_one()


@pytest.mark.parametrize("chunk", [2, 500])
def test_outcomes_are_stored_once(engine, log, ids, monkeypatch, chunk):
    monkeypatch.setattr(module, "CHUNK", chunk)
    rows = list(zip(ids, (0, 1, "1", True, 1.0), strict=True))
    assert import_outcomes(engine, rows) == ImportCounts(new=5)
    assert [outcomes_of(log, decision_id) for decision_id in ids] == [[0], [1], [1], [1], [1]]
    assert import_outcomes(engine, rows) == ImportCounts(present=5)
    assert count(engine) == 5


def test_other_outcome_corrects_the_earlier_one(engine, log, ids):
    log.add_outcome(ids[0], outcome=0)
    log.add_outcome(ids[1], outcome=1)
    assert import_outcomes(engine, [(ids[0], 1), (ids[1], 1), (ids[2], 0)]) == ImportCounts(1, 1, 1)
    assert outcomes_of(log, ids[0]) == [0, 1]


def test_correction_is_in_force_even_after_a_clock_in_the_future(engine, log, ids, monkeypatch):
    future = "fffffff0-0000-7000-8000-000000000000"
    monkeypatch.setattr("credit_scoring.decisions.decision_log.new_id", lambda: future)
    log.add_outcome(ids[0], outcome=0)
    import_outcomes(engine, [(ids[0], 1)])
    assert outcomes_of(log, ids[0]) == [0, 1]


def test_ids_in_capitals_are_the_same_decisions(engine, log, ids):
    import_outcomes(engine, [(ids[0].upper(), 1)])
    assert outcomes_of(log, ids[0]) == [1]


UNKNOWN = "01a1feb9-223f-7f5d-8f7b-a696c40619f3"
OUTCOME = f"row 3: outcome of decision {UNKNOWN}"
EXPECTED = "expected 0 (repaid) or 1 (default)"
WRONG = {
    "no id": ((None, 1), "row 3: decision_id is empty: expected the decision_id of an answer"),
    "other id": (("7", 1), 'row 3: decision_id is "7": expected the decision_id of an answer'),
    "other outcome": ((UNKNOWN, 2), f'{OUTCOME} is "2": {EXPECTED}'),
    "text": ((UNKNOWN, "yes"), f'{OUTCOME} is "yes": {EXPECTED}'),
    "empty": ((UNKNOWN, None), f"{OUTCOME} is empty: {EXPECTED}"),
    "unknown": ((UNKNOWN, 1), f"row 3: decision {UNKNOWN} is not in this log: remove the row"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_row_is_named_and_nothing_is_stored(engine, ids, wrong):
    row, problem = WRONG[wrong]
    with pytest.raises(TableError) as caught:
        import_outcomes(engine, [(ids[0], 0), row, (ids[1], 1)])
    assert str(caught.value) == f"nothing was stored:\n{problem}"
    assert count(engine) == 0


def test_repeated_decision_is_refused(engine, ids):
    message = f"row 4: decision {ids[0]} is also in row 2: keep one of them$"
    with pytest.raises(TableError, match=message):
        import_outcomes(engine, [(ids[0], 0), (ids[1], 0), (ids[0].upper(), 0)])
    assert count(engine) == 0


def test_many_wrong_rows_are_counted(engine):
    with pytest.raises(TableError, match=r"row 21: .*\nand 1,005 more$"):
        import_outcomes(engine, [(str(number), 0) for number in range(1025)])
