"""The registry of a real MLflow server, which stores the files itself and sends them by HTTP.

`make .venv-mlflow/done` installs it. Without it the tests are skipped; TESTS_NEED_MLFLOW makes them
fail.
"""

import os
from types import SimpleNamespace

import pytest

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.errors import BundleError, SourceError, SourceUnavailableError
from credit_scoring.model_sources.fetch import fetch
from credit_scoring.settings import load_settings
from credit_scoring.tracking import registry_reader
from tests.server_process import ROOT, run_server

PROGRAM = ROOT / ".venv-mlflow/bin/mlflow"
NOT_INSTALLED = "MLflow's server is not installed: make .venv-mlflow/done"
BUNDLE = ROOT / "models/latest"
CHALLENGER = "models:/credit-scoring@challenger"


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory):
    """A running server and the folder of the files that it stores."""
    if not PROGRAM.exists():
        (pytest.fail if os.environ.get("TESTS_NEED_MLFLOW") else pytest.skip)(NOT_INSTALLED)
    folder = tmp_path_factory.mktemp("mlflow-server")
    command = [
        PROGRAM, "server", "--workers", "1", "--host", "127.0.0.1", "--port", "{port}",
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", folder / "files",
    ]  # fmt: skip
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with run_server(command, BUNDLE, folder / "log", cwd=folder, **quiet) as server:
        yield SimpleNamespace(url=server.url, files=folder / "files")


@pytest.fixture
def settings(mlflow_server):
    return load_settings({"MLFLOW_TRACKING_URI": mlflow_server.url})


@pytest.fixture
def published(mlflow_server, run_cli, monkeypatch):
    """The output of `publish`, run on this server."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.url)
    code, text = run_cli("publish", "--bundle", BUNDLE, "--to", "models:/credit-scoring")
    assert code == 0, text
    return text


@pytest.fixture
def stored_model(mlflow_server, published):  # noqa: ARG001 - it has to be there
    """The stored model.pkl, which has its content again at the end."""
    (path,) = mlflow_server.files.rglob("bundle/model.pkl")
    content = path.read_bytes()
    yield path
    path.write_bytes(content)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("source", [CHALLENGER, "models:/credit-scoring/1"])
def test_published_bundle_is_fetched_as_it_was(settings, source):
    fetched = fetch(source, settings)
    assert (fetched.files, fetched.revision) == (read_bundle_files(BUNDLE), "1")


@pytest.mark.usefixtures("published")
def test_second_publish_changes_nothing(run_cli, mlflow_server):
    before = sorted(mlflow_server.files.rglob("*"))
    text = run_cli("publish", "--bundle", BUNDLE, "--to", "models:/credit-scoring")[1]
    assert "Registered before: version 1 (challenger)" in text
    assert sorted(mlflow_server.files.rglob("*")) == before


def test_changed_file_is_refused(settings, stored_model):
    stored_model.write_bytes(stored_model.read_bytes()[:-1] + b"!")
    with pytest.raises(BundleError, match=r"model\.pkl has the SHA-256 .*, registered was"):
        fetch(CHALLENGER, settings)


def test_large_file_is_refused_before_it_is_downloaded(settings, stored_model, monkeypatch):
    def fail(*_arguments):
        pytest.fail("a file was read")

    monkeypatch.setattr(registry_reader, "read_bundle_file", fail)
    with stored_model.open("r+b") as file:
        file.truncate(300 << 20)
    with pytest.raises(BundleError, match=r"model\.pkl is larger than 268435456 bytes"):
        fetch(CHALLENGER, settings)


def test_missing_file_is_refused(settings, stored_model):
    stored_model.unlink()
    with pytest.raises(BundleError, match=r"model\.pkl has the SHA-256 None, registered was"):
        fetch(CHALLENGER, settings)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("version", ["@champion", "/99"])
def test_unknown_version_lists_the_existing_ones(settings, version):
    with pytest.raises(SourceError, match=r"has no version or alias .*: it has 1, challenger"):
        fetch(f"models:/credit-scoring{version}", settings)


def test_server_without_the_model_names_the_command(uri):
    with pytest.raises(SourceError, match=r"it has none: python model\.py register"):
        fetch(CHALLENGER, load_settings({"MLFLOW_TRACKING_URI": uri}))


def test_unreachable_server_is_unavailable_and_its_password_is_not_shown():
    settings = load_settings({"MLFLOW_TRACKING_URI": "http://ada:secret@127.0.0.1:9"})
    with pytest.raises(SourceUnavailableError, match="9 does not answer as expected") as caught:
        fetch(CHALLENGER, settings)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "models:/other@champion",
        "models:/credit-scoring",
        "models:/credit-scoring/Production",
        "models:/credit-scoring/../1",
        "models:/credit-scoring@",
        "models:/credit-scoring@a/b",
        "models://credit-scoring/1",
    ],
)
def test_other_address_is_refused(source):
    with pytest.raises(SourceError, match="is not a version of the registered model: expected"):
        fetch(source, load_settings({"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}))


def test_missing_library_names_the_requirements(monkeypatch):
    monkeypatch.setattr(registry_reader, "is_installed", lambda: False)
    with pytest.raises(SourceError, match=r"pip install .* requirements-sources\.txt"):
        fetch(CHALLENGER, load_settings({}))
