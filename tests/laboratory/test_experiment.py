"""Experiments: the same applicants for the same seed, and fingerprints that notice every change."""

import io
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.experiment import (
    code_fingerprint,
    load_experiment,
    sample_applicants,
    task_fingerprint,
)
from credit_scoring.progress import Progress
from credit_scoring.training.metrics import Costs
from tests.training.learning_tasks import make_task


def test_experiment_describes_its_data(sample_folder):
    experiment = load_experiment(
        sample_folder, seed=3, costs=Costs(), allowed=(), progress=Progress(io.StringIO())
    )
    task = experiment.task
    assert experiment.facts["applicants"] == len(task.target) == task.features.height
    assert experiment.facts["defaults"] == task.target.sum()
    assert experiment.facts["seed"] == 3
    assert "CODE_GENDER" not in task.features.columns
    assert experiment.fingerprint == task_fingerprint(task)


class TestSample:
    def test_has_the_default_rate_of_all(self):
        task = make_task(rows=1000)
        sample = sample_applicants(task, 500)
        assert len(sample.target) == sample.features.height == 500
        assert sample.target.mean() == pytest.approx(task.target.mean(), abs=0.002)

    def test_depends_on_the_seed_only(self):
        task = make_task(rows=1000)
        features = sample_applicants(task, 500).features
        assert features.equals(sample_applicants(task, 500).features)
        assert not features.equals(sample_applicants(replace(task, seed=1), 500).features)

    def test_keeps_the_copies_of_its_rows_together(self):
        task = replace(make_task(rows=1000), groups=np.arange(1000) // 4)
        sample = sample_applicants(task, 500)
        assert len(sample.groups) == 500
        assert sample.groups.max() > 200
        assert len(sample.folds(2)) == 2

    @pytest.mark.parametrize("rows", [None, 600, 10**6])
    def test_is_all_if_there_are_no_more(self, rows):
        task = make_task(rows=600)
        assert sample_applicants(task, rows) is task

    def test_needs_enough_of_each_class(self):
        message = r"--rows 200 leaves \d+ of the rarer class: give more, 50 are needed"
        with pytest.raises(SettingError, match=message):
            sample_applicants(make_task(rows=600), 200)


class TestFingerprints:
    def test_same_task_has_same_fingerprint(self):
        assert task_fingerprint(make_task()) == task_fingerprint(make_task())

    def test_every_change_of_the_task_is_noticed(self):
        task = make_task()
        target = task.target.copy()
        target[0] = 1 - target[0]
        first_row = pl.int_range(pl.len()) == 0
        noise = pl.when(first_row).then(0.5).otherwise(pl.col("noise_5")).cast(pl.Float32)
        tasks = [
            task,
            replace(task, seed=1),
            replace(task, costs=Costs(5, 1)),
            replace(task, params={"num_leaves": 8}),
            replace(task, fixed_features=("risk",)),
            replace(task, target=target),
            replace(task, features=task.features.with_columns(noise.alias("noise_5"))),
            replace(task, features=task.features.rename({"noise_5": "noise_6"})),
        ]
        assert len({task_fingerprint(changed) for changed in tasks}) == len(tasks)

    def test_code_fingerprint_depends_on_the_modules(self):
        cache_module = "credit_scoring.laboratory.result_cache"
        assert code_fingerprint() == code_fingerprint()
        assert code_fingerprint() != code_fingerprint(cache_module)
        assert code_fingerprint(cache_module) != code_fingerprint("credit_scoring.laboratory")
