"""`python model.py migrate`, on both kinds of database."""

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
