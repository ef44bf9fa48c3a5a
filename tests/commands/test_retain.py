"""`python model.py retain`, and the errors of all commands on an unusable decision log."""

import os
import sqlite3

import pytest

from credit_scoring.database.migrate import HEAD

COMMANDS = (["replay"], ["erase", "--applicant", "1"], ["retain", "--days", "30"])


def test_only_old_decisions_lose_their_data(run_cli, tamper, ids):
    assert "Erased the personal data of 0 decisions" in run_cli("retain", "--days", "30")[1]
    old = "00000000-0000-7000-8000-000000000000"  # a decision of 1970
    tamper("UPDATE decisions SET decision_id = ? WHERE decision_id = ?", old, ids["what-if"])
    assert (
        "Would erase the personal data of 1 decision,"
        in run_cli("retain", "--days", "30", "--dry-run")[1]
    )
    assert "Erased the personal data of 1 decision," in run_cli("retain", "--days", "30")[1]
    assert "Erased the personal data of 0 decisions" in run_cli("retain", "--days", "30")[1]
    assert f"the data of {old} were erased on 20" in run_cli("erase", "--decision", old)[1]


@pytest.mark.parametrize("days", ["0", "x", "99999999"])
def test_invalid_number_of_days_is_named(run_cli, days):
    exit_code, text = run_cli("retain", "--days", days)
    assert exit_code == 2
    assert "Invalid value for '--days'" in text


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
class TestUnusableLog:
    def error(self, run_cli, command):
        exit_code, text = run_cli(*command)
        assert exit_code == 1
        assert "Traceback" not in text
        return text

    def test_missing_file_is_named_and_not_created(self, run_cli, command, tmp_path, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/typo/decisions.db")
        assert f"{tmp_path}/typo/decisions.db does not exist: set DATABASE_URL" in self.error(
            run_cli, command
        )
        assert list(tmp_path.iterdir()) == []

    def test_other_file_is_named(self, run_cli, command, tmp_path, monkeypatch):
        (tmp_path / "thesis.tex").write_text("dear" * 100)
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/thesis.tex")
        assert (
            "(SQLITE_NOTADB, DATABASE_URL names a file that is not a SQLite database)"
            in self.error(run_cli, command)
        )

    def test_missing_tables_are_named_with_the_remedy(
        self, run_cli, command, tmp_path, monkeypatch
    ):
        sqlite3.connect(tmp_path / "other.db").close()
        os.truncate(tmp_path / "other.db", 0)
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/other.db")
        assert f"needs migration {HEAD} of this version: run python model.py migrate" in self.error(
            run_cli, command
        )

    def test_newer_database_is_refused(self, run_cli, command, tamper):
        tamper("UPDATE alembic_version SET version_num = '9999'")
        assert (
            f"belongs to a newer version (9999; this version knows migrations up to {HEAD}): run"
            in self.error(run_cli, command)
        )

    def test_unreachable_server_is_named_without_password(
        self, run_cli, command, monkeypatch, caplog
    ):
        monkeypatch.setenv("DATABASE_URL", "postgres://tests:secret@127.0.0.1:1/nothing")
        text = self.error(run_cli, command) + caplog.text
        assert "PostgreSQL cannot be reached" in text
        assert "port 1 failed: Connection refused" in text
        assert "secret" not in text
