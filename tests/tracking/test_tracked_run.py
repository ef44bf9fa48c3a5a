"""What a run tells, and that a record is on the disk whole or not at all."""

import json
import subprocess

import pytest

from credit_scoring.commands.tracking_option import pictures_of_training
from credit_scoring.tracking import spool as module
from credit_scoring.tracking.bundle_metadata import add_bundle, digest_of, files_in
from credit_scoring.tracking.client import without_password
from credit_scoring.tracking.spool import Spool, read, remove
from credit_scoring.tracking.tracked_run import Run, code_version
from credit_scoring.training.train import Result


class TestARun:
    def test_flattens_facts_and_figures(self):
        run = Run("train")
        run.add_params({"data": {"applicants": 5, "tables": ["a", "b"]}, "seed": 0})
        run.add_figures({"roc_auc": {"value": 0.75, "low": 0.7, "high": 0.8}}, "held_out")
        assert run.params == {"data.applicants": 5, "data.tables": ["a", "b"], "seed": 0}
        assert run.metrics == {
            "held_out/roc_auc": 0.75,
            "held_out/roc_auc_low": 0.7,
            "held_out/roc_auc_high": 0.8,
        }

    def test_tells_all_about_a_bundle(self, bundle_folder, bundle):
        run = Run("train")
        add_bundle(run, bundle_folder)
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

    def test_of_a_training_has_shap_pictures_and_a_confusion_matrix(
        self, bundle_folder, bundle, feature_table
    ):
        names = bundle.model.feature_names_in_.tolist()
        result = Result(
            bundle.manifest.metrics, {}, {}, features=feature_table.features.select(names)
        )
        drawn = pictures_of_training(bundle_folder, result, seed=0)
        assert drawn.keys() == {"confusion_matrix.png", "shap/shap_beeswarm.png", "shap/shap_bar.png",
                                "shap/shap_dependence.png"}  # fmt: skip
        assert all(content.startswith(b"\x89PNG") for content in drawn.values())

    def test_a_bundle_s_digest_is_that_of_its_names_and_contents(self, bundle_folder):
        files = files_in(bundle_folder)
        assert digest_of(files) == digest_of(dict(reversed(files.items())))
        assert digest_of(files) != digest_of({**files, "model.pkl": b""})


class TestTheCodeSVersion:
    @pytest.fixture
    def repository(self, tmp_path):
        for command in (
            "init -q",
            "-c user.name=a -c user.email=a@b commit -q --allow-empty -m first",
        ):
            subprocess.run(["git", "-C", tmp_path, *command.split()], check=True)
        return tmp_path

    def test_is_git_s_commit_and_whether_files_differ(self, repository):
        clean = code_version(repository)
        head = (repository / ".git/refs/heads").rglob("*")
        assert (
            clean["mlflow.source.git.commit"]
            == next(path for path in head if path.is_file()).read_text().strip()
        )
        assert clean["git_dirty"] == "false"
        (repository / "new.py").write_text("")
        assert code_version(repository) == {**clean, "git_dirty": "true"}

    def test_is_nothing_where_there_is_no_repository(self, tmp_path):
        assert code_version(tmp_path / "nowhere") == {}

    def test_is_nothing_where_there_is_no_git(self, repository, monkeypatch):
        monkeypatch.setenv("PATH", "")
        assert code_version(repository) == {}


class TestARecord:
    def test_is_read_back_as_it_was(self, tmp_path):
        run = Run(
            "tune",
            params={"trials": 3},
            metrics={"log_loss": 0.25},
            tags={"a": "b"},
            files={"a/b.txt": b"c"},
        )
        record = Spool(tmp_path).write(run)
        again = read(record)
        assert (again.params, again.metrics, again.tags, again.identity) == (
            run.params, run.metrics, run.tags, run.identity,
        )  # fmt: skip
        assert (record / "files/a/b.txt").read_bytes() == b"c"

    def test_is_not_there_where_the_disk_did_not_take_all_of_it(self, tmp_path, monkeypatch):
        write, seen = module._write, []

        def full(path, content):
            seen.append(path)
            if len(seen) == 2:
                raise OSError(28, "No space left on device")
            write(path, content)

        monkeypatch.setattr(module, "_write", full)
        with pytest.raises(OSError, match="No space left"):
            Spool(tmp_path).write(Run("train", files={"a": b"1", "b": b"2"}))
        assert list(tmp_path.iterdir()) == []

    def test_the_newest_comes_first_and_a_removed_one_waits_no_more(self, tmp_path):
        spool = Spool(tmp_path / "spool")
        assert spool.records() == []
        old, new = (spool.write(Run("train", began=began)) for began in (1e9, 2e9))
        assert spool.records() == [new, old]
        remove(new)
        assert spool.records() == [old]

    def test_what_a_kill_left_of_a_removal_is_cleared_away(self, tmp_path):
        spool = Spool(tmp_path)
        record = spool.write(Run("train"))
        record.rename(tmp_path / f"{module.SENT}{record.name}")
        assert spool.records() == []
        with spool.alone():
            assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("https://ada:secret@mlflow.example/x", "https://mlflow.example/x"),
        ("postgresql://ada:p@ss@db:5432/mlflow", "postgresql://db:5432/mlflow"),
    ],
)
def test_an_address_is_shown_without_its_password(uri, shown):
    assert without_password(uri) == shown
