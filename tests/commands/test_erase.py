"""`python model.py erase`: whose data go, and what a person is told where there is nothing to erase."""

import uuid

import pytest

from tests.commands.conftest import APPLICANT


def test_an_applicant_s_data_go_after_a_trial_that_changes_nothing(run_cli, ids, log_file):
    before = log_file.read_bytes()
    said = "the personal data of 2 decisions, the text of 0 reviews and 0 answers kept for repetitions."
    assert run_cli("erase", "--applicant", APPLICANT, "--dry-run") == (0, f"Would erase {said}")
    assert log_file.read_bytes() == before
    assert run_cli("erase", "--applicant", APPLICANT) == (0, f"Erased {said}")
    assert run_cli("erase", "--decision", ids["refused"])[1].startswith(
        "Erased the personal data of 1 decision, the text of 1 review"
    )


@pytest.mark.usefixtures("log_file")
class TestNothingToErase:
    def test_is_said_of_an_unknown_applicant(self, run_cli):
        code, text = run_cli("erase", "--applicant", "nobody")
        assert code == 1
        assert text.startswith(
            'Nothing to erase: no decision in the log has the applicant\'s id "nobody", or'
        )

    def test_is_said_of_an_unknown_decision(self, run_cli):
        other = uuid.uuid4()
        assert run_cli("erase", "--decision", other) == (
            1,
            f"Nothing to erase: there is no decision {other}",
        )

    def test_is_said_of_a_decision_erased_before_with_when_and_why(self, run_cli, ids):
        run_cli("erase", "--decision", ids["predict"])
        code, text = run_cli("erase", "--decision", ids["predict"])
        assert code == 1
        assert f"the data of {ids['predict']} were erased on 20" in text
        assert text.endswith("(erasure)")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either --applicant or --decision"),
        (
            ["--applicant", "1", "--decision", str(uuid.uuid4())],
            "give either --applicant or --decision",
        ),
        (["--decision", "17"], "Invalid value for '--decision'"),
    ],
)
def test_a_wrong_option_is_named_with_exit_code_2(run_cli, arguments, message):
    code, text = run_cli("erase", *arguments)
    assert code == 2
    assert message in text
