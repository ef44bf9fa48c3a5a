"""Encoding of inputs: values only, with the names stored once."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
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
VALUES = st.lists(
    st.none()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**63), 2**63),
    min_size=3,
    max_size=3,
)


@pytest.fixture
def encoded_entry(entry):
    """Create an entry with encoded inputs, as the service does."""

    def create(inputs=INPUTS, **columns):
        stored, names = encode_inputs(inputs, NAMES)
        return replace(entry(**columns), inputs=stored, names=names)

    return create


def fetch(engine, query):
    with engine.connect() as connection:
        return connection.execute(query).all()


@given(values=VALUES, order=st.permutations(range(3)))
def test_inputs_are_decoded_bit_for_bit(values, order):
    pairs = list(zip(NAMES.names, values, strict=True))
    stored, names = encode_inputs(dict(pairs[index] for index in order), NAMES)
    assert names is NAMES
    inputs = json.loads(decode_inputs(stored, NAMES.text))
    assert list(inputs) == list(NAMES.names)
    assert repr(list(inputs.values())) == repr(values)


@pytest.mark.parametrize(
    "inputs", [{}, {"AMT_CREDIT": 1}, {**INPUTS, "more": 1}, {"AMT_CREDIT": 1, "état": 2, "c": 3}]
)
def test_other_names_are_stored_with_the_values(inputs):
    stored, names = encode_inputs(inputs, NAMES)
    assert names is None
    assert json.loads(decode_inputs(stored, None)) == inputs


def test_minus_zero_keeps_its_sign():
    stored, _ = encode_inputs({**INPUTS, "AMT_CREDIT": -0.0}, NAMES)
    assert math.copysign(1, json.loads(decode_inputs(stored, NAMES.text))["AMT_CREDIT"]) == -1


@pytest.mark.parametrize("stored", ["[1, 2]", "[1, 2, 3, 4]", "[1"])
def test_changed_values_are_an_error(stored):
    with pytest.raises(ValueError, match=r"."):
        decode_inputs(stored, NAMES.text)


class TestDecisionLog:
    def test_names_are_stored_once(self, log, engine, encoded_entry):
        log.append([encoded_entry() for _ in range(3)])
        other_log = DecisionLog(engine)
        other_log.append([encoded_entry(), encoded_entry({"AMT_CREDIT": 1})])
        assert fetch(engine, select(input_names)) == [
            (NAMES.names_id, '["AMT_CREDIT", "état", "a.b"]')
        ]
        inputs = [json.loads(stored.inputs) for stored in other_log.iterate()]
        assert inputs == [INPUTS] * 4 + [{"AMT_CREDIT": 1}]
        sizes = [len(row.inputs) for row in fetch(engine, select(decisions.c.inputs))]
        assert max(sizes) < len(json.dumps(INPUTS))

    def test_found_decision_has_its_inputs(self, log, encoded_entry):
        entry = encoded_entry()
        log.append([entry])
        assert log.find(entry.decision_id).as_dict()["inputs"] == INPUTS

    def test_erasure_keeps_the_names(self, log, engine, encoded_entry):
        entry = encoded_entry(applicant_id="100001")
        log.append([entry])
        assert erase(engine, applicant_id="100001").decisions == 1
        assert log.find(entry.decision_id).inputs is None
        assert len(fetch(engine, select(input_names))) == 1

    def test_deleted_names_are_stored_again(self, log, engine, encoded_entry):
        log.append([encoded_entry()])
        with engine.begin() as connection:
            for table in (decisions, input_names):
                place = "" if engine.dialect.name == "sqlite" else f" ON {table.name}"
                connection.execute(text(f"DROP TRIGGER {table.name}_no_delete{place}"))
                connection.execute(delete(table))
        with pytest.raises(StorageError, match="send the request again"):
            log.append([encoded_entry()])
        log.append([encoded_entry()])
        assert [json.loads(stored.inputs) for stored in log.iterate()] == [INPUTS]

    @settings(max_examples=10)
    @given(values=VALUES)
    def test_values_are_read_bit_for_bit(self, log, encoded_entry, values):
        values = [value.replace("\0", "") if isinstance(value, str) else value for value in values]
        entry = encoded_entry(dict(zip(NAMES.names, values, strict=True)))
        log.append([entry])
        inputs = json.loads(log.find(entry.decision_id).inputs)
        assert repr(list(inputs.values())) == repr(values)


def test_documented_query_reads_the_inputs(tmp_path, encoded_entry):
    page = (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
    query = page.partition("```sql\n")[2].partition("```")[0]
    engine = open_database(f"sqlite:///{tmp_path}/decisions.db")
    migrate(engine)
    entry = encoded_entry()
    DecisionLog(engine).append([entry])
    assert fetch(engine, text(query)) == [
        (entry.decision_id, name, value) for name, value in INPUTS.items()
    ]
    engine.dispose()
