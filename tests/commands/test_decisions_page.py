"""docs/decisions.md: its commands run, and its tables and settings exist."""

import os
import re
import shlex

import pytest

from credit_scoring.database.sqlite_engine import CHECKPOINT_PAGES
from credit_scoring.database.table_definitions import decisions, metadata
from credit_scoring.database.time_limit import MAX_WAITING, TIMEOUT
from credit_scoring.settings import SETTINGS
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
