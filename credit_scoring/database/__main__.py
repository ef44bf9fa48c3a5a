"""`python -m credit_scoring.database`: the migrations where only requirements.txt is installed, as on a platform."""

import os

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import HEAD, migrate
from credit_scoring.errors import message_on_exit
from credit_scoring.settings import load_settings


def main() -> None:
    """Migrate the database that DATABASE_URL names, and say what was done."""
    engine = open_database(load_settings(os.environ).database_url)
    before, after = migrate(engine)
    engine.dispose()
    print(f"The database {_done(before, after)}.")  # noqa: T201


def _done(before: str | None, after: str) -> str:
    if after > HEAD:
        return f"is a newer program's ({after}; this one knows up to {HEAD} and works with it): nothing was to be done"
    if before == after:
        return f"was up to date ({after})"
    return f"was brought from {before or 'nothing'} up to date ({after})"


if __name__ == "__main__":
    with message_on_exit():
        main()
