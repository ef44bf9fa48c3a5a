"""No step of training leaks the outcome, and a feature that leaks it causes a warning."""

import dataclasses
import io

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from credit_scoring.features.assemble import FeatureTable
from credit_scoring.progress import Progress
from credit_scoring.training.cross_validation import train_model
from credit_scoring.training.hyperparameter_file import Hyperparameters
from credit_scoring.training.leakage_warnings import warn_about_leakage
from credit_scoring.training.overrides import Overrides
from credit_scoring.training.parallel import ignore_progress
from credit_scoring.training.train import TrainingData, TrainingOptions, train_and_write_bundle
from credit_scoring.training.training_metrics import evaluate_predictions
from credit_scoring.training.training_report import print_training_report
from tests.training.learning_tasks import make_feature, make_task, shuffle_target


@pytest.fixture(scope="module")
def evaluations():
    evaluations = []
    for seed in range(3):
        task = shuffle_target(make_task(noise=40, seed=seed), seed)
        out_of_fold = train_model(task, ignore_progress).out_of_fold
        evaluations.append((task, out_of_fold, evaluate_predictions(task, out_of_fold, None)))
    return evaluations


class TestShuffledTarget:
    """Through selection among forty features, calibration and threshold."""

    def test_is_not_ranked(self, evaluations):
        aucs = [metrics["roc_auc"] for _, _, metrics in evaluations]
        assert sum(auc["low"] <= 0.5 <= auc["high"] for auc in aucs) >= 2
        assert abs(np.mean([auc["value"] for auc in aucs]) - 0.5) < 0.05

    def test_is_calibrated_to_the_base_rate(self, evaluations):
        for task, out_of_fold, _ in evaluations:
            probability = out_of_fold.probability
            assert probability.mean() == pytest.approx(task.target.mean(), abs=0.03)
            assert probability.std() < 0.1

    def test_has_no_threshold_that_saves_costs(self, evaluations):
        for _, _, metrics in evaluations:
            costs = (metrics["cost_accept_all"]["value"], metrics["cost_refuse_all"]["value"])
            assert metrics["cost_per_applicant"]["high"] >= min(costs)


class TestLeakingFeature:
    def with_leak(self, values):
        task = make_task(noise=2)
        leak = pl.Series("recovered", values(task.target), dtype=pl.Float32)
        catalogue = [*task.catalogue, make_feature("recovered")]
        features = task.features.with_columns(leak)
        return dataclasses.replace(task, features=features, catalogue=catalogue)

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param(lambda target: target.tolist(), id="the outcome"),
            pytest.param(lambda target: (1000.0 - 3 * target).tolist(), id="inverted"),
            pytest.param(
                lambda target: [None if default else 5.0 for default in target],
                id="missing for defaults",
            ),
        ],
    )
    def test_causes_a_warning(self, values):
        (warning,) = warn_about_leakage(self.with_leak(values), ["risk", "noise_0", "recovered"])
        assert warning.startswith("Warning: recovered alone predicts the outcome (AUC 1.000)")

    def test_an_informative_feature_causes_none(self):
        assert warn_about_leakage(make_task(), ["risk", "level", "noise_0"]) == []

    def test_warning_is_in_report_and_manifest(self, tmp_path):
        task = self.with_leak(lambda target: target.tolist())
        applicants = pl.Series("SK_ID_CURR", range(len(task.target)))
        target = pl.Series("TARGET", task.target)
        table = FeatureTable(applicants, task.features, target, tuple(task.catalogue))
        facts = {
            "source": "a test",
            "generated_sample": False,
            "fingerprint": "0" * 64,
            "applicants": len(applicants),
            "defaults": 1,
            "tables": ["application"],
        }
        # without a limit of rounds it would learn for minutes
        (tmp_path / "short.toml").write_text("[params]\nnum_iterations = 60\n")
        overrides = Overrides(
            Hyperparameters({"num_iterations": 60}), files={"params": tmp_path / "short.toml"}
        )
        options = TrainingOptions(made_by="a test", overrides=overrides)
        progress = Progress(io.StringIO())
        data = TrainingData(table, facts)
        result = train_and_write_bundle(data, tmp_path / "m", options, progress)
        screen = io.StringIO()
        print_training_report(result, Console(file=screen, width=300))
        warning = "Warning: recovered alone predicts the outcome"
        assert warning in screen.getvalue()
        assert warning in (tmp_path / "m/model.json").read_text(encoding="utf-8")
