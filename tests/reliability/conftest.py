import json
import sqlite3

import pytest

from tests.server_process import DEPLOYED, ROOT, run_server


@pytest.fixture(scope="session")
def model():
    return ROOT / "models/latest"


@pytest.fixture(scope="session")
def example(model):
    """The features of a request that the model can score."""
    manifest = json.loads((model / "model.json").read_text(encoding="utf-8"))
    return manifest["golden_rows"][0]["features"]


@pytest.fixture
def database(tmp_path):
    return tmp_path / "decisions.db"


@pytest.fixture
def server(model, database, tmp_path):
    """The service as deployed: gunicorn, two workers, SQLite."""
    url = f"sqlite:///{database}"
    with run_server(DEPLOYED, model, tmp_path / "log", DATABASE_URL=url) as server:
        yield server


@pytest.fixture
def stored(database):
    """A function that reads the probability by decision id from the database file."""

    def read():
        connection = sqlite3.connect(database)
        try:
            rows = connection.execute("SELECT decision_id, probability FROM decisions")
            return dict(rows.fetchall())
        finally:
            connection.close()

    return read
