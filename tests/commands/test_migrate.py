"""`python model.py migrate`, on both kinds of database."""

import sqlite3

import pytest

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import HEAD, is_current


def test_second_migration_changes_nothing(run_cli, empty_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_url)
    assert run_cli("migrate") == (0, f"The database was migrated from nothing to {HEAD}.")
    assert run_cli("migrate") == (0, f"The database was already up to date ({HEAD}).")
    engine = open_database(empty_url)
    assert is_current(engine)
    engine.dispose()


def test_newer_database_is_left_unchanged(run_cli, tamper):
    tamper("UPDATE alembic_version SET version_num = '9999'")
    exit_code, text = run_cli("migrate")
    assert exit_code == 0  # a release that goes back to an older program must not fail
    assert text.startswith("The database is at revision 9999, made by a newer release.")
    assert f"knows revisions up to {HEAD} and is compatible" in text


def test_unsupported_url_is_named_with_the_remedy(run_cli, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://me:secret@host/name")
    exit_code, text = run_cli("migrate")
    assert exit_code == 1
    assert (
        'DATABASE_URL is "mysql://me:***@host/name": expected sqlite:///file or postgresql://user@host/name'
        in text
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.db", None, "none.db does not exist: set --copy-from to the database of a server"),
        ("a.csv", b"a,b\n1,2\n", "--copy-from names a file that is not a SQLite database"),
        ("empty.db", b"", "empty.db has no decision log: set --copy-from to that of a service"),
        ("other.db", "CREATE TABLE users (id)", "other.db has no decision log"),
        (
            "old.db",
            "CREATE TABLE alembic_version AS SELECT '0001' AS version_num",
            "the database needs migration",
        ),
    ],
    ids=["none", "no database", "empty", "another program's", "old"],
)
def test_what_cannot_be_copied_is_named_as_the_source(
    run_cli, monkeypatch, tmp_path, name, content, message
):
    """Found before the target is connected: no server has its address."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@127.0.0.1:1/name")
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    elif content is not None:
        with sqlite3.connect(tmp_path / name) as connection:
            connection.executescript(content)
        connection.close()
    exit_code, text = run_cli("migrate", "--copy-from", f"sqlite:///{tmp_path / name}")
    assert exit_code == 1
    assert "nothing can be copied: " in text
    assert message in text
    assert "DATABASE_URL" not in text
