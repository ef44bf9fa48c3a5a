"""Stored values that another program changed: readers say what is damaged, and go on."""

import json

import pytest
from sqlalchemy import text

from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.errors import StorageError

DEEP = "[" * 100_000
BOTH = ('{"A": %s}', '[{"A": %s}]')  # of inputs, of reasons


@pytest.fixture
def tamper(engine):
    """Change columns of a decision bypassing the triggers; values are SQL or parameters."""

    def change(decision_id, assignment, **parameters):
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                for name in ("refill", "change", "rename"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS decisions_no_{name}"))
            else:
                connection.execute(text("ALTER TABLE decisions DISABLE TRIGGER USER"))
            statement = f"UPDATE decisions SET {assignment} WHERE decision_id = :id"  # noqa: S608
            connection.execute(text(statement), {"id": decision_id, **parameters})

    return change


@pytest.fixture
def decision_ids(log, entry):
    entries = [entry(0.5, reasons=[{"code": "income"}]) for _ in range(2)]
    log.append(entries)
    return [new_entry.decision_id for new_entry in entries]


@pytest.mark.parametrize("column", ["inputs", "reasons"])
@pytest.mark.parametrize(
    "value",
    [
        "", "{", "1", '"x"', "[1]", '[{"A": NaN}]', '{"A": NaN}', DEEP,
        *(template % number for template in BOTH for number in ("1e400", "9" * 400)),
        *(template % r'"\ud800"' for template in BOTH),
    ],
)  # fmt: skip
def test_damaged_column_is_named_and_the_rest_is_read(log, decision_ids, tamper, column, value):
    damaged, sound = decision_ids
    tamper(damaged, f"{column} = :value", value=value)
    answer = json.loads(json.dumps(log.find(damaged).as_dict(), allow_nan=False))
    assert answer["damaged"] == [column]
    assert answer[column] == (None if column == "inputs" else [])
    assert answer["decision"] == "REFUSED"
    assert log.find(sound).damaged == []
    assert [stored.damaged for stored in log.iterate()] == [[column], []]
    assert len(log.page()) == 2


def test_unknown_names_of_inputs_are_damage(log, decision_ids, tamper):
    tamper(decision_ids[0], "inputs = '[1]'")
    assert log.find(decision_ids[0]).damaged == ["inputs"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "assignment",
    ["made_at = 'soon'", "made_at = 7", "score = x'00'", "probability = 9e999", "kind = x'ff'"],
)
def test_value_of_another_type_is_a_storage_error(log, decision_ids, tamper, assignment):
    tamper(decision_ids[0], assignment)
    for read in (lambda: log.find(decision_ids[0]), log.page, lambda: list(log.iterate())):
        with pytest.raises(StorageError, match="holds a value that cannot be read"):
            read()
    assert log.find(decision_ids[1]).damaged == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("made_at", ["infinity", "20000-01-01", "0044-03-15 BC"])
def test_time_beyond_pythons_is_a_storage_error(log, decision_ids, tamper, made_at):
    tamper(decision_ids[0], f"made_at = '{made_at}'")
    with pytest.raises(StorageError, match="holds a value that cannot be read"):
        log.page()
    assert log.find(decision_ids[1]).damaged == []


def test_last_id_and_time_can_be_read(log, engine, entry, tamper):
    """The largest UUIDv7 and Python's last moment."""
    last = entry(decision_id="01ffffff-ffff-7fff-bfff-ffffffffffff")
    log.append([last])
    tamper(last.decision_id, "made_at = '9999-12-31 23:59:59.999999'")
    log.add_outcome(last.decision_id, outcome=0)
    assert DecisionLog(engine).find(last.decision_id).made_at.year == 9999
    assert len(log.page()) == len(list(log.iterate())) == 1
