"""The database refuses to delete or change the log, whatever program asks; it lets erasure pass."""

import pytest
from sqlalchemy import func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.table_definitions import decisions, input_names, reviews
from tests.database.log_rows import LOG_TABLES, insert_log_rows, log_rows

ERASED = ("inputs", "reasons", "applicant_id", "idempotency_key")  # of a decision, by erasure


def assert_refused(engine, statement):
    before = log_rows(engine)
    refused = pytest.raises(IntegrityError, match="are appended, never changed")
    with refused, engine.begin() as connection:
        connection.execute(statement)
    assert log_rows(engine) == before


@pytest.mark.parametrize("table", LOG_TABLES, ids=lambda table: table.name)
def test_log_row_cannot_be_deleted(engine, table):
    insert_log_rows(engine)
    assert_refused(engine, table.delete())


@pytest.mark.parametrize("table", LOG_TABLES, ids=lambda table: table.name)
def test_log_column_cannot_be_changed(engine, table):
    insert_log_rows(engine)
    for column in table.columns:
        assert_refused(engine, table.update().values({column: column}))


def test_input_names_cannot_be_changed(engine):
    with engine.begin() as connection:
        connection.execute(input_names.insert().values(names_id="n", names='["A"]'))
    assert_refused(engine, input_names.delete())
    assert_refused(engine, input_names.update().values(names='["B"]'))


def test_decision_requires_stored_input_names(engine):
    insert_log_rows(engine)
    changed = {"decision_id": literal("e"), "names_id": literal("?")}
    copied_row = select(*(changed.get(column.name, column) for column in decisions.c))
    statement = insert(decisions).from_select(decisions.c.keys(), copied_row)
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), engine.begin() as connection:
        connection.execute(statement)


def test_erasure_passes_and_cannot_be_reverted(engine):
    insert_log_rows(engine)
    erasure = {**dict.fromkeys(ERASED), "erased_at": func.now()}
    with engine.begin() as connection:
        connection.execute(decisions.update().values(erasure))
        connection.execute(reviews.update().values(reason=None))
    for name in ERASED:
        assert_refused(engine, decisions.update().values({name: "restored"}))
    assert_refused(engine, reviews.update().values(reason="restored"))


def test_partial_or_undated_erasure_is_refused(engine):
    insert_log_rows(engine)
    assert_refused(engine, decisions.update().values(dict.fromkeys(ERASED)))
    assert_refused(engine, decisions.update().values(inputs=None, erased_at=func.now()))
