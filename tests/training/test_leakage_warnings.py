"""Nothing of the outcome leaks through the chain, and a feature that knows the outcome does not pass in silence."""

import dataclasses
import io

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from credit_scoring.features.assemble import FeatureTable
from credit_scoring.progress import Progress
from credit_scoring.training.cross_validation import train
from credit_scoring.training.hyperparameter_file import Hyperparameters, write_parameters
from credit_scoring.training.leakage_warnings import warn_about_leakage
from credit_scoring.training.metrics import Costs
from credit_scoring.training.overrides import read_overrides
from credit_scoring.training.train import Task, train_and_write_bundle
from credit_scoring.training.training_metrics import evaluate
from credit_scoring.training.training_report import show
from tests.training.learning_tasks import feature, problem


def quiet(_done, _total):
    pass


class TestAShuffledTarget:
    """Through selection among forty features, calibration and threshold."""

    @pytest.fixture(scope="class")
    def judged(self):
        found = []
        for seed in range(3):
            task = problem(noise=40, seed=seed)
            task = dataclasses.replace(
                task, target=np.random.default_rng(seed).permutation(task.target)
            )
            trained = train(task, quiet)
            found.append((task, trained, evaluate(task, trained.out_of_fold, None)))
        return found

    def test_is_not_ranked(self, judged):
        aucs = [figures["roc_auc"] for _, _, figures in judged]
        assert sum(auc["low"] <= 0.5 <= auc["high"] for auc in aucs) >= 2
        assert abs(np.mean([auc["value"] for auc in aucs]) - 0.5) < 0.05

    def test_is_calibrated_to_the_base_rate(self, judged):
        for task, trained, _ in judged:
            probability = trained.out_of_fold.probability
            assert probability.mean() == pytest.approx(task.target.mean(), abs=0.03)
            assert probability.std() < 0.1

    def test_gives_no_threshold_that_saves_anything(self, judged):
        for _, _, figures in judged:
            trivial = min(figures["cost_accept_all"]["value"], figures["cost_refuse_all"]["value"])
            assert figures["cost_per_applicant"]["high"] >= trivial


class TestAFeatureThatIsTheTarget:
    def with_outcome(self, values):
        task = problem(noise=2)
        features = task.features.with_columns(
            pl.Series("recovered", values(task.target), dtype=pl.Float32)
        )
        catalogue = [*task.catalogue, feature("recovered")]
        return dataclasses.replace(task, features=features, catalogue=catalogue)

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param(lambda y: y.tolist(), id="the outcome itself"),
            pytest.param(lambda y: (1000.0 - 3 * y).tolist(), id="turned round"),
            pytest.param(
                lambda y: [None if bad else 5.0 for bad in y], id="missing where it defaulted"
            ),
        ],
    )
    def test_is_warned_of(self, values):
        (note,) = warn_about_leakage(self.with_outcome(values), ["risk", "noise_0", "recovered"])
        assert note.startswith("Warning: recovered ranks the outcome by itself (AUC 1.000)")

    def test_what_merely_tells_the_risk_is_not(self):
        assert warn_about_leakage(problem(), ["risk", "level", "noise_0"]) == []

    def test_is_shouted_by_the_report_and_kept_in_the_manifest(self, tmp_path):
        task = self.with_outcome(lambda y: y.tolist())
        ids = pl.Series("SK_ID_CURR", range(len(task.target)))
        table = FeatureTable(
            ids, task.features, pl.Series("TARGET", task.target), tuple(task.catalogue)
        )
        facts = {"fingerprint": "0", "applicants": len(ids), "defaults": 1}
        write_parameters(
            tmp_path / "short.toml", Hyperparameters({"num_iterations": 60})
        )  # else it learns for ever
        how = {"seed": 0, "costs": Costs(), "allowed": (), "made_by": "a test"}
        order = Task(
            table, facts, tmp_path / "m", **how, given=read_overrides(tmp_path / "short.toml", None)
        )
        result = train_and_write_bundle(order, Progress(io.StringIO()))
        stream = io.StringIO()
        show(result, Console(file=stream, width=300))
        assert "Warning: recovered ranks the outcome by itself" in stream.getvalue()
        assert (
            b"Warning: recovered ranks the outcome by itself"
            in (tmp_path / "m/model.json").read_bytes()
        )
