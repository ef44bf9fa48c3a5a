"""`python -m credit_scoring.database`: the migrations where only requirements.txt is installed, as on a platform."""

import os

from credit_scoring.database.engine import open_database
from credit_scoring.database.schema import migrate
from credit_scoring.errors import message_on_exit
from credit_scoring.settings import load_settings


def main() -> None:
    """Migrate the database that DATABASE_URL names, and say what was done."""
    engine = open_database(load_settings(os.environ).database_url)
    before, after = migrate(engine)
    engine.dispose()
    done = "was up to date" if before == after else f"was brought from {before or 'nothing'} up to date"
    print(f"The database {done} ({after}).")  # noqa: T201


if __name__ == "__main__":
    with message_on_exit():
        main()
