"""The database refuses to delete or change the log, whatever program asks; it lets erasure pass."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, insert, literal, select, text
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.table_definitions import alarm_changes, decisions, input_names, reviews
from tests.database.log_rows import LOG_TABLES, insert_log_rows, log_rows

ERASED = {  # of a decision, by erasure
    **dict.fromkeys(("inputs", "reasons", "applicant_id", "idempotency_key")),
    "request_id": "",
}


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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", LOG_TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("replaced", ["key", "rowid"])
def test_sqlite_row_cannot_be_replaced(engine, table, replaced):
    """SQLite deletes the replaced row without asking the trigger of deletions."""
    insert_log_rows(engine)
    (key,) = table.primary_key.columns
    columns = [column for column in table.columns if column is not key]
    names = ", ".join(column.name for column in columns)
    number, new_key = ("rowid + 1", key.name) if replaced == "key" else ("rowid", "'other'")
    row = select(text(f"{number}, {new_key}, {names}")).select_from(table)
    for verb in ("INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"):
        target = f"{table.name} (rowid, {key.name}, {names})"
        assert_refused(engine, text(f"{verb} INTO {target} {row}"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", LOG_TABLES, ids=lambda table: table.name)
def test_sqlite_row_cannot_be_renumbered(engine, table):
    """UPDATE OR REPLACE would delete the row that has the new number."""
    insert_log_rows(engine)
    for name in ("rowid", "_rowid_", "oid"):
        renumbered = text(f"UPDATE OR REPLACE {table.name} SET {name} = 7")  # noqa: S608
        assert_refused(engine, renumbered)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", [*LOG_TABLES, input_names], ids=lambda table: table.name)
def test_postgresql_table_cannot_be_truncated(engine, table):
    insert_log_rows(engine)
    assert_refused(engine, text(f"TRUNCATE {table.name} CASCADE"))


def test_input_names_cannot_be_changed(engine):
    with engine.begin() as connection:
        connection.execute(input_names.insert().values(names_id="n", names='["A"]'))
    assert_refused(engine, input_names.delete())
    assert_refused(engine, input_names.update().values(names='["B"]'))
    if engine.dialect.name == "sqlite":
        replace = input_names.insert().prefix_with("OR REPLACE")
        assert_refused(engine, replace.values(names_id="n", names='["B"]'))
        with engine.begin() as connection:  # as two processes that store the same names
            connection.execute(replace.values(names_id="n", names='["A"]'))


def test_decision_requires_stored_input_names(engine):
    insert_log_rows(engine)
    changed = {"decision_id": literal("e"), "names_id": literal("?")}
    copied_row = select(*(changed.get(column.name, column) for column in decisions.c))
    statement = insert(decisions).from_select(decisions.c.keys(), copied_row)
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), engine.begin() as connection:
        connection.execute(statement)


def test_erasure_passes_and_cannot_be_reverted(engine):
    insert_log_rows(engine)
    erasure = {**ERASED, "erased_at": func.now()}
    with engine.begin() as connection:
        connection.execute(decisions.update().values(erasure))
        connection.execute(reviews.update().values(reason=None))
    for name in ERASED:
        assert_refused(engine, decisions.update().values({name: "restored"}))
    assert_refused(engine, reviews.update().values(reason="restored"))


def test_partial_or_undated_erasure_is_refused(engine):
    insert_log_rows(engine)
    assert_refused(engine, decisions.update().values(ERASED))
    kept_request_id = {**ERASED, "request_id": "kept", "erased_at": func.now()}
    assert_refused(engine, decisions.update().values(kept_request_id))
    assert_refused(engine, decisions.update().values(inputs=None, erased_at=func.now()))


def test_alarm_change_is_appended_and_only_its_delivery_changes(engine):
    change = {
        "number": 1, "change_id": "c", "made_at": datetime(2026, 1, 2, tzinfo=UTC),
        "model_digest": "a", "rule": "drift", "state": "on", "value": 2.0, "limit_value": 1.0,
        "since": date(2026, 1, 1),
        "message": "EXT_SOURCE_2 drifts", "attempts": 0,
    }  # fmt: skip
    delivery = {"sent_at": datetime(2026, 1, 3, tzinfo=UTC), "attempts": 1}
    with engine.begin() as connection:
        connection.execute(alarm_changes.insert(), change)
        connection.execute(alarm_changes.update(), delivery)
    for name in change.keys() - delivery.keys():
        assert_refused(engine, alarm_changes.update().values({name: alarm_changes.c[name]}))
    assert_refused(engine, alarm_changes.delete())
    if engine.dialect.name == "sqlite":
        names = ", ".join(alarm_changes.c.keys())
        copied = f"SELECT {names} FROM alarm_changes"  # noqa: S608
        assert_refused(engine, text(f"REPLACE INTO alarm_changes ({names}) {copied}"))
    else:
        assert_refused(engine, text("TRUNCATE alarm_changes"))
    with engine.connect() as connection:
        assert connection.execute(select(alarm_changes)).mappings().one() == {**change, **delivery}
