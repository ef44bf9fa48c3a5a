"""The search: honest, repeatable, shared, and nothing lost when it is stopped or killed."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from optuna.trial import TrialState
from rich.console import Console
from typer.testing import CliRunner

import model
from credit_scoring.errors import SettingError
from credit_scoring.estimator.boosting import DEFAULT_PARAMS
from credit_scoring.laboratory.experiment import Study, task_fingerprint
from credit_scoring.laboratory.result_cache import Kept
from credit_scoring.laboratory.tuning import optuna_study as module
from credit_scoring.laboratory.tuning import tuning_report
from credit_scoring.laboratory.tuning.objective import log_losses, prepare
from credit_scoring.laboratory.tuning.optuna_study import SPACE, finished, open_study, search
from credit_scoring.laboratory.tuning.tune_hyperparameters import Budget, tune
from credit_scoring.progress import Progress
from credit_scoring.training.cross_validation import FOLDS, split_held_out
from credit_scoring.training.hyperparameter_file import read_hyperparameters
from tests.training.learning_tasks import problem

ROOT = Path(__file__).parents[2]
USUAL = {name: DEFAULT_PARAMS[name] for name in SPACE}


def quiet(_done, _total):
    pass


def nothing():
    pass


def simple(params, _trial):
    """A judge that needs no trees: best at the estimator's own learning rate, times three."""
    return abs(params["learning_rate"] - 3 * USUAL["learning_rate"])


def studied(task):
    facts = {
        "fingerprint": "0" * 64,
        "source": "made up",
        "applicants": len(task.target),
        "defaults": 1,
    }
    return Study(
        task, {**facts, "seed": task.seed, "allowed_attributes": []}, task_fingerprint(task)
    )


@pytest.fixture
def opened():
    """Opens studies, and closes them in the end."""
    with contextlib.ExitStack() as stack:
        yield lambda path, name="a", seed=0: stack.enter_context(open_study(path, name, seed))


def tried(study):
    return [trial.params for trial in study.trials]


class TestJudging:
    def test_rows_held_out_by_train_are_never_looked_at(self, tmp_path, monkeypatch):
        """Turn their outcomes round: the same selections and the same scores."""
        task = problem(noise=4)
        training, held_out = split_held_out(task)
        monkeypatch.setattr(
            "credit_scoring.training.cross_validation.train_test_split",
            lambda *_a, **_k: (training, held_out),
        )
        target = task.target.copy()
        target[held_out] = 1 - target[held_out]
        other = dataclasses.replace(task, target=target)
        one, two = (prepare(t, Kept(tmp_path / str(i)), quiet) for i, t in enumerate((task, other)))
        assert [f.learn.num_feature() for f in one] == [f.learn.num_feature() for f in two]
        assert list(log_losses(one, USUAL, 0)) == list(log_losses(two, USUAL, 0))
        assert sum(f.judge.num_data() for f in one) == len(target) - len(held_out)

    def test_what_is_selected_in_a_fold_is_kept_for_the_next_run(self, tmp_path, monkeypatch):
        task, kept = problem(noise=4), Kept(tmp_path)
        first = prepare(task, kept, quiet)
        monkeypatch.setattr(
            "credit_scoring.training.cross_validation.select",
            lambda *_a: pytest.fail("selected again"),
        )
        again = prepare(task, kept, quiet)
        assert [f.learn.num_feature() for f in first] == [f.learn.num_feature() for f in again]

    def test_a_score_is_that_of_the_rounds_best_for_all_folds_so_far(self, tmp_path):
        losses = list(log_losses(prepare(problem(noise=2), Kept(tmp_path), quiet), USUAL, 0))
        assert len(losses) == FOLDS
        assert all(0.2 < loss < np.log(2) for loss in losses)


class TestTheStudy:
    def test_begins_with_what_the_estimator_has(self, tmp_path, opened):
        study = opened(tmp_path / "study.db")
        search(study, simple, trials=1, seconds=None, after=nothing)
        assert tried(study) == [USUAL]

    def test_the_same_seed_proposes_the_same_and_another_something_else(self, tmp_path, opened):
        found = []
        for name, seed in (("a", 0), ("b", 0), ("c", 1)):
            study = opened(tmp_path / f"{name}.db", name, seed)
            search(study, simple, trials=12, seconds=None, after=nothing)
            found.append(tried(study))
        assert found[0] == found[1]
        assert found[0][0] == found[2][0]
        assert found[0][1:] != found[2][1:]

    def test_stopped_between_tries_it_goes_on_as_if_it_had_not(self, tmp_path, opened):
        whole = opened(tmp_path / "whole.db")
        search(whole, simple, trials=14, seconds=None, after=nothing)
        for trials in (5, 12, 14, 14):
            parts = opened(tmp_path / "parts.db")
            search(parts, simple, trials=trials, seconds=None, after=nothing)
        assert tried(parts) == tried(whole)

    def test_a_try_cut_short_by_ctrl_c_is_tried_again_first(self, tmp_path, opened):
        path, cut = tmp_path / "study.db", []

        def interrupted(params, trial):
            if trial.number == 3:
                cut.append(params)
                raise KeyboardInterrupt
            return simple(params, trial)

        with pytest.raises(KeyboardInterrupt):
            search(opened(path), interrupted, trials=9, seconds=None, after=nothing)
        assert len(finished(opened(path))) == 3
        again = []
        study = opened(path)
        search(study, lambda params, trial: again.append(params) or simple(params, trial), trials=9, seconds=None,
               after=nothing)  # fmt: skip
        assert again[0] == cut[0]
        assert len(again) == 6
        assert len(finished(study)) == 9

    def test_a_try_of_a_killed_run_is_taken_up_by_the_next(self, tmp_path, opened, monkeypatch):
        path = tmp_path / "study.db"
        script = f"""
            import sys, time
            from pathlib import Path
            from credit_scoring.laboratory.tuning import study as module
            module.HEARTBEAT, module.SILENCE = 1, 2
            def judge(params, trial):
                if trial.number == 2:
                    time.sleep(2)  # until it has said that it lives
                    print("begun", flush=True)
                    time.sleep(60)
                return params["learning_rate"]
            with module.open_study(Path({str(path)!r}), "a", 0) as study:
                module.search(study, judge, trials=4, seconds=None, after=lambda: None)
        """
        command = [sys.executable, "-c", textwrap.dedent(script)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "begun\n"
            process.send_signal(signal.SIGKILL)
        monkeypatch.setattr(module, "HEARTBEAT", 1)
        monkeypatch.setattr(module, "SILENCE", 2)
        study = opened(path)
        (cut,) = study.get_trials(states=(TrialState.RUNNING,))
        assert cut.number == 2
        time.sleep(3.5)
        search(study, simple, trials=5, seconds=None, after=nothing)
        assert study.trials[2].state == TrialState.FAIL
        assert cut.params in [trial.params for trial in finished(study)]
        assert [trial.number for trial in finished(study)][:2] == [0, 1]

    def test_runs_beside_each_other_share_it_and_try_different_parameters(self, tmp_path, opened):
        path, failed = tmp_path / "study.db", []
        opened(path)

        def slow(params, trial):
            time.sleep(0.05)
            return simple(params, trial)

        def run():
            try:
                search(opened(path), slow, trials=8, seconds=None, after=nothing)
            except Exception as error:  # noqa: BLE001 - told by the assertion
                failed.append(error)

        runs = [threading.Thread(target=run) for _ in range(2)]
        for one in runs:
            one.start()
        for one in runs:
            one.join()
        study = opened(path)
        assert failed == []
        assert 8 <= len(finished(study)) <= 9
        assert len({str(params) for params in tried(study)}) == len(tried(study))

    def test_time_ends_it_too(self, tmp_path, opened):
        study = opened(tmp_path / "study.db")
        search(study, simple, trials=10**6, seconds=0.5, after=nothing)
        assert 0 < len(finished(study)) < 10**6

    def test_a_file_that_is_no_study_s_is_refused(self, tmp_path, opened):
        (tmp_path / "study.db").write_text("my thesis " * 100)
        with pytest.raises(SettingError, match=r"study\.db is no SQLite file"):
            opened(tmp_path / "study.db")
        assert (tmp_path / "study.db").read_text().startswith("my thesis")


class TestTuning:
    @pytest.fixture(scope="class")
    def tuned(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("tuning")
        task = problem(rows=400, noise=2)
        arguments = studied(task), folder / "study.db", folder / "params.toml", Budget(8), "a test"
        return folder, task, tune(*arguments, Progress(StringIO()))

    def test_leaves_a_file_that_train_takes_with_where_it_comes_from(self, tuned):
        folder, _, found = tuned
        told = read_hyperparameters(folder / "params.toml")
        assert told.params == found.best.params
        assert told.params.keys() == SPACE.keys()
        facts = {
            "fingerprint": "0" * 64,
            "seed": 0,
            "tries": 8,
            "folds": FOLDS,
            "features": "selected in each fold",
        }
        assert facts.items() <= told.provenance.items()
        assert told.provenance["log_loss"] == found.best.value

    def test_the_best_is_no_worse_than_what_the_estimator_has(self, tuned):
        _, _, found = tuned
        assert found.best.value <= found.usual

    def test_gives_up_tries_that_are_worse_than_most(self, tuned, tmp_path):
        _, task, _ = tuned
        arguments = (
            studied(task),
            tmp_path / "study.db",
            tmp_path / "params.toml",
            Budget(14),
            "a test",
        )
        states = {trial.state for trial in tune(*arguments, Progress(StringIO())).tries}
        assert states == {TrialState.COMPLETE, TrialState.PRUNED}

    def test_the_same_command_again_tries_nothing_again(self, tuned, monkeypatch):
        folder, task, found = tuned
        monkeypatch.setattr(
            "credit_scoring.laboratory.tuning.tune_hyperparameters.log_losses",
            lambda *_a: pytest.fail("tried again"),
        )
        again = tune(
            studied(task),
            folder / "study.db",
            folder / "params.toml",
            Budget(8),
            "a test",
            Progress(StringIO()),
        )
        assert again.best.params == found.best.params

    def test_other_data_or_features_are_another_study(self, tuned, tmp_path):
        folder, task, _ = tuned
        given = dataclasses.replace(task, fixed_features=("risk", "level"))
        arguments = studied(given), folder / "study.db", tmp_path / "p.toml", Budget(1), "a test"
        found = tune(*arguments, Progress(StringIO()), "my.toml")
        assert len(found.tries) == 1
        assert read_hyperparameters(tmp_path / "p.toml").provenance["features"] == "my.toml"

    def test_the_table_shows_the_best_first_and_what_the_estimator_has(self, tuned):
        _, _, found = tuned
        stream = StringIO()
        tuning_report.show(found, Console(file=stream, width=140))
        assert f"The estimator's own parameters have {found.usual:.5f}." in stream.getvalue()
        assert stream.getvalue().index(f"{found.best.value:.5f}") < stream.getvalue().index(
            "given up early"
        )


def test_the_command_writes_parameters_and_says_how_to_use_them(
    sample_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    features = tmp_path / "features.toml"
    features.write_text(
        '[[features]]\nname = "EXT_SOURCE_2"\n[[features]]\nname = "EXT_SOURCE_3"\n'
    )
    few = ["--trials", "2", "--features", str(features), "--no-track"]
    result = CliRunner().invoke(model.cli, ["tune", "--data", str(sample_folder), *few])
    assert result.exit_code == 0, result.output
    assert "train --data" in result.output
    assert "--params reports/tuning/params.toml" in " ".join(result.output.split())
    assert read_hyperparameters(Path("reports/tuning/params.toml")).provenance["tries"] == 2
    assert sorted(os.listdir("reports/tuning")) == ["params.toml", "study.db"]  # noqa: PTH208
