"""The registry: an export equals what was registered; a comparison decides on the champion."""

import io
import json
import pickle
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.bundle.read_bundle import parse_bundle
from credit_scoring.bundle.signature import SIGNATURE_FILE, sign_files
from credit_scoring.bundle.signing_key import public_key_of
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.errors import BundleError, RegistryError
from credit_scoring.progress import Progress
from credit_scoring.tracking import registry as module
from credit_scoring.tracking.client import connect
from credit_scoring.tracking.registry import FILE_DIGESTS_TAG, MODEL_NAME, open_registry
from tests.other_bundle import write_with_threshold
from tests.priced_bundle import write_priced_bundle


@pytest.fixture(scope="module")
def careless(bundle_folder, tmp_path_factory):
    """A bundle that accepts nearly everyone, which costs more."""
    return write_with_threshold(bundle_folder, 0.9, tmp_path_factory.mktemp("careless") / "bundle")


@pytest.fixture
def registry(uri):
    with open_registry(uri) as opened:
        yield opened


def artifacts(tmp_path):
    """The folder in which MLflow stores the bundle's files."""
    (folder,) = (tmp_path / "mlruns").rglob("artifacts/bundle")
    return folder


class TestRegister:
    def test_register_stores_the_digests_of_all_files(self, registry, bundle_folder, bundle):
        version, is_new = registry.register(bundle_folder)
        assert (version.number, is_new) == (1, True)
        assert version.tags["model_sha256"] == bundle.manifest.pickle["sha256"]
        assert json.loads(version.tags["files"])[MODEL_FILE] == bundle.manifest.pickle["sha256"]
        assert str(version) == f"version 1, model {bundle.manifest.version}"

    def test_same_model_is_registered_once(self, registry, bundle_folder, careless):
        registry.register(bundle_folder)
        assert registry.register(bundle_folder)[1] is False
        assert registry.register(careless)[0].number == 2
        assert registry.register(bundle_folder)[0].number == 1

    def test_same_model_with_another_file_is_a_version_of_its_own(
        self, registry, bundle_folder, tmp_path
    ):
        """Such as a bundle that was signed after it was registered."""
        registry.register(bundle_folder)
        write_bundle(tmp_path / "more", {**read_bundle_files(bundle_folder), "note.txt": b"new"})
        assert registry.register(tmp_path / "more")[0].number == 2
        assert registry.register(tmp_path / "more")[1] is False
        assert registry.fetch(registry.find("2"))["note.txt"] == b"new"

    def test_register_reuses_the_run_of_the_bundle(self, registry, bundle_folder, settings, runs):
        from credit_scoring.tracking.record_run import record_run

        with record_run("train", settings, str, Progress(io.StringIO()), bundle=bundle_folder):
            pass
        version, _ = registry.register(bundle_folder)
        assert [run.info.run_id for run in runs()] == [version.run_id]

    def test_register_refuses_a_damaged_bundle(self, registry, bundle_folder, tmp_path):
        files = read_bundle_files(bundle_folder)
        write_bundle(tmp_path / "bad", {**files, MODEL_FILE: files[MODEL_FILE][:-9]})
        with pytest.raises(BundleError, match="it was changed or damaged"):
            registry.register(tmp_path / "bad")

    def test_register_stores_files_without_mlflow_model(self, registry, bundle_folder, tmp_path):
        registry.register(bundle_folder)
        assert {path.name for path in artifacts(tmp_path).iterdir()} == {
            path.name for path in bundle_folder.iterdir()
        }
        assert not list(tmp_path.rglob("MLmodel"))

    def test_missing_mlflow_names_the_install_command(self, uri, monkeypatch):
        monkeypatch.setattr(module, "is_installed", lambda: False)
        with (
            pytest.raises(RegistryError, match="pip install -r requirements-lab"),
            open_registry(uri),
        ):
            pass

    def test_unreachable_server_is_a_registry_error(self, bundle_folder):
        uri = "http://ada:secret@127.0.0.1:9"
        with (
            pytest.raises(RegistryError, match="9 does not answer as expected"),
            open_registry(uri) as at,
        ):
            at.register(bundle_folder)


class TestExport:
    @pytest.fixture
    def version(self, registry, bundle_folder):
        return registry.register(bundle_folder)[0]

    def test_export_gives_exactly_the_registered_files(
        self, registry, version, bundle_folder, tmp_path
    ):
        registry.export(version, tmp_path / "out")
        assert read_bundle_files(tmp_path / "out") == read_bundle_files(bundle_folder)

    def test_export_gives_the_term_model(self, registry, tmp_path):
        files = read_bundle_files(write_priced_bundle(tmp_path / "priced"))
        registry.export(registry.register(tmp_path / "priced")[0], tmp_path / "out")
        assert read_bundle_files(tmp_path / "out") == files
        assert parse_bundle(files, "priced").term_model is not None

    @pytest.mark.parametrize("name", [MODEL_FILE, MANIFEST_FILE, "roc_pr.png"])
    @pytest.mark.parametrize("harm", ["changed", "cut", "gone"])
    def test_export_refuses_damaged_files_and_keeps_the_old(
        self, registry, version, careless, tmp_path, name, harm
    ):
        old = write_bundle(tmp_path / "out", read_bundle_files(careless)) or read_bundle_files(
            tmp_path / "out"
        )
        path = artifacts(tmp_path) / name
        content = path.read_bytes()
        path.unlink() if harm == "gone" else path.write_bytes(
            content[:-1] + (b"" if harm == "cut" else b"!")
        )
        with pytest.raises(BundleError, match=f"{name} has the SHA-256"):
            registry.export(version, tmp_path / "out")
        assert read_bundle_files(tmp_path / "out") == old

    def test_export_refuses_an_added_file(self, registry, version, tmp_path):
        (artifacts(tmp_path) / "extra.py").write_text("import os")
        with pytest.raises(BundleError, match="has the SHA-256"):
            registry.export(version, tmp_path / "out")

    def test_forged_digests_do_not_run_a_payload(self, registry, version, tmp_path):
        class Payload:
            def __reduce__(self):
                return (Path.touch, (tmp_path / "marker",))

        (artifacts(tmp_path) / MODEL_FILE).write_bytes(pickle.dumps(Payload()))
        registry.set_tags(
            version,
            {"files": json.dumps(module.file_digests(read_bundle_files(artifacts(tmp_path))))},
        )
        with pytest.raises(BundleError, match="is not what its manifest describes"):
            registry.export(registry.find("1"), tmp_path / "out")
        assert not (tmp_path / "marker").exists()

    def test_export_refuses_a_model_that_fails_golden_rows(self, registry, version, tmp_path):
        path = artifacts(tmp_path) / MANIFEST_FILE
        manifest = json.loads(path.read_text())
        manifest["golden_rows"][0]["probability"] += 0.01
        path.write_text(json.dumps(manifest))
        registry.set_tags(
            version,
            {"files": json.dumps(module.file_digests(read_bundle_files(artifacts(tmp_path))))},
        )
        with pytest.raises(BundleError, match="the model gives its example"):
            registry.export(registry.find("1"), tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_export_refuses_a_version_without_digests(self, registry, version, uri, tmp_path):
        connect(uri).create_model_version(
            MODEL_NAME, f"runs:/{version.run_id}/bundle", version.run_id
        )
        with pytest.raises(BundleError, match="no digests of its files: register it by python"):
            registry.export(registry.find("2"), tmp_path / "out")

    @pytest.mark.parametrize("tag", ["{", "[1]", "3"], ids=["no JSON", "list", "number"])
    def test_wrong_digests_of_files_are_refused(self, registry, version, tmp_path, tag):
        registry.set_tags(version, {FILE_DIGESTS_TAG: tag})
        with pytest.raises(BundleError, match="no digests of its files"):
            registry.export(registry.find("1"), tmp_path / "out")

    def test_export_requires_a_signature_if_there_is_a_public_key(
        self, registry, version, bundle_folder, tmp_path
    ):
        key = bytes(range(32))
        with pytest.raises(BundleError, match="requires a signature"):
            registry.export(version, tmp_path / "out", [public_key_of(key)])
        files = read_bundle_files(bundle_folder)
        write_bundle(tmp_path / "signed", {**files, SIGNATURE_FILE: sign_files(files, key)})
        signed, _ = registry.register(tmp_path / "signed")
        registry.export(signed, tmp_path / "out", [public_key_of(key)])
        assert (tmp_path / "out" / SIGNATURE_FILE).exists()

    def test_unknown_version_error_lists_the_existing_ones(self, registry, version):
        registry.set_alias(version, "challenger")
        with pytest.raises(
            RegistryError, match="no version or alias champion: it has 1, challenger"
        ):
            registry.find("champion")


class TestRegistryCommands:
    @pytest.fixture
    def run_cli(self, settings, monkeypatch):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", settings.mlflow_tracking_uri)
        monkeypatch.setenv("COLUMNS", "200")

        def invoke(*arguments):
            result = CliRunner().invoke(model.cli, [*map(str, arguments)])
            assert result.exception is None or isinstance(result.exception, SystemExit), (
                result.exception
            )
            return result.exit_code, " ".join(result.output.split())

        return invoke

    def test_better_challenger_becomes_champion(
        self, run_cli, registry, bundle_folder, careless, sample_folder, tmp_path
    ):
        assert "Registered: version 1 (challenger)" in run_cli("register", "--bundle", careless)[1]
        exit_code, text = run_cli("promote", "--data", sample_folder)
        assert "No champion exists yet to compare it with." in text
        assert "Promoted: version 1 (champion)" in text
        assert "Cost per applicant" in text
        assert float(registry.find("champion").tags["cost_per_applicant"]) > 0
        run_cli("register", "--bundle", bundle_folder)
        exit_code, text = run_cli("promote", "--data", sample_folder)
        assert exit_code == 0, text
        assert "Promoted: version 2 (champion)" in text
        tags = registry.find("champion").tags
        assert float(tags["cost_per_applicant"]) < float(tags["champion_cost_per_applicant"])
        assert tags["compared_with"] == "1"
        assert "is version 2 (champion)" in run_cli("export", "--out", tmp_path / "latest")[1]
        assert read_bundle_files(tmp_path / "latest") == read_bundle_files(bundle_folder)
        run_cli("export", "--version", 1, "--out", tmp_path / "latest")
        assert read_bundle_files(tmp_path / "latest") == read_bundle_files(careless)
        _, text = run_cli("promote", "--data", sample_folder, "--version", 2)
        assert "It is the champion already" in text

    def test_worse_challenger_is_refused_unless_forced(
        self, run_cli, registry, bundle_folder, careless, sample_folder
    ):
        run_cli("register", "--bundle", bundle_folder)
        run_cli("promote", "--data", sample_folder)
        _, text = run_cli("register", "--bundle", bundle_folder)
        assert "Registered before: version 1 (champion)" in text
        run_cli("register", "--bundle", careless)
        exit_code, text = run_cli("promote", "--data", sample_folder)
        assert exit_code == 1
        reason = r"not promoted\. Model \w+ costs 0\.\d+ more per applicant than \w+"
        assert re.search(reason, text), text
        tags = registry.find("challenger").tags
        assert float(tags["cost_per_applicant"]) > float(tags["champion_cost_per_applicant"])
        assert registry.find("champion").number == 1
        assert run_cli("promote", "--data", sample_folder, "--force")[0] == 0
        assert (registry.find("champion").number, registry.has_alias("challenger")) == (2, False)
        assert registry.find("champion").tags["forced"] == "True"
        exit_code, text = run_cli("promote", "--shadow")
        assert (exit_code, "name one of these, or register a bundle" in text) == (1, True)

    def test_missing_bundle_or_version_is_refused_with_remedy(self, run_cli, registry, tmp_path):
        exit_code, text = run_cli("register", "--bundle", tmp_path)
        assert (exit_code, registry.has_alias("challenger")) == (1, False)
        assert "Model unusable" in text
        exit_code, text = run_cli("export", "--out", tmp_path / "latest")
        assert (exit_code, (tmp_path / "latest").exists()) == (1, False)
        assert "has no version or alias champion: it has none: python model.py register" in text

    def test_challenger_trained_on_these_data_is_refused(
        self, run_cli, bundle_folder, careless, sample_folder, tmp_path
    ):
        other = write_with_threshold(careless, 0.9, tmp_path / "other", fingerprint="0" * 64)
        run_cli("register", "--bundle", other)
        run_cli("promote", "--data", sample_folder)
        run_cli("register", "--bundle", bundle_folder)
        exit_code, text = run_cli("promote", "--data", sample_folder)
        assert exit_code == 1
        assert "Warning: model" in text
        assert "Only the challenger was trained on these data" in text
