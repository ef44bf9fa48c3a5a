"""What the experiment's commands share: the same applicants and folds for the same seed, work that is never lost."""

import io
import os
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import pytest

from credit_scoring.errors import SettingError
from credit_scoring.laboratory import experiment
from credit_scoring.laboratory import result_cache as kept_module
from credit_scoring.laboratory.experiment import (
    code_fingerprint,
    coded,
    drawn,
    load_experiment,
    side_by_side,
    splits_of,
    task_fingerprint,
    together,
)
from credit_scoring.laboratory.result_cache import Kept
from credit_scoring.progress import Progress
from credit_scoring.training.metrics import Costs
from tests.reliability.crowd import until
from tests.training.learning_tasks import problem


def quiet(_done, _total):
    pass


def keep_process(kept, name):
    kept.keep(name, {"process": np.array(os.getpid())})


def fail(error):
    raise error


def fail_once_kept(kept, name, error):
    """The other process has finished its piece by then."""
    until(lambda: kept.find(name), seconds=60)
    raise error


class TestAStudy:
    def test_of_tables_knows_the_data_and_no_prohibited_attribute(self, sample_folder):
        study = load_experiment(
            sample_folder, seed=3, costs=Costs(), allowed=(), progress=Progress(io.StringIO())
        )
        assert (
            study.facts["applicants"] == len(study.problem.target) == study.problem.features.height
        )
        assert study.facts["defaults"] == study.problem.target.sum()
        assert study.facts["seed"] == 3
        assert "CODE_GENDER" not in study.problem.features.columns
        assert study.fingerprint == task_fingerprint(study.problem)


class TestDrawing:
    def test_takes_as_many_defaults_as_there_are_among_all(self):
        task = problem(rows=1000)
        some = drawn(task, 500)
        assert len(some.target) == some.features.height == 500
        assert some.target.mean() == pytest.approx(task.target.mean(), abs=0.002)

    def test_takes_the_same_by_the_same_seed(self):
        task = problem(rows=1000)
        other = drawn(replace(task, seed=1), 500)
        assert drawn(task, 500).features.equals(drawn(task, 500).features)
        assert not drawn(task, 500).features.equals(other.features)

    @pytest.mark.parametrize("rows", [None, 600, 10**6])
    def test_takes_all_where_there_are_no_more(self, rows):
        task = problem(rows=600)
        assert drawn(task, rows) is task

    def test_refuses_a_number_that_leaves_too_few(self):
        with pytest.raises(
            SettingError,
            match=r"--rows 200 leaves \d+ of the rarer class: give more, 50 are needed",
        ):
            drawn(problem(rows=600), 200)


class TestTheFingerprint:
    def test_is_the_same_for_the_same(self):
        assert task_fingerprint(problem()) == task_fingerprint(problem())

    def test_tells_every_change_apart(self):
        task = problem()
        turned = task.target.copy()
        turned[0] = 1 - turned[0]
        last = (
            pl.when(pl.int_range(pl.len()) == 0)
            .then(0.5)
            .otherwise(pl.col("noise_5"))
            .cast(pl.Float32)
        )
        changed = [
            replace(task, seed=1),
            replace(task, costs=Costs(5, 1)),
            replace(task, params={"num_leaves": 8}),
            replace(task, chosen=("risk",)),
            replace(task, target=turned),
            replace(task, features=task.features.with_columns(last.alias("noise_5"))),
            replace(task, features=task.features.rename({"noise_5": "noise_6"})),
        ]
        assert len({task_fingerprint(one) for one in [task, *changed]}) == len(changed) + 1

    def test_of_the_code_is_that_of_its_files(self):
        assert code_fingerprint(experiment) == code_fingerprint(experiment)
        assert (
            len(
                {
                    code_fingerprint(experiment),
                    code_fingerprint(kept_module),
                    code_fingerprint(experiment, kept_module),
                }
            )
            == 3
        )


def test_coded_features_are_numbers_with_levels_by_the_contract_s_order():
    levels = pl.Enum(["b", "a"])
    frame = pl.DataFrame(
        {"x": [1.5, None, 3.0], "level": ["a", "b", None]},
        schema={"x": pl.Float32, "level": levels},
    )
    np.testing.assert_array_equal(
        coded(frame), np.array([[1.5, 1], [np.nan, 0], [3, np.nan]], np.float32)
    )


class TestSplits:
    def test_judge_every_applicant_once_by_a_model_that_had_not_seen_him(self):
        task = problem(rows=600)
        splits = splits_of(task, 4)
        assert sorted(np.concatenate([others for _, others in splits])) == list(range(600))
        assert all(not set(rows) & set(others) for rows, others in splits)
        rates = [task.target[others].mean() for _, others in splits]
        assert np.ptp(rates) < 0.01

    def test_are_the_same_for_all_and_put_together_in_their_order(self):
        task = problem(rows=600)
        splits = splits_of(task, 3)
        found = [
            {"probability": others / 600, "refused": others > 300}
            for _, others in splits_of(task, 3)
        ]
        judged = together(splits, found)
        np.testing.assert_array_equal(judged.probability, judged.rows / 600)
        np.testing.assert_array_equal(judged.refused, judged.rows > 300)


class TestWorkSideBySide:
    def test_runs_in_processes_of_its_own_and_tells_how_far_it_is(self, tmp_path):
        kept, heard = Kept(tmp_path), []
        side_by_side(
            [partial(keep_process, kept, str(i)) for i in range(4)],
            lambda *pair: heard.append(pair),
            jobs=2,
        )
        assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]
        assert os.getpid() not in {int(kept.require(str(i))["process"]) for i in range(4)}

    def test_loses_no_finished_piece_when_another_fails_and_tells_why(self, tmp_path):
        """A failure that could not travel between processes arrives in words, where it came from with them."""
        kept = Kept(tmp_path)
        work = [
            partial(keep_process, kept, "done"),
            partial(fail_once_kept, kept, "done", KeyError("of the worker")),
            *[partial(min, 1, 2)] * 4,
        ]
        with pytest.raises(RuntimeError, match=r"(?s)in fail_once_kept.*KeyError: 'of the worker'"):
            side_by_side(work, quiet, jobs=2)
        assert kept.find("done") is not None

    def test_an_error_of_ours_arrives_as_it_was(self):
        with pytest.raises(SettingError, match=r"^the disk is full$"):
            side_by_side([partial(fail, SettingError("the disk is full"))] * 2, quiet, jobs=2)

    @pytest.mark.parametrize("options", [{"jobs": 1}, {"by": "threads", "jobs": 2}])
    def test_needs_no_process_where_one_at_a_time_or_threads_will_do(self, tmp_path, options):
        kept = Kept(tmp_path)
        side_by_side([partial(keep_process, kept, str(i)) for i in range(2)], quiet, **options)
        assert {int(kept.require(str(i))["process"]) for i in range(2)} == {os.getpid()}

    def test_no_work_is_no_error(self):
        side_by_side([], quiet)
