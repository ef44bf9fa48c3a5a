"""`python model.py migrate`."""

from credit_scoring.commands.common_options import exit_on_error


def migrate() -> None:
    """Create or update the tables of the decision log, in the database of DATABASE_URL.

    The server does this automatically on SQLite, not on PostgreSQL. On a platform that has only
    the web process's libraries, use python -m credit_scoring.database.
    """
    from credit_scoring.database.__main__ import main

    with exit_on_error("the database"):
        main()
