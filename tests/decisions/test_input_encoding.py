"""How inputs stand in the log: the values, and their names once."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from credit_scoring.database.table_definitions import decisions, input_names
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.erase import erase
from credit_scoring.decisions.input_encoding import InputNames, decode_inputs, encode_inputs
from credit_scoring.errors import StorageError
from tests.server_process import ROOT

NAMES = InputNames(("AMT_CREDIT", "état", "a.b"))
INPUTS = {"AMT_CREDIT": 450000.0, "état": "marié·e", "a.b": None}
VALUE = (
    st.none()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**63), 2**63)
)


def named(entry, inputs=INPUTS, **columns):
    """An entry whose inputs stand as they would from the service."""
    stored, names = encode_inputs(inputs, NAMES)
    return replace(entry(**columns), inputs=stored, names=names)


def rows(engine, wanted):
    with engine.connect() as connection:
        return connection.execute(wanted).all()


@given(values=st.lists(VALUE, min_size=3, max_size=3), order=st.permutations(range(3)))
def test_what_was_sent_is_read_bit_for_bit_in_the_order_of_the_names(values, order):
    pairs = list(zip(NAMES.names, values, strict=True))
    stored, names = encode_inputs(dict(pairs[i] for i in order), NAMES)
    assert names is NAMES
    found = json.loads(decode_inputs(stored, NAMES.text))
    assert list(found) == list(NAMES.names)
    assert repr(list(found.values())) == repr(values)


@pytest.mark.parametrize(
    "inputs", [{}, {"AMT_CREDIT": 1}, {**INPUTS, "more": 1}, {"AMT_CREDIT": 1, "état": 2, "c": 3}]
)
def test_other_names_stand_with_their_values(inputs):
    stored, names = encode_inputs(inputs, NAMES)
    assert names is None
    assert json.loads(decode_inputs(stored, None)) == inputs


def test_minus_zero_stays_what_it_is():
    stored, _ = encode_inputs({**INPUTS, "AMT_CREDIT": -0.0}, NAMES)
    assert math.copysign(1, json.loads(decode_inputs(stored, NAMES.text))["AMT_CREDIT"]) == -1


@pytest.mark.parametrize("stored", ["[1, 2]", "[1, 2, 3, 4]", "[1"])
def test_what_another_program_spoilt_is_an_error(stored):
    with pytest.raises(ValueError, match=r"."):
        decode_inputs(stored, NAMES.text)


class TestTheLog:
    def test_holds_the_names_once_and_gives_the_inputs_back_whole(self, log, engine, entry):
        log.append([named(entry) for _ in range(3)])
        another = DecisionLog(engine)
        another.append([named(entry), named(entry, {"AMT_CREDIT": 1})])
        assert rows(engine, select(input_names)) == [
            (NAMES.names_id, '["AMT_CREDIT", "état", "a.b"]')
        ]
        assert [json.loads(stored.inputs) for stored in another.iterate()] == [INPUTS] * 4 + [
            {"AMT_CREDIT": 1}
        ]
        assert max(len(row.inputs) for row in rows(engine, select(decisions.c.inputs))) < len(
            json.dumps(INPUTS)
        )

    def test_finds_one_decision_with_its_inputs(self, log, entry):
        made = named(entry)
        log.append([made])
        assert log.find(made.decision_id).as_dict()["inputs"] == INPUTS

    def test_erases_the_values_and_keeps_the_names(self, log, engine, entry):
        made = named(entry, applicant_id="100001")
        log.append([made])
        assert erase(engine, applicant_id="100001").decisions == 1
        assert log.find(made.decision_id).inputs is None
        assert len(rows(engine, select(input_names))) == 1

    def test_gives_what_was_spoilt_as_it_stands_for_replay_to_tell(self, log, engine, entry):
        made = named(entry)
        log.append([made])
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.execute(text("DROP TRIGGER decisions_no_refill"))
            else:
                connection.execute(text("ALTER TABLE decisions DISABLE TRIGGER USER"))
            connection.execute(decisions.update().values(inputs="[1]"))
        assert log.find(made.decision_id).inputs == "[1]"

    def test_names_that_went_with_the_whole_database_are_written_again(self, log, engine, entry):
        log.append([named(entry)])
        with engine.begin() as connection:
            off = "DROP TRIGGER {0}_no_delete" + (
                "" if engine.dialect.name == "sqlite" else " ON {0}"
            )
            for table in ("decisions", "input_names"):
                connection.execute(text(off.format(table)))
            connection.execute(delete(decisions))
            connection.execute(delete(input_names))
        with pytest.raises(StorageError):
            log.append([named(entry)])
        log.append([named(entry)])
        assert [json.loads(stored.inputs) for stored in log.iterate()] == [INPUTS]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(VALUE, min_size=3, max_size=3))
def test_values_come_back_from_either_database_bit_for_bit(log, entry, values):
    values = [value.replace("\0", "") if isinstance(value, str) else value for value in values]
    made = named(entry, dict(zip(NAMES.names, values, strict=True)))
    log.append([made])
    assert repr(list(json.loads(log.find(made.decision_id).inputs).values())) == repr(values)


def test_the_query_of_the_documentation_reads_them(tmp_path, entry):
    engine = open_database(f"sqlite:///{tmp_path}/decisions.db")
    migrate(engine)
    made = named(entry)
    DecisionLog(engine).append([made])
    query = (
        (ROOT / "docs/decisions.md")
        .read_text(encoding="utf-8")
        .partition("```sql\n")[2]
        .partition("```")[0]
    )
    assert rows(engine, text(query)) == [
        (made.decision_id, name, value) for name, value in INPUTS.items()
    ]
    engine.dispose()
