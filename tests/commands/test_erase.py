"""`python model.py erase`: which data are erased, and the message if there is nothing to erase."""

import uuid

import pytest

from tests.commands.conftest import APPLICANT


def test_dry_run_changes_nothing_then_erase_erases(run_cli, ids, log_file):
    before = log_file.read_bytes()
    counts = (
        "the personal data of 2 decisions, the text of 0 reviews, 0 stored answers "
        "and 0 scores of challengers."
    )
    assert run_cli("erase", "--applicant", APPLICANT, "--dry-run") == (0, f"Would erase {counts}")
    assert log_file.read_bytes() == before
    assert run_cli("erase", "--applicant", APPLICANT) == (0, f"Erased {counts}")
    assert run_cli("erase", "--decision", ids["refused"])[1].startswith(
        "Erased the personal data of 1 decision, the text of 1 review"
    )


@pytest.mark.usefixtures("log_file")
class TestNothingToErase:
    def test_unknown_applicant_is_reported(self, run_cli):
        exit_code, text = run_cli("erase", "--applicant", "nobody")
        assert exit_code == 1
        assert text.startswith('Nothing to erase: no decision has the applicant\'s id "nobody" (')

    def test_unknown_decision_is_reported(self, run_cli):
        other = uuid.uuid4()
        text = f"Nothing to erase: decision {other} does not exist"
        assert run_cli("erase", "--decision", other) == (1, text)

    def test_earlier_erasure_is_reported_with_date_and_cause(self, run_cli, ids):
        run_cli("erase", "--decision", ids["predict"])
        exit_code, text = run_cli("erase", "--decision", ids["predict"])
        assert exit_code == 1
        assert f"the data of {ids['predict']} were erased on 20" in text
        assert text.endswith("(erasure)")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either --applicant or --decision"),
        (["--applicant", "1", "--decision", uuid.uuid4()], "give either --applicant or --decision"),
        (["--decision", "17"], "Invalid value for '--decision'"),
    ],
)
def test_wrong_option_is_named_with_exit_code_2(run_cli, arguments, message):
    exit_code, text = run_cli("erase", *arguments)
    assert exit_code == 2
    assert message in text
