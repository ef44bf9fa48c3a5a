"""`python -m credit_scoring.database`: runs the migrations; needs only requirements.txt."""

import os

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import HEAD, migrate
from credit_scoring.errors import message_on_exit
from credit_scoring.settings import load_settings


def main() -> None:
    """Migrate the database of DATABASE_URL and print the revisions before and after."""
    engine = open_database(load_settings(os.environ).database_url, limited=False)
    before, after = migrate(engine)
    engine.dispose()
    print(f"The database {_outcome(before, after)}.")  # noqa: T201


def _outcome(before: str | None, after: str) -> str:
    if after > HEAD:
        return (
            f"is at revision {after}, made by a newer release. This release knows revisions up to "
            f"{HEAD} and is compatible: nothing to migrate"
        )
    if before == after:
        return f"was already up to date ({after})"
    return f"was migrated from {before or 'nothing'} to {after}"


if __name__ == "__main__":
    with message_on_exit():
        main()
