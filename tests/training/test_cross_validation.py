"""The training procedure is honest out of fold and held out, repeatable, and can be stopped."""

import dataclasses
import threading
import time

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from credit_scoring.training import cross_validation
from credit_scoring.training.cross_validation import LearningTask, train_model
from credit_scoring.training.folds import FOLDS, HELD_OUT_SHARE
from credit_scoring.training.parallel import ignore_progress
from credit_scoring.training.training_metrics import evaluate_predictions
from tests.server_process import PATIENCE
from tests.training.learning_tasks import make_task, shuffle_target


def threads_end(before):
    """Whether no more threads run than before, after a while."""
    deadline = time.monotonic() + PATIENCE
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    return threading.active_count() <= before


@pytest.fixture(scope="module")
def trained():
    return train_model(make_task(), ignore_progress)


def auc(task, predictions):
    return roc_auc_score(task.target[predictions.rows], predictions.probability)


class TestHonesty:
    def test_every_row_is_predicted_once(self, trained):
        rows = np.concatenate([trained.out_of_fold.rows, trained.held_out.rows])
        assert sorted(rows) == list(range(600))
        assert len(trained.held_out.rows) == 600 * HELD_OUT_SHARE

    def test_both_parts_have_the_same_default_rate(self, trained):
        target = make_task().target
        assert target[trained.held_out.rows].mean() == pytest.approx(
            target[trained.out_of_fold.rows].mean(), abs=0.01
        )

    def test_learns_from_informative_features(self, trained):
        assert auc(make_task(), trained.out_of_fold) > 0.65
        assert auc(make_task(), trained.held_out) > 0.6
        assert "risk" in trained.model.feature_names_in_

    def test_learns_nothing_from_a_shuffled_target(self):
        """Includes the selection among forty features: a leak would raise the AUC."""
        covered = []
        for seed in range(4):
            task = shuffle_target(make_task(noise=40, seed=seed), seed)
            out_of_fold = train_model(task, ignore_progress).out_of_fold
            interval = evaluate_predictions(task, out_of_fold, None)["roc_auc"]
            assert interval["value"] < 0.6
            covered.append(interval["low"] <= 0.5 <= interval["high"])
        assert sum(covered) >= 3

    def test_held_out_outcomes_change_nothing(self, monkeypatch):
        """Inverting them leaves features, decisions and predictions the same."""
        rows = np.arange(600)
        held_out = rows[rows % 5 == 0]
        split = (rows[rows % 5 != 0], held_out)
        monkeypatch.setattr(cross_validation, "split_held_out", lambda *_arguments: split)
        task = make_task()
        target = task.target.copy()
        target[held_out] = 1 - target[held_out]
        original = train_model(task, ignore_progress)
        inverted = train_model(dataclasses.replace(task, target=target), ignore_progress)
        for part in ("out_of_fold", "held_out"):
            for name in ("rows", "probability", "refused"):
                np.testing.assert_array_equal(
                    getattr(getattr(original, part), name),
                    getattr(getattr(inverted, part), name),
                    f"{part} {name}",
                )
        names = original.model.feature_names_in_.tolist()
        assert names == inverted.model.feature_names_in_.tolist()

    def test_folds_are_predicted_by_other_rows(self, monkeypatch):
        """Selection, calibration and threshold of a fold use the other folds only."""
        splits = []
        predict = cross_validation.predict_held_out

        def spy(task, split, names, report):
            splits.append([set(rows.tolist()) for rows in split])
            return predict(task, split, names, report)

        monkeypatch.setattr(cross_validation, "predict_held_out", spy)
        train_model(make_task(noise=2), ignore_progress)
        assert len(splits) == FOLDS + 1
        assert all(not fit_rows & held_out for fit_rows, held_out in splits)


class TestRepeatability:
    def test_same_seed_gives_same_model(self, trained):
        again = train_model(make_task(), ignore_progress)
        np.testing.assert_array_equal(
            again.out_of_fold.probability, trained.out_of_fold.probability
        )
        assert again.model.__getstate__() == trained.model.__getstate__()

    def test_another_seed_gives_another_model(self, trained):
        other = train_model(dataclasses.replace(make_task(), seed=1), ignore_progress)
        assert other.model.__getstate__() != trained.model.__getstate__()


class TestProgress:
    def test_rises_to_the_total(self):
        reports = []
        train_model(make_task(noise=2), lambda done, total: reports.append((done, total)))
        done = [report[0] for report in reports]
        assert done == sorted(done)
        assert reports[-1] == (100 * (FOLDS + 2), 100 * (FOLDS + 2))

    def test_an_error_ends_the_other_fits(self, monkeypatch):
        fit = LearningTask.fit
        calls = []

        def fail_second(self, rows, names, report):
            calls.append(rows)
            if len(calls) == 2:
                raise ValueError("no more")
            return fit(self, rows, names, report)

        monkeypatch.setattr(LearningTask, "fit", fail_second)
        before = threading.active_count()
        with pytest.raises(ValueError, match="no more"):
            train_model(make_task(), ignore_progress)
        assert len(calls) < FOLDS + 2
        assert threads_end(before)

    def test_ctrl_c_ends_every_fit(self):
        """Raised by the report of the first fit."""
        before = threading.active_count()

        def interrupt(done, _total):
            if done > 0:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train_model(make_task(), interrupt)
        assert threads_end(before)
