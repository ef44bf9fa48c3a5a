"""The bundle that `replay` and `shadow-report` take by default: the deployed one."""

import pytest

from credit_scoring.bundle.manifest import MODEL_FILE
from credit_scoring.bundle.read_bundle import read_manifest
from tests.server_process import scratch_settings
from tests.serving.small_bundle import write
from tests.shadow_log import write_shadow_log


@pytest.fixture(autouse=True)
def configured(tmp_path, monkeypatch):
    """The folder CREDIT_SCORING_MODEL_PATH, which holds no bundle."""
    for name, value in scratch_settings(tmp_path).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "configured"
    monkeypatch.setenv("CREDIT_SCORING_MODEL_PATH", str(folder))
    return folder


@pytest.fixture
def deployed(tmp_path, run_cli):
    """The bundle that made the decisions of the log, deployed from a folder."""
    bundle = write(tmp_path / "deployed", 1)
    digest = read_manifest(bundle).pickle["sha256"]
    write_shadow_log(tmp_path / "decisions.db", 20, champion=digest)
    exit_code, text = run_cli("deploy", "--source", bundle, "--reason", "a test")
    assert exit_code == 0, text
    return bundle


@pytest.mark.usefixtures("deployed")
def test_default_is_the_deployed_bundle(run_cli):
    assert run_cli("shadow-report")[0] == 0
    text = run_cli("replay")[1]
    assert "differ" in text
    assert "could not be replayed: give the bundle" not in text


@pytest.mark.parametrize("command", ["replay", "shadow-report"])
def test_default_is_the_configured_bundle_before_the_first_deployment(
    run_cli, tmp_path, configured, command
):
    write_shadow_log(tmp_path / "decisions.db", 20)
    assert f"{configured}/model.json does not exist" in run_cli(command)[1]


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("command", ["replay", "shadow-report"])
def test_default_is_the_configured_bundle_if_the_store_lost_the_deployed_one(
    run_cli, tmp_path, monkeypatch, configured, command
):
    monkeypatch.setenv("CREDIT_SCORING_MODEL_STORE", str(tmp_path / "empty"))
    assert f"{configured}/model.json does not exist" in run_cli(command)[1]


def test_stored_bundle_that_made_the_other_decisions_is_named(run_cli, deployed, tmp_path):
    later = write(tmp_path / "later", 2)
    assert run_cli("deploy", "--source", later, "--reason", "a test")[0] == 0
    manifest = read_manifest(deployed)
    (stored,) = (tmp_path / "models").glob(f"{manifest.version}-*")
    remedy = f"whose model.pkl has SHA-256 {manifest.pickle['sha256']}, such as {stored}."
    assert remedy in run_cli("replay")[1]
    assert remedy not in run_cli("replay", "--made-by", later, "--made-by", stored)[1]


@pytest.mark.usefixtures("deployed")
def test_damaged_deployed_bundle_is_named(run_cli, tmp_path):
    (stored,) = (tmp_path / "models").glob(f"*-*/{MODEL_FILE}")
    stored.write_bytes(b"damaged")
    exit_code, text = run_cli("replay")
    assert exit_code == 1
    assert f"{stored.parent} has the digest" in text
