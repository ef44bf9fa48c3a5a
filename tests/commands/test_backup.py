"""docs/backup.md: its commands back up and restore a log, on SQLite and PostgreSQL."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.copy_database import TABLES, copy_database
from credit_scoring.database.engine import open_database
from credit_scoring.database.table_definitions import decisions, refused_requests
from tests.commands.conftest import DECISIONS, MODEL
from tests.database_fixtures import TEMPLATE
from tests.server_process import ROOT

PAGE = (ROOT / "docs/backup.md").read_text(encoding="utf-8")
LATER = {"day": date(2026, 1, 2), "kind": "after the backup", "field": "", "number": 1}


def commands(heading):
    """The commands of a section of the page."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert blocks, heading
    return "".join(blocks)


@pytest.fixture
def run_section(tmp_path):
    """Run the commands of a section as an operator does, in a folder with `model.py`."""
    (tmp_path / "model.py").symlink_to(ROOT / "model.py")

    def run(heading, **variables):
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "CREDIT_SCORING_MODEL_PATH": str(MODEL)}
        return subprocess.run(
            ["/bin/sh", "-e", "-c", commands(heading)], cwd=tmp_path, text=True, check=True,
            env={**environment, **variables}, stdout=subprocess.PIPE,
        ).stdout  # fmt: skip

    return run


def contents(url):
    """All rows by table."""
    engine = open_database(url, limited=False)
    with engine.connect() as connection:
        rows = {
            table.name: sorted(map(repr, connection.execute(select(table)))) for table in TABLES
        }
    engine.dispose()
    return rows


def write(url, statement, *rows):
    engine = open_database(url, limited=False)
    try:
        with engine.begin() as connection:
            connection.execute(statement, *rows)
    finally:
        engine.dispose()


def assert_append_only(url):
    with pytest.raises(IntegrityError, match="are appended, never changed"):
        write(url, decisions.delete())


def test_sqlite_is_backed_up_in_use_and_restored(run_section, written_log, tmp_path):
    file = tmp_path / "instance/credit-scoring.db"
    file.parent.mkdir()
    shutil.copy(written_log[0], file)
    url = f"sqlite:///{file}"
    service = sqlite3.connect(file)  # its row is in the write-ahead log only
    service.execute("INSERT INTO refused_requests VALUES ('2026-01-01', 'busy', '', 1)")
    service.commit()
    before = contents(url)
    run_section("Back up SQLite")
    write(url, insert(refused_requests), LATER)
    service.close()
    file.write_bytes(b"damaged")
    assert f"{DECISIONS} decisions" in run_section("Restore SQLite")
    assert contents(url) == before
    assert_append_only(url)
    with pytest.raises(subprocess.CalledProcessError):
        run_section("Back up SQLite")  # it does not overwrite a backup


@pytest.mark.parametrize("into", ["the same database", "an empty database"])
def test_postgresql_is_backed_up_and_restored(run_section, written_log, cluster, into):
    with cluster.database(TEMPLATE) as url, cluster.database() as empty:
        engines = [
            open_database(each, limited=False) for each in (f"sqlite:///{written_log[0]}", url)
        ]
        copy_database(*engines)
        for engine in engines:
            engine.dispose()
        before = contents(url)
        run_section("Back up PostgreSQL", DATABASE_URL=url)
        write(url, insert(refused_requests), LATER)
        restored = url if into == "the same database" else empty
        assert f"{DECISIONS} decisions" in run_section("Restore PostgreSQL", DATABASE_URL=restored)
        assert contents(restored) == before
        assert_append_only(restored)
