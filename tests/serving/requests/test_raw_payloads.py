"""Generated raw records are decided on or refused, never answered with 500."""

import dataclasses
import json
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from credit_scoring.contracts.contract import contracts
from tests.api_contract import ApiContract

ROOT = Path(__file__).parents[3]
RAW = json.loads((ROOT / "examples/raw.json").read_text(encoding="utf-8"))
HISTORY = sorted(set(contracts()) - {"application"})
KEYS = ["SK_ID_CURR", "SK_ID_PREV", "SK_ID_BUREAU"]
HOSTILE = st.sampled_from([
    None, 0, 5, 5.0, -1, 2.9999999999, 2**31, 10**400, 1e308, float("nan"), True, "", "XNA",
    "\ud800", "5", [], {}, [None], 365243,
])  # fmt: skip
REPEATABLE = {"database": None, "derandomize": True, "phases": [Phase.generate]}


def columns(table):
    return [column.name for column in contracts()[table].columns]


def values(column):
    """A strategy for the valid values of a column of a table."""
    if column.levels:
        return st.sampled_from([*column.levels, *column.missing])
    numbers = [
        column.minimum,
        column.maximum,
        column.sentinel,
        (column.minimum + column.maximum) // 2,
    ]
    return st.sampled_from([number for number in numbers if number is not None])


@st.composite
def changed(draw, table, record):
    """A record of a table with one or two of its columns changed or left out."""
    names = st.sampled_from(columns(table)) | st.sampled_from(
        [key for key in KEYS if key in columns(table)]
    )
    record = dict(record)
    for name in draw(st.lists(names, max_size=2)):
        valid = values(contracts()[table][name])
        value = draw(st.one_of(valid, valid, HOSTILE, st.just("left out")))
        record = {**record, name: value}
        if value == "left out":
            del record[name]
    return record


def records(table):
    """A strategy for up to three records of a table."""
    return st.lists(st.sampled_from(RAW[table]).flatmap(partial(changed, table)), max_size=3)


BODIES = st.fixed_dictionaries(
    {"application": changed("application", RAW["application"])},
    optional={table: st.one_of(*[records(table)] * 4, HOSTILE) for table in HISTORY},
)


@pytest.fixture(scope="module")
def app(make_app, app_settings, tmp_path_factory):
    database = f"sqlite:///{tmp_path_factory.mktemp('raw')}/decisions.db"
    changes = {"model_path": ROOT / "models/latest", "database_url": database, "log_level": "ERROR"}
    return make_app(dataclasses.replace(app_settings, **changes))


def test_generated_raw_records_are_decided_or_refused(app):
    client, counts = app.test_client(), Counter()
    contract = ApiContract(client.get("/openapi.json").json)

    @settings(max_examples=200, suppress_health_check=list(HealthCheck), **REPEATABLE)
    @given(body=BODIES)
    def send(body):
        answer = client.post("/predict", data=json.dumps(body), content_type="application/json")
        contract.check("POST /predict", answer)
        counts[answer.status_code] += 1

    send()
    assert set(counts) == {200, 422}
    assert min(counts.values()) > 20
