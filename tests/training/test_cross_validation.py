"""The procedure: honest out of fold and held out, repeatable, and stopped when asked to."""

import dataclasses
import threading
import time

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from credit_scoring.training import cross_validation
from credit_scoring.training.cross_validation import FOLDS, HELD_OUT, LearningTask, train
from credit_scoring.training.training_metrics import evaluate
from tests.training.learning_tasks import problem


def quiet(_done, _total):
    pass


def soon_ended(before):
    """Whether within ten seconds no more threads run than before."""
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    return threading.active_count() <= before


@pytest.fixture(scope="module")
def trained():
    return train(problem(), quiet)


def auc(task, judged):
    return roc_auc_score(task.target[judged.rows], judged.probability)


class TestHonest:
    def test_out_of_fold_and_held_out_rows_are_all_rows_once(self, trained):
        rows = np.concatenate([trained.out_of_fold.rows, trained.held_out.rows])
        assert sorted(rows) == list(range(600))
        assert len(trained.held_out.rows) == 600 * HELD_OUT

    def test_both_parts_have_the_same_share_of_defaults(self, trained):
        target = problem().target
        assert target[trained.held_out.rows].mean() == pytest.approx(
            target[trained.out_of_fold.rows].mean(), abs=0.01
        )

    def test_what_tells_the_risk_is_learned(self, trained):
        assert auc(problem(), trained.out_of_fold) > 0.65
        assert auc(problem(), trained.held_out) > 0.6
        assert "risk" in trained.model.feature_names_in_

    def test_a_target_without_any_information_is_not_learned(self):
        """Through the whole procedure, selection among forty features included: a leak would lift the AUC."""
        seen = []
        for seed in range(4):
            task = problem(noise=40, seed=seed)
            shuffled = dataclasses.replace(
                task, target=np.random.default_rng(seed).permutation(task.target)
            )
            figure = evaluate(shuffled, train(shuffled, quiet).out_of_fold, None)["roc_auc"]
            assert figure["value"] < 0.6
            seen.append(figure["low"] <= 0.5 <= figure["high"])
        assert sum(seen) >= 3

    def test_held_out_rows_decide_nothing(self, monkeypatch):
        """Turn their targets round: the same features, decisions and figures, out of fold and for them."""
        every = np.arange(600)
        training, held_out = every[every % 5 != 0], every[every % 5 == 0]
        monkeypatch.setattr(
            cross_validation, "train_test_split", lambda *_a, **_k: (training, held_out)
        )
        task = problem()
        target = task.target.copy()
        target[held_out] = 1 - target[held_out]
        one, other = train(task, quiet), train(dataclasses.replace(task, target=target), quiet)
        for part in ("out_of_fold", "held_out"):
            for name in ("rows", "probability", "refused"):
                np.testing.assert_array_equal(
                    getattr(getattr(one, part), name),
                    getattr(getattr(other, part), name),
                    f"{part} {name}",
                )
        assert one.model.feature_names_in_.tolist() == other.model.feature_names_in_.tolist()

    def test_a_fold_decides_nothing_about_itself(self, monkeypatch):
        """Features are selected, thresholds chosen and calibration fitted on the other folds."""
        seen = []
        judge = cross_validation._judge_chosen

        def spy(task, rows, others, names, report):
            seen.append((set(rows.tolist()), set(others.tolist())))
            return judge(task, rows, others, names, report)

        monkeypatch.setattr(cross_validation, "_judge_chosen", spy)
        train(problem(noise=2), quiet)
        assert len(seen) == FOLDS + 1
        assert all(not rows & others for rows, others in seen)


class TestRepeatable:
    def test_the_same_seed_gives_the_same(self, trained):
        again = train(problem(), quiet)
        np.testing.assert_array_equal(
            again.out_of_fold.probability, trained.out_of_fold.probability
        )
        assert again.model.__getstate__() == trained.model.__getstate__()

    def test_another_seed_another_model(self, trained):
        other = train(dataclasses.replace(problem(), seed=1), quiet)
        assert other.model.__getstate__() != trained.model.__getstate__()


class TestProgress:
    def test_it_never_goes_back_and_ends_whole(self):
        heard = []
        train(problem(noise=2), lambda done, total: heard.append((done, total)))
        done = [d for d, _ in heard]
        assert done == sorted(done)
        assert heard[-1][0] == heard[-1][1] == 100 * (FOLDS + 2)

    def test_an_error_in_one_fit_is_told_at_once_and_ends_the_others(self, monkeypatch):
        fit, calls = LearningTask.fit, []

        def failing(self, rows, names, report):
            calls.append(rows)
            if len(calls) == 2:
                raise ValueError("no more")
            return fit(self, rows, names, report)

        monkeypatch.setattr(LearningTask, "fit", failing)
        before = threading.active_count()
        with pytest.raises(ValueError, match="no more"):
            train(problem(), quiet)
        assert len(calls) < FOLDS + 2
        assert soon_ended(before)

    def test_ctrl_c_ends_every_fit(self):
        """It arrives in the main thread, here from the report of the first fit."""
        before = threading.active_count()

        def interrupted(done, _total):
            if done > 0:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train(problem(), interrupted)
        assert soon_ended(before)
