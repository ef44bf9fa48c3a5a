"""The content of a run, and the version of the code."""

import json
import subprocess

import pytest

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.commands.tracking_option import training_plots
from credit_scoring.tracking.bundle_metadata import add_bundle_folder, bundle_digest
from credit_scoring.tracking.tracked_run import TrackedRun, code_version
from credit_scoring.training.train import TrainingResult


class TestTrackedRun:
    def test_nested_params_and_figures_are_flattened(self):
        run = TrackedRun("train")
        run.add_params({"data": {"applicants": 5, "tables": ["a", "b"]}, "seed": 0})
        run.add_metrics({"roc_auc": {"value": 0.75, "low": 0.7, "high": 0.8}}, "held_out")
        assert run.params == {"data.applicants": 5, "data.tables": ["a", "b"], "seed": 0}
        assert run.metrics == {
            "held_out/roc_auc": 0.75,
            "held_out/roc_auc_low": 0.7,
            "held_out/roc_auc_high": 0.8,
        }

    def test_add_bundle_records_choices_figures_and_files(self, bundle_folder, bundle):
        run = TrackedRun("train")
        add_bundle_folder(run, bundle_folder)
        manifest = bundle.manifest
        assert run.params["data.fingerprint"] == manifest.data["fingerprint"]
        assert run.params["lightgbm.best_iteration"] == bundle.model.best_iteration_
        assert run.metrics["held_out/roc_auc_low"] == manifest.metrics["held_out"]["roc_auc"]["low"]
        assert run.metrics["threshold/value"] == bundle.model.threshold_
        assert {f"bundle/{path.name}" for path in bundle_folder.iterdir()} <= run.files.keys()
        shares = json.loads(run.files["importances.json"])
        assert list(shares) == sorted(shares, key=lambda name: -shares[name])
        assert shares.keys() == set(bundle.model.feature_names_in_)
        confusion = json.loads(run.files["confusion_matrix.json"])["held_out"]
        assert sum(confusion.values()) == round(0.2 * manifest.data["applicants"])
        assert run.tags["model_sha256"] == manifest.pickle["sha256"]

    def test_training_plots_are_shap_and_confusion_matrix(self, bundle_folder, bundle, model_table):
        names = bundle.model.feature_names_in_.tolist()
        result = TrainingResult(
            bundle.manifest.metrics, {}, {}, features=model_table.features.select(names)
        )
        plots = training_plots(bundle_folder, result, seed=0)
        shap = {"shap/shap_beeswarm.png", "shap/shap_bar.png", "shap/shap_dependence.png"}
        assert plots.keys() == {"confusion_matrix.png", *shap}
        assert all(content.startswith(b"\x89PNG") for content in plots.values())

    def test_bundle_digest_covers_names_and_contents(self, bundle_folder):
        contents = read_bundle_files(bundle_folder)
        assert bundle_digest(contents) == bundle_digest(dict(reversed(contents.items())))
        assert bundle_digest(contents) != bundle_digest({**contents, "model.pkl": b""})


class TestCodeVersion:
    @pytest.fixture
    def repository(self, tmp_path):
        for command in (
            "init -q",
            "-c user.name=a -c user.email=a@b commit -q --allow-empty -m first",
        ):
            subprocess.run(["git", "-C", tmp_path, *command.split()], check=True)
        return tmp_path

    def test_code_version_is_commit_and_dirty_flag(self, repository):
        clean = code_version(repository)
        heads = (repository / ".git/refs/heads").rglob("*")
        head = next(path for path in heads if path.is_file()).read_text().strip()
        assert clean["mlflow.source.git.commit"] == head
        assert clean["git_dirty"] == "false"
        (repository / "new.py").write_text("")
        assert code_version(repository) == {**clean, "git_dirty": "true"}

    def test_code_version_is_empty_outside_a_repository(self, tmp_path):
        assert code_version(tmp_path / "nowhere") == {}

    def test_code_version_is_empty_without_git(self, repository, monkeypatch):
        monkeypatch.setenv("PATH", "")
        assert code_version(repository) == {}
