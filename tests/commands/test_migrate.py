"""`python model.py migrate`, on both kinds of database."""

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import HEAD, is_current


def test_tables_are_made_and_a_second_time_found(say, empty_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_url)
    assert say("migrate") == (0, f"The database was brought from nothing up to date ({HEAD}).")
    assert say("migrate") == (0, f"The database was up to date ({HEAD}).")
    engine = open_database(empty_url)
    assert is_current(engine)
    engine.dispose()


def test_a_newer_program_s_database_is_left_as_it_is(say, tamper):
    tamper("UPDATE alembic_version SET version_num = '9999'")
    code, text = say("migrate")
    assert code == 0  # a release that goes back to an older program must not fail
    assert text.startswith(
        f"The database is a newer program's (9999; this one knows up to {HEAD} and works with it)"
    )


def test_a_url_of_another_kind_is_named_with_the_remedy(say, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://me:secret@host/name")
    code, text = say("migrate")
    assert code == 1
    assert (
        'DATABASE_URL is "mysql://me:***@host/name": expected sqlite:///file or postgresql://user@host/name'
        in text
    )
