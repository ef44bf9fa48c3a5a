import json
import sqlite3

import pytest

from tests.running import DEPLOYED, ROOT, served


@pytest.fixture(scope="session")
def model():
    return ROOT / "models/latest"


@pytest.fixture(scope="session")
def example(model):
    return json.loads((model / "model.json").read_text(encoding="utf-8"))["golden_rows"][0][
        "features"
    ]


@pytest.fixture
def database(tmp_path):
    return tmp_path / "decisions.db"


@pytest.fixture
def server(model, database, tmp_path):
    """The service as deployed: gunicorn, two workers, SQLite."""
    with served(DEPLOYED, model, tmp_path / "log", DATABASE_URL=f"sqlite:///{database}") as running:
        yield running


@pytest.fixture
def stored(database):
    """What the log holds, read past the service: probability by decision_id."""

    def read():
        connection = sqlite3.connect(database)
        try:
            return dict(
                connection.execute("SELECT decision_id, probability FROM decisions").fetchall()
            )
        finally:
            connection.close()

    return read
