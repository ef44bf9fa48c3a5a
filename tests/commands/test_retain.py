"""`python model.py retain`, and what all commands about the decision log say where there is none to be used."""

import os
import sqlite3

import pytest

from credit_scoring.database.migrate import HEAD

COMMANDS = (["replay"], ["erase", "--applicant", "1"], ["retain", "--days", "30"])


def test_young_decisions_keep_their_data_and_older_ones_lose_them(run_cli, tamper, ids):
    assert "Erased the personal data of 0 decisions" in run_cli("retain", "--days", "30")[1]
    old = "00000000-0000-7000-8000-000000000000"  # of 1970
    tamper("UPDATE decisions SET decision_id = ? WHERE decision_id = ?", old, ids["what-if"])
    assert (
        "Would erase the personal data of 1 decision,"
        in run_cli("retain", "--days", "30", "--dry-run")[1]
    )
    assert "Erased the personal data of 1 decision," in run_cli("retain", "--days", "30")[1]
    assert "Erased the personal data of 0 decisions" in run_cli("retain", "--days", "30")[1]
    assert f"the data of {old} were erased on 20" in run_cli("erase", "--decision", old)[1]


@pytest.mark.parametrize("days", ["0", "x", "99999999"])
def test_a_number_of_days_that_is_none_is_named(run_cli, days):
    code, text = run_cli("retain", "--days", days)
    assert code == 2
    assert "Invalid value for '--days'" in text


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
class TestWhereThereIsNoLog:
    def said(self, run_cli, command):
        code, text = run_cli(*command)
        assert code == 1
        assert "Traceback" not in text
        return text

    def test_a_missing_file_is_named_and_not_made(self, run_cli, command, tmp_path, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/typo/decisions.db")
        assert f"{tmp_path}/typo/decisions.db does not exist: set DATABASE_URL" in self.said(
            run_cli, command
        )
        assert list(tmp_path.iterdir()) == []

    def test_a_file_of_something_else_is_told(self, run_cli, command, tmp_path, monkeypatch):
        (tmp_path / "thesis.tex").write_text("dear" * 100)
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/thesis.tex")
        assert "(SQLITE_NOTADB, DATABASE_URL names a file that is not a SQLite database)" in self.said(
            run_cli, command
        )

    def test_a_database_without_the_tables_is_told_with_the_remedy(
        self, run_cli, command, tmp_path, monkeypatch
    ):
        sqlite3.connect(tmp_path / "other.db").close()
        os.truncate(tmp_path / "other.db", 0)
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/other.db")
        assert (
            f"needs migration {HEAD} of this version: run python model.py migrate"
            in self.said(run_cli, command)
        )

    def test_a_newer_program_s_database_is_left_to_that(self, run_cli, command, tamper):
        tamper("UPDATE alembic_version SET version_num = '9999'")
        assert (
            f"belongs to a newer version (9999; this version knows migrations up to {HEAD}): run"
            in self.said(run_cli, command)
        )

    def test_a_server_that_is_down_is_told_with_where_it_was_looked_for(
        self, run_cli, command, monkeypatch, caplog
    ):
        monkeypatch.setenv("DATABASE_URL", "postgres://tests:secret@127.0.0.1:1/nothing")
        text = self.said(run_cli, command) + caplog.text
        assert "PostgreSQL cannot be reached" in text
        assert "port 1 failed: Connection refused" in text
        assert "secret" not in text
