"""Two services on one PostgreSQL database, each with a model store of its own."""

import shutil

import pytest

from tests.reliability.model_swaps import replace_folder, swap, versions_served, wait_for_version
from tests.server_process import DEPLOYED, run_server


@pytest.fixture
def configured(bundles, tmp_path):
    """The source of both machines, with the first bundle."""
    return shutil.copytree(bundles[0], tmp_path / "configured")


@pytest.fixture
def machines(configured, postgresql_url, tmp_path):
    def machine(name):
        store = str(tmp_path / name / "models")
        (tmp_path / name).mkdir()
        variables = {"DATABASE_URL": postgresql_url, "CREDIT_SCORING_MODEL_STORE": store}
        return run_server(DEPLOYED, configured, tmp_path / name / "log", **variables)

    with machine("first") as first, machine("second") as second:
        yield first, second


def test_machines_follow_the_same_deployments(machines, configured, bundles):
    first, second = machines
    (old,) = versions_served(first)
    replace_folder(configured, bundles[1])
    new = swap(first, source=str(configured)).json()["to"]
    wait_for_version(second, new)
    stored = {model["version"] for model in second.get("/admin/models").json()["models"]}
    assert stored == {old, new}
    assert swap(second, version=old).json()["from"] == new
    wait_for_version(first, old)
    history = [machine.get("/admin/models").json()["deployments"] for machine in machines]
    assert history[0] == history[1]
    assert [row["version"] for row in history[0]] == [old, new, old]
