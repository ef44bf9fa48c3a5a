"""`python model.py migrate`."""

from credit_scoring.commands.common_options import said_plainly


def migrate() -> None:
    """Make or update the tables of the decision log, in the database that DATABASE_URL names.

    A server on SQLite does it by itself; for PostgreSQL it is this command's. On a platform where only the web
    process's libraries are installed, python -m credit_scoring.database does the same.
    """
    from credit_scoring.database.__main__ import main

    with said_plainly("the database"):
        main()
