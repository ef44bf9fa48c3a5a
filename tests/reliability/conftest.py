import json
import shutil
import sqlite3

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from tests.reliability.model_swaps import probabilities, replace_folder, swap, wait_for_version
from tests.server_process import DEPLOYED, ROOT, run_server
from tests.serving.small_bundle import write


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


@pytest.fixture(scope="session")
def bundles(tmp_path_factory):
    """Two bundles whose models give the example other probabilities."""
    folder = tmp_path_factory.mktemp("bundles")
    bundles = [write(folder / str(seed), seed) for seed in (1, 2)]
    assert len(set(probabilities(bundles).values())) == 2
    return bundles


@pytest.fixture(scope="module")
def shared(bundles, tmp_path_factory):
    """A service that several tests use, its configured folder, and the variables of its store."""
    folder = tmp_path_factory.mktemp("shared")
    configured = shutil.copytree(bundles[0], folder / "configured")
    variables = {"CREDIT_SCORING_MODEL_STORE": str(folder / "models")}
    with run_server(DEPLOYED, configured, folder / "log", **variables) as server:
        yield server, configured


@pytest.fixture
def configured(shared, bundles):
    """The configured folder of the shared service, with the first bundle."""
    replace_folder(shared[1], bundles[0])
    return shared[1]


@pytest.fixture
def swapping(shared, configured, bundles):
    """The shared service; it serves the first bundle."""
    server, _ = shared
    assert swap(server, source=str(configured)).status_code == 200
    wait_for_version(server, read_manifest(bundles[0]).version)
    return server


@pytest.fixture
def own_folder(bundles, tmp_path):
    """The configured folder of a test's own service, with the first bundle."""
    return shutil.copytree(bundles[0], tmp_path / "configured")


@pytest.fixture
def variables(tmp_path):
    return {"CREDIT_SCORING_MODEL_STORE": str(tmp_path / "models")}
