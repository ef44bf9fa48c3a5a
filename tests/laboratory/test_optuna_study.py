"""An Optuna study is repeatable, resumable and shared, and an interruption loses no trial."""

import contextlib
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from optuna.trial import TrialState

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.tuning import optuna_study
from credit_scoring.laboratory.tuning.optuna_study import (
    DEFAULTS,
    finished_trials,
    open_study,
    run_trials,
)
from tests.special_files import KINDS, make_special

ROOT = Path(__file__).parents[2]
KILLED_RUN = """
    import contextlib, sqlite3, sys, time
    from pathlib import Path
    from credit_scoring.laboratory.tuning import optuna_study
    optuna_study.HEARTBEAT_INTERVAL = 1
    optuna_study.GRACE_PERIOD = 2
    def has_heartbeat(trial):
        query = "SELECT count(*) FROM trial_heartbeats WHERE trial_id = ?"
        with contextlib.closing(sqlite3.connect(sys.argv[1])) as connection:
            return connection.execute(query, [trial._trial_id]).fetchone()[0]
    def objective(params, trial):
        if trial.number == 2:
            while not has_heartbeat(trial):
                time.sleep(0.1)
            print("begun", flush=True)
            time.sleep(600)
        return params["learning_rate"]
    with optuna_study.open_study(Path(sys.argv[1]), "a", 0) as study:
        optuna_study.run_trials(study, objective, 4, None, lambda: None)
"""


def do_nothing():
    pass


def simple_objective(params, _trial):
    """Needs no trees; best at three times the estimator's own learning rate."""
    return abs(params["learning_rate"] - 3 * DEFAULTS["learning_rate"])


def run(study, trials, objective=simple_objective, seconds=None):
    run_trials(study, objective, trials, seconds, do_nothing)


def params_of(study):
    return [trial.params for trial in study.trials]


@pytest.fixture
def open_studies():
    """Opens studies, and closes them at the end."""
    with contextlib.ExitStack() as stack:
        yield lambda path, name="a", seed=0: stack.enter_context(open_study(path, name, seed))


def test_first_trial_has_the_estimator_s_values(tmp_path, open_studies):
    study = open_studies(tmp_path / "study.db")
    run(study, 1)
    assert params_of(study) == [DEFAULTS]


def test_proposals_depend_on_the_seed(tmp_path, open_studies):
    proposals = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        study = open_studies(tmp_path / f"{name}.db", name, seed)
        run(study, 12)
        proposals.append(params_of(study))
    assert proposals[0] == proposals[1]
    assert proposals[0][0] == proposals[2][0]
    assert proposals[0][1:] != proposals[2][1:]


def test_resumed_study_equals_uninterrupted_one(tmp_path, open_studies):
    uninterrupted = open_studies(tmp_path / "uninterrupted.db")
    run(uninterrupted, 14)
    for trials in (5, 12, 14, 14):
        resumed = open_studies(tmp_path / "resumed.db")
        run(resumed, trials)
    assert params_of(resumed) == params_of(uninterrupted)


def test_trial_interrupted_by_ctrl_c_is_repeated(tmp_path, open_studies):
    path = tmp_path / "study.db"
    interrupted = []

    def interrupt_fourth(params, trial):
        if trial.number == 3:
            interrupted.append(params)
            raise KeyboardInterrupt
        return simple_objective(params, trial)

    with pytest.raises(KeyboardInterrupt):
        run(open_studies(path), 9, interrupt_fourth)
    assert len(finished_trials(open_studies(path))) == 3
    repeated = []

    def record(params, trial):
        repeated.append(params)
        return simple_objective(params, trial)

    study = open_studies(path)
    run(study, 9, record)
    assert repeated[0] == interrupted[0]
    assert len(repeated) == 6
    assert len(finished_trials(study)) == 9


def test_trial_of_a_killed_run_is_repeated(tmp_path, open_studies, monkeypatch):
    path = tmp_path / "study.db"
    command = [sys.executable, "-c", textwrap.dedent(KILLED_RUN), str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGKILL)
    monkeypatch.setattr(optuna_study, "HEARTBEAT_INTERVAL", 1)
    monkeypatch.setattr(optuna_study, "GRACE_PERIOD", 2)
    study = open_studies(path)
    (killed,) = study.get_trials(states=(TrialState.RUNNING,))
    assert killed.number == 2
    time.sleep(3.5)
    run(study, 5)
    assert study.trials[2].state == TrialState.FAIL
    assert killed.params in [trial.params for trial in finished_trials(study)]
    assert [trial.number for trial in finished_trials(study)][:2] == [0, 1]


def test_parallel_runs_try_different_parameters(tmp_path, open_studies):
    path = tmp_path / "study.db"
    open_studies(path)
    errors = []

    def slow_objective(params, trial):
        time.sleep(0.05)
        return simple_objective(params, trial)

    def run_thread():
        try:
            run(open_studies(path), 8, slow_objective)
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)

    threads = [threading.Thread(target=run_thread) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    study = open_studies(path)
    assert errors == []
    assert 8 <= len(finished_trials(study)) <= 9
    assert len(set(map(str, params_of(study)))) == len(study.trials)


def test_time_limit_ends_the_run(tmp_path, open_studies):
    study = open_studies(tmp_path / "study.db")
    run(study, 10**6, seconds=0.5)
    assert 0 < len(finished_trials(study)) < 10**6


@pytest.mark.parametrize(("kind", "reason"), KINDS.items())
def test_special_files_are_refused(tmp_path, open_studies, kind, reason):
    path = make_special(tmp_path / "study.db", kind)
    with pytest.raises(SettingError, match=rf"study\.db cannot hold a study \({reason}\)"):
        open_studies(path)


def test_other_files_are_refused(tmp_path, open_studies):
    path = tmp_path / "study.db"
    path.write_text("my thesis " * 100)
    with pytest.raises(SettingError, match=r"study\.db is not an SQLite file"):
        open_studies(path)
    assert path.read_text().startswith("my thesis")
