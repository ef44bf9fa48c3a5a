"""The hyperparameter search is honest, resumable, and leaves a file that `train` reads."""

import os
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from optuna.trial import TrialState
from rich.console import Console
from typer.testing import CliRunner

import model
from credit_scoring.errors import SettingError
from credit_scoring.laboratory.experiment import Experiment, select_fold_features, task_fingerprint
from credit_scoring.laboratory.result_cache import open_cache
from credit_scoring.laboratory.tuning import objective, tune_hyperparameters, tuning_report
from credit_scoring.laboratory.tuning.objective import bin_folds, running_log_loss
from credit_scoring.laboratory.tuning.optuna_study import DEFAULTS, SEARCH_SPACE
from credit_scoring.laboratory.tuning.tune_hyperparameters import Budget
from credit_scoring.progress import Progress
from credit_scoring.training import cross_validation
from credit_scoring.training.folds import FOLDS, split_held_out
from credit_scoring.training.hyperparameter_file import read_hyperparameters
from credit_scoring.training.parallel import ignore_progress
from tests.training.learning_tasks import make_task


def make_experiment(task):
    facts = {
        "fingerprint": "0" * 64, "source": "made up", "applicants": len(task.target),
        "defaults": 1, "seed": task.seed, "allowed_attributes": [],
    }  # fmt: skip
    return Experiment(task, facts, task_fingerprint(task))


def tune(task, study, out, trials, feature_list=""):
    return tune_hyperparameters.tune_hyperparameters(
        make_experiment(task),
        study,
        out,
        Budget(trials),
        "a test",
        Progress(StringIO()),
        feature_list,
    )


def feature_counts(folds):
    return [fold.training.num_feature() for fold in folds]


class TestObjective:
    def test_held_out_outcomes_change_nothing(self, monkeypatch):
        """Inverting them leaves selections and log-losses the same."""
        task = make_task(noise=4)
        split = split_held_out(task.target, task.seed)
        monkeypatch.setattr(objective, "split_held_out", lambda *_arguments: split)
        _, held_out = split
        target = task.target.copy()
        target[held_out] = 1 - target[held_out]
        folds, inverted_folds = (
            bin_folds(changed, select_fold_features, ignore_progress)
            for changed in (task, replace(task, target=target))
        )
        assert feature_counts(folds) == feature_counts(inverted_folds)
        losses = list(running_log_loss(folds, DEFAULTS, 0))
        assert losses == list(running_log_loss(inverted_folds, DEFAULTS, 0))
        validation_rows = sum(fold.validation.num_data() for fold in folds)
        assert validation_rows == len(target) - len(held_out)

    def test_selected_features_are_cached(self, tmp_path, monkeypatch):
        task = make_task(noise=4)
        select = open_cache(tmp_path, data="x").cache(select_fold_features, ignore=["task"])
        first = bin_folds(task, select, ignore_progress)
        monkeypatch.setattr(
            cross_validation, "select_by_gain", lambda *_arguments: pytest.fail("selected again")
        )
        assert feature_counts(bin_folds(task, select, ignore_progress)) == feature_counts(first)

    def test_yields_a_log_loss_per_fold(self):
        folds = bin_folds(make_task(noise=2), select_fold_features, ignore_progress)
        losses = list(running_log_loss(folds, DEFAULTS, 0))
        assert len(losses) == FOLDS
        assert all(0.2 < loss < np.log(2) for loss in losses)


@pytest.fixture(scope="module")
def task():
    return make_task(rows=400, noise=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tuning")


@pytest.fixture(scope="module")
def result(folder, task):
    return tune(task, folder / "study.db", folder / "params.toml", 8)


class TestTuning:
    def test_writes_best_parameters_with_provenance(self, folder, result):
        written = read_hyperparameters(folder / "params.toml")
        assert written.params == result.best.params
        assert written.params.keys() == SEARCH_SPACE.keys()
        facts = {
            "fingerprint": "0" * 64, "seed": 0, "tries": 8, "folds": FOLDS,
            "features": "selected in each fold",
        }  # fmt: skip
        assert facts.items() <= written.provenance.items()
        assert written.provenance["log_loss"] == result.best.value

    def test_best_is_no_worse_than_the_defaults(self, result):
        assert result.best.value <= result.default_log_loss

    def test_bad_trials_are_pruned(self, task, tmp_path):
        result = tune(task, tmp_path / "study.db", tmp_path / "params.toml", 14)
        states = {trial.state for trial in result.trials}
        assert states == {TrialState.COMPLETE, TrialState.PRUNED}

    def test_second_run_computes_nothing(self, folder, task, result, monkeypatch):
        monkeypatch.setattr(
            tune_hyperparameters, "running_log_loss", lambda *_arguments: pytest.fail("again")
        )
        again = tune(task, folder / "study.db", folder / "params.toml", 8)
        assert again.best.params == result.best.params

    def test_other_features_are_another_study(self, folder, task, result, tmp_path):
        assert len(result.trials) == 8
        fixed = replace(task, fixed_features=("risk", "level"))
        other = tune(fixed, folder / "study.db", tmp_path / "p.toml", 1, "my.toml")
        assert len(other.trials) == 1
        assert read_hyperparameters(tmp_path / "p.toml").provenance["features"] == "my.toml"

    def test_unwritable_place_is_refused_first(self, task, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(SettingError, match="file cannot be written"):
            tune(task, tmp_path / "study.db", tmp_path / "file/params.toml", 1)
        assert not (tmp_path / "study.db").exists()

    def test_report_shows_best_and_defaults(self, result):
        screen = StringIO()
        tuning_report.print_tuning(result, Console(file=screen, width=140))
        text = screen.getvalue()
        assert f"The estimator's own parameters have {result.default_log_loss:.5f}." in text
        assert text.index(f"{result.best.value:.5f}") < text.index("stopped early")


def test_command_writes_the_parameters(sample_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    features = tmp_path / "features.toml"
    features.write_text(
        '[[features]]\nname = "EXT_SOURCE_2"\n[[features]]\nname = "EXT_SOURCE_3"\n'
    )
    options = ["--trials", "2", "--features", str(features), "--no-track"]
    command = CliRunner().invoke(model.cli, ["tune", "--data", str(sample_folder), *options])
    assert command.exit_code == 0, command.output
    assert "train --data" in command.output
    printed = " ".join(command.output.split())
    assert f"--params reports/tuning/params.toml --features {features}" in printed
    assert read_hyperparameters(Path("reports/tuning/params.toml")).provenance["tries"] == 2
    assert sorted(os.listdir("reports/tuning")) == ["params.toml", "study.db"]  # noqa: PTH208
