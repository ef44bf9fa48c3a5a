"""The comparison ranks by cost, selects features in the folds, and can be resumed."""

import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl
import psutil
import pytest

from credit_scoring.laboratory.comparison import evaluate_candidate
from credit_scoring.laboratory.comparison.candidates import SERVED, Candidate, TrainingEffort
from credit_scoring.laboratory.comparison.compare_models import (
    METRICS,
    ComparisonSettings,
    comparison_cache,
)
from credit_scoring.training import cross_validation
from credit_scoring.training.folds import stratified_folds
from tests.laboratory.comparison_runs import CANDIDATES, EFFORT, make_experiment, run_comparison
from tests.server_process import PATIENCE
from tests.training.learning_tasks import make_task

ROOT = Path(__file__).parents[2]
RESULTS = "evaluate_candidate/*/output.pkl"  # in the cache
INTERRUPTED_COMPARISON = """
    import signal, sys
    from pathlib import Path
    # ignored if the tests run in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from tests.laboratory.comparison_runs import run_comparison
    run_comparison(Path(sys.argv[1]), workers=2)
"""


def count_fits(monkeypatch):
    """The candidates that are fitted from now on, in this process."""
    fitted = []
    fit = evaluate_candidate._fit_candidate

    def spy(candidate, *arguments):
        fitted.append(candidate)
        return fit(candidate, *arguments)

    monkeypatch.setattr(evaluate_candidate, "_fit_candidate", spy)
    return fitted


class TestRows:
    def test_cheapest_comes_first(self, comparison_rows):
        costs = [row.figures["cost_per_applicant"]["value"] for row in comparison_rows]
        assert costs == sorted(costs)
        assert comparison_rows[-1].candidate.model == "dummy"

    def test_every_metric_has_an_interval(self, comparison_rows):
        for row in comparison_rows:
            assert row.figures.keys() == set(METRICS)
            for interval in row.figures.values():
                assert interval["low"] <= interval["value"] <= interval["high"]
            assert row.train_seconds > 0
            assert row.predict_ms > 0

    def test_differences_are_to_best_and_served(self, comparison_rows):
        best, *others = comparison_rows
        served = next(row for row in comparison_rows if row.candidate.name == SERVED)
        assert best.over_best is None
        assert served.over_served is None
        best_cost = best.figures["cost_per_applicant"]["value"]
        for row in others:
            extra_cost = row.figures["cost_per_applicant"]["value"] - best_cost
            assert row.over_best["value"] == pytest.approx(extra_cost)
            assert row.over_best["real"] == (row.over_best["low"] > 0)

    def test_only_the_dummy_is_significantly_worse(self, comparison_rows):
        *similar, dummy = comparison_rows[1:]
        assert dummy.over_best["real"]
        assert not any(row.over_best["real"] for row in similar)

    def test_features_are_selected_on_training_rows(self, tmp_path, monkeypatch):
        task = make_task(rows=400, noise=2)
        row_numbers = pl.arange(400).cast(pl.Float32)
        task = replace(task, features=task.features.with_columns(noise_0=row_numbers))
        row_sets = []

        def select(features, *_arguments):
            row_sets.append(sorted(features["noise_0"].cast(int)))
            return [["risk"]] * task.n_boosters

        monkeypatch.setattr(cross_validation, "select_by_gain", select)
        run_comparison(tmp_path, CANDIDATES[:2], task)
        splits = stratified_folds(task.target, 2, task.seed)
        assert sorted(row_sets) == sorted(fit_rows.tolist() for fit_rows, _ in splits)


class TestCache:
    @pytest.mark.usefixtures("comparison_rows")
    def test_second_run_computes_nothing(self, comparison_folder, comparison_rows, monkeypatch):
        fitted = count_fits(monkeypatch)
        fail = partial(pytest.fail, "selected again")
        monkeypatch.setattr(cross_validation, "select_by_gain", lambda *_arguments: fail())
        assert run_comparison(comparison_folder) == comparison_rows
        assert fitted == []

    @pytest.mark.usefixtures("comparison_rows")
    def test_only_missing_or_damaged_results_are_computed(
        self, comparison_folder, tmp_path, monkeypatch
    ):
        folder = shutil.copytree(comparison_folder, tmp_path / "copy")
        next(folder.rglob(RESULTS)).write_bytes(b"half")
        fitted = count_fits(monkeypatch)
        new = Candidate("logistic_regression", "class_weights")
        rows = run_comparison(folder, [*CANDIDATES, new])
        assert fitted.count(new) == 2
        assert len(fitted) == 3
        assert {row.candidate for row in rows} == {*CANDIDATES, new}

    def test_other_data_folds_or_effort_use_another_cache(self, tmp_path):
        experiment = make_experiment(make_task(rows=300))
        other = make_experiment(make_task(rows=300, seed=1))
        caches = [
            comparison_cache(experiment, tmp_path, ComparisonSettings(2, EFFORT)),
            comparison_cache(other, tmp_path, ComparisonSettings(2, EFFORT)),
            comparison_cache(experiment, tmp_path, ComparisonSettings(3, EFFORT)),
            comparison_cache(experiment, tmp_path, ComparisonSettings(2, TrainingEffort())),
        ]
        assert len({cache.location for cache in caches}) == 4


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl-C"])
def test_interrupted_comparison_resumes(tmp_path, sent, monkeypatch):
    """It leaves no process behind and loses no finished result."""
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED_COMPARISON), str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
        while process.poll() is None and not list(tmp_path.rglob(RESULTS)):
            time.sleep(0.01)
        assert process.poll() is None, process.stderr.read().decode()
        workers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(sent)
        process.communicate()
    assert process.returncode != 0
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE)
    assert alive == []
    finished = {path: path.stat().st_mtime_ns for path in tmp_path.rglob(RESULTS)}
    assert len(list(tmp_path.rglob("select_fold_features/*/output.pkl"))) == 2
    assert 1 <= len(finished) < 2 * len(CANDIDATES)
    fitted = count_fits(monkeypatch)
    assert len(run_comparison(tmp_path)) == len(CANDIDATES)
    assert len(fitted) == 2 * len(CANDIDATES) - len(finished)
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
