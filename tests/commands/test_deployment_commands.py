"""deploy, rollback and versions: the same store and database as the running service's."""

import json
import shutil

import pytest

from credit_scoring.bundle.manifest import MANIFEST_FILE
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.bundle.signature import SIGNATURE_FILE
from tests.server_process import scratch_settings
from tests.serving.small_bundle import write

REASON = ("--reason", "a test")
NOTHING_STORED = "No model is stored: start the service, or python model.py deploy."


@pytest.fixture(scope="session")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    return [write(folder / str(seed), seed) for seed in range(2)]


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    for name, value in scratch_settings(tmp_path).items():
        monkeypatch.setenv(name, value)


def versions_of(bundles):
    return [read_manifest(bundle).version for bundle in bundles]


def test_models_are_deployed_listed_and_rolled_back(run_cli, bundles):
    first, second = versions_of(bundles)
    code, output = run_cli("deploy", "--source", bundles[0], *REASON)
    follow = "Running servers on this database follow within two seconds."
    assert code == 0
    assert f"Deployment 1: none → {first}. {follow}" in output
    run_cli("deploy", "--source", bundles[1], *REASON)
    code, listing = run_cli("versions")
    assert code == 0
    assert "version in use created trained on AUC cost threshold signed by name" in listing
    assert f"{second} yes 2026-11-20 random rows (600 applicants) 0.7500 0.7500 " in listing
    assert f" not signed {first}-" in listing
    code, output = run_cli("rollback", *REASON)
    assert code == 0
    assert f"Deployment 3: {second} → {first}." in output
    assert f"{first} yes" in run_cli("versions")[1]


def test_commands_say_what_they_do_meanwhile(run_cli, bundles):
    version = versions_of(bundles)[0]
    for bundle in bundles:
        assert (
            f"Fetching and verifying {bundle} …"
            in run_cli("deploy", "--source", bundle, *REASON)[1]
        )
    output = run_cli("deploy", "--version", version, *REASON)[1]
    assert f"Verifying version {version} …" in output
    assert "Verifying the version before …" in run_cli("rollback", *REASON)[1]


def test_stored_version_needs_no_source(run_cli, bundles, tmp_path):
    source = shutil.copytree(bundles[0], tmp_path / "source")
    run_cli("deploy", "--source", source, *REASON)
    shutil.rmtree(source)
    version = versions_of(bundles)[0]
    code, output = run_cli("deploy", "--version", version, *REASON)
    assert code == 0
    assert f"Deployment 2: {version} → {version}." in output


def test_model_elsewhere_is_described_without_being_stored(run_cli, bundles):
    version = versions_of(bundles)[0]
    assert NOTHING_STORED in run_cli("versions")[1]
    code, listing = run_cli("versions", "--source", bundles[0])
    assert code == 0
    assert f"{version} 2026-11-20 random rows" in listing
    assert str(bundles[0]) in listing
    assert NOTHING_STORED in run_cli("versions")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("deploy", *REASON), "Wrong setting: give either --source or --version"),
        (
            ("deploy", "--source", "a", "--version", "b", *REASON),
            "Wrong setting: give either --source or --version",
        ),
        (("deploy", "--version", "b", *REASON), "No such version: version b is not in the model"),
        (("deploy", "--source", "nowhere", *REASON), "Model source refused: nowhere"),
        (("rollback", *REASON), "No such version: no version was deployed before the one in use"),
        (("versions", "--source", "nowhere"), "Model source refused: nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistake_is_one_message(run_cli, arguments, message):
    code, output = run_cli(*arguments)
    assert code == 1
    assert message in output


def test_texts_of_a_foreign_manifest_are_shown_as_they_are(run_cli, bundles, tmp_path):
    """No markup of the table, and nothing that the terminal obeys."""
    folder = shutil.copytree(bundles[0], tmp_path / "foreign")
    manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    manifest["data"]["source"] = "[/x] [bold]july\x1b[2J"
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest), encoding="utf-8")
    code, output = run_cli("versions", "--source", folder)
    assert code == 0
    assert "[/x] [bold]july�[2J" in output


def test_deployed_bundle_with_an_unreadable_signature_is_listed(run_cli, bundles, tmp_path):
    folder = shutil.copytree(bundles[0], tmp_path / "odd")
    (folder / SIGNATURE_FILE).write_text("{}", encoding="utf-8")
    run_cli("deploy", "--source", folder, *REASON)
    assert f"{versions_of(bundles)[0]} yes" in run_cli("versions")[1]


@pytest.mark.parametrize(
    "reason", ["", " ", "a\nb", "x" * 2001], ids=["empty", "space", "two", "long"]
)
def test_deployment_needs_a_reason_of_one_line(run_cli, bundles, reason):
    code, output = run_cli("deploy", "--source", bundles[0], "--reason", reason)
    assert code == 2
    assert "expected one line of 1 to 2000 characters" in output
