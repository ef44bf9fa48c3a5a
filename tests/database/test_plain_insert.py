"""The plain INSERT stores what SQLAlchemy's own INSERT stores, on both kinds of database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select, text

from credit_scoring.database.plain_insert import MAX_ROWS, insert_rows
from credit_scoring.database.sqlite_writer import Writer
from credit_scoring.database.table_definitions import decisions

PARIS = timezone(timedelta(hours=1))


def row(number):
    """A row of the table decisions, without the columns of an erasure."""
    return {
        "decision_id": f"{number:036}",
        "made_at": datetime(2026, 1, 2, 3, 4, 5, number % 2, tzinfo=PARIS),
        "request_id": "r'%s?",
        "key_id": "",
        "kind": "predict",
        "model_digest": "d" * 64,
        "model_version": "d" * 12,
        "inputs": '{"état": 0.1}',
        "names_id": None,
        "probability": 0.1 + 0.2,
        "threshold": 0.09,
        "score": 1,
        "decision": "REFUSED",
        "risk_level": "HIGH",
        "credit_score": 500,
        "reasons": None,
        "applicant_id": None,
        "idempotency_key": None,
    }


@pytest.mark.parametrize("number", [0, 1], ids=["whole second", "microsecond"])
def test_stored_row_equals_sqlalchemys(engine, number):
    stored_text = select(*(text(f"CAST({name} AS TEXT)") for name in row(0))).select_from(decisions)
    with engine.begin() as connection:
        connection.execute(insert(decisions), row(number))
        expected = connection.execute(stored_text).one()
        connection.rollback()
    with engine.begin() as connection:
        insert_rows(connection, decisions, [row(number)])
        assert connection.execute(stored_text).one() == expected
        made_at = connection.execute(select(decisions.c.made_at)).scalar_one()
    assert made_at == row(number)["made_at"]
    assert made_at.tzinfo is UTC


@pytest.mark.parametrize("count", [1, MAX_ROWS, MAX_ROWS + 1, 2 * MAX_ROWS + 3])
def test_every_row_is_inserted_once(engine, count):
    Writer(engine).insert(decisions, [row(number) for number in range(count)])
    with engine.connect() as connection:
        ids = connection.execute(select(decisions.c.decision_id).order_by(decisions.c.decision_id))
        assert ids.scalars().all() == [f"{number:036}" for number in range(count)]
