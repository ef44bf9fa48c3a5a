"""`python model.py replay`: decisions of every route are reproduced; every change is found."""

import pytest

from tests.commands.conftest import DECISIONS


def test_decisions_of_every_route_are_reproduced(run_cli, log_file):
    before = log_file.read_bytes()
    exit_code, text = run_cli("replay")
    assert exit_code == 0
    assert f"{DECISIONS} decisions came out the same, bit for bit; 0 differ." in text
    assert log_file.read_bytes() == before


@pytest.mark.parametrize(
    "route", ["predict", "refused", "explain", "applicant", "what-if", "batch"]
)
def test_changed_bit_is_shown_with_exit_code_1(run_cli, ids, tamper, route):
    tamper(
        "UPDATE decisions SET probability = probability * ? WHERE decision_id = ?",
        1 + 2**-52,
        ids[route],
    )
    exit_code, text = run_cli("replay")
    assert exit_code == 1
    assert f"{ids[route]}: probability was " in text
    assert f"{DECISIONS - 1} decisions came out the same, bit for bit; 1 differ." in text


POSITION = "(SELECT key FROM input_names JOIN json_each(names) WHERE value = 'EXT_SOURCE_2')"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("decision = 'ACCEPTED'", "decision was 'ACCEPTED', is 'REFUSED'"),
        ("threshold = 0.5", "threshold was 0.5, is 0."),
        (f"inputs = json_set(inputs, '$[' || {POSITION} || ']', 0.9)", "probability was "),
        (
            'names_id = NULL, inputs = \'{"EXT_SOURCE_2": "no number"}\'',
            "inputs was 'readable', is 'unreadable (error)'",
        ),
        ("inputs = 'no JSON'", "inputs was 'readable', is 'damaged'"),
        ("inputs = '[]'", "inputs was 'readable', is 'damaged'"),
        ("reasons = json_remove(reasons, '$[0]')", "reasons was [("),
        ("reasons = NULL", "reasons was [], is [("),
        ("reasons = 'no JSON'", "reasons was 'readable', is 'damaged'"),
        ("reasons = '[1]'", "reasons was 'readable', is 'damaged'"),
    ],
)
def test_changed_column_is_named(run_cli, ids, tamper, change, message):
    tamper(f"UPDATE decisions SET {change} WHERE decision_id = ?", ids["refused"])  # noqa: S608
    exit_code, text = run_cli("replay")
    assert exit_code == 1
    assert ids["refused"] in text
    assert message in text
    assert f"{DECISIONS - 1} decisions came out the same, bit for bit; 1 differ." in text


def test_reworded_reason_is_not_a_difference(run_cli, ids, tamper):
    reworded = "json_set(reasons, '$[0].text.en', 'x')"
    statement = f"UPDATE decisions SET reasons = {reworded} WHERE decision_id = ?"  # noqa: S608
    tamper(statement, ids["refused"])
    assert run_cli("replay")[0] == 0


def test_erased_decisions_are_counted(run_cli, ids, log_file):  # noqa: ARG001
    run_cli("erase", "--decision", ids["refused"])
    exit_code, text = run_cli("replay")
    assert exit_code == 0
    assert f"{DECISIONS - 1} decisions came out the same, bit for bit; 0 differ." in text
    assert "1 could not be replayed: their inputs were erased." in text


def test_missing_model_is_named_by_its_digest(run_cli, ids, tamper):
    tamper("UPDATE decisions SET model_digest = ? WHERE decision_id = ?", "f" * 64, ids["batch"])
    exit_code, text = run_cli("replay")
    assert exit_code == 0
    remedy = f"give the bundle (--made-by) whose model.pkl has SHA-256 {'f' * 64}."
    assert f"1 could not be replayed: {remedy}" in text


@pytest.mark.usefixtures("log_file")
def test_unreadable_bundle_is_named(run_cli, tmp_path):
    exit_code, text = run_cli("replay", "--made-by", tmp_path)
    assert exit_code == 1
    assert f"Model unusable: {tmp_path}/model.json does not exist" in text
