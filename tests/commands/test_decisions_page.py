"""docs/decisions.md: its commands run, and its tables and settings exist."""

import os
import re
import shlex
import sqlite3
import subprocess
import sys

import pytest

from credit_scoring.database.sqlite_engine import CHECKPOINT_PAGES
from credit_scoring.database.table_definitions import decisions, metadata
from credit_scoring.database.time_limit import MAX_WAITING, TIMEOUT
from credit_scoring.settings import SETTINGS
from tests.database_fixtures import postgresql_programs
from tests.server_process import ROOT

PAGE = (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]


@pytest.mark.usefixtures("log_file")
def test_every_command_on_the_page_runs(run_cli, ids, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    outcomes = tmp_path / "outcomes.csv"
    outcomes.write_text(f"decision_id,outcome\n{ids['refused']},1\n")
    monkeypatch.setenv("DECISION_ID", ids["refused"])
    commands = [
        line.removeprefix("python model.py ").replace("outcomes.csv", str(outcomes))
        for line in LINES
        if line.startswith("python model.py ")
    ]
    names = {line.split()[0] for line in commands}
    assert names == {"outcomes", "replay", "erase", "retain", "migrate"}
    for line in commands:
        exit_code, text = run_cli(*shlex.split(os.path.expandvars(line)))
        assert exit_code == 0, text


def test_sqlite_backup_holds_every_decision(log_file, tmp_path, monkeypatch):
    (line,) = [line for line in LINES if line.startswith("python -c ")]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "instance").mkdir()  # of the server
    command = shlex.split(line.replace("instance/credit-scoring.db", str(log_file)))
    subprocess.run([sys.executable, *command[1:]], check=True)
    counts = []
    for file in (log_file, tmp_path / "instance/backup.db"):
        connection = sqlite3.connect(file)
        counts += connection.execute("SELECT count(*) FROM decisions").fetchall()
        connection.close()
    assert counts[0] == counts[1] != (0,)


def test_postgresql_backup_can_be_restored(postgresql_url, tmp_path):
    environ = {
        **os.environ,
        "DATABASE_URL": postgresql_url,
        "PATH": f"{postgresql_programs()}:{os.environ['PATH']}",
    }
    (first,) = (i for i, line in enumerate(LINES) if "pg_dump" in line)
    assert "pg_restore" in LINES[first + 1]
    for line in LINES[first : first + 2]:
        subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, env=environ, check=True)


def test_every_column_and_table_is_documented():
    explained = set(re.findall(r"`(\w+)`", PAGE))
    assert {column.name for column in decisions.columns} | metadata.tables.keys() <= explained


def test_numbers_and_settings_match_the_code():
    assert f"one every {CHECKPOINT_PAGES:,} pages" in PAGE
    assert f"An operation on the database has {TIMEOUT} seconds" in PAGE
    assert f"at most {MAX_WAITING} threads per worker" in PAGE
    assert {"DATABASE_URL", "CREDIT_SCORING_SQLITE_SYNCHRONOUS"} <= {
        setting.variable for setting in SETTINGS.values()
    }
