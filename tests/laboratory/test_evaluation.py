"""Evaluation of bundles: the app's probabilities, and a flag for data seen in training."""

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.manifest import MANIFEST_FILE
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.commands.evaluate import cost_difference_in_words
from credit_scoring.errors import BundleError, FeatureError, TableError
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.laboratory.evaluation.evaluate_bundle import (
    compare_bundles,
    evaluate_bundle,
    evaluation_plots,
)
from credit_scoring.laboratory.score_dataset import (
    load_labelled,
    load_verified_bundle,
    predict_dataset,
)
from credit_scoring.progress import Progress
from credit_scoring.sample import generate_sample
from credit_scoring.training.train import TrainingOptions, train_on_flat_table
from tests.training.lender_table import make_lender_table


@pytest.fixture(scope="module")
def loaded(bundle_folder):
    return load_verified_bundle(bundle_folder)


@pytest.fixture(scope="module")
def new_applicants(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    generate_sample(folder, applicants=700, seed=21)
    return folder


@pytest.fixture(scope="module")
def evaluation(loaded, new_applicants):
    return evaluate_bundle(loaded, new_applicants)


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    """A lender's table and a bundle trained on it."""
    folder = tmp_path_factory.mktemp("flat")
    columns = ("loan_id", "Défaut", "Montant prêt, €", "dti", "purpose", "age")
    make_lender_table().select(columns).write_csv(folder / "loans.csv")
    schema = infer_schema(read_flat_table(folder / "loans.csv"), target="Défaut", key="loan_id")
    options = TrainingOptions(made_by="a test")
    progress = Progress(io.StringIO())
    train_on_flat_table(folder / "loans.csv", folder / "bundle", schema, options, progress)
    return folder


class TestLoading:
    def test_probabilities_equal_the_app_s(self, loaded, scorer, new_applicants):
        (dataset,) = load_labelled(new_applicants, loaded)
        predictions = predict_dataset(loaded, dataset)
        for position in range(0, len(dataset.target), 40):
            row = dataset.table.features.row(position, named=True)
            inputs = {feature.name: row[feature.name] for feature in scorer.requested_features}
            decision = scorer.score(inputs)
            assert predictions.probability[position] == decision.probability
            assert predictions.refused[position] == bool(decision.score)

    @pytest.fixture
    def with_first_feature(self, loaded):
        """Makes the bundle with something changed in its first feature."""

        def make(**changed):
            manifest = loaded.bundle.manifest
            first, *others = manifest.features
            first = replace(first, feature=replace(first.feature, **changed))
            manifest = replace(manifest, features=(first, *others))
            return replace(loaded, bundle=replace(loaded.bundle, manifest=manifest))

        return make

    def test_changed_formula_is_refused(self, with_first_feature, new_applicants):
        changed = with_first_feature(formula="a sum of another kind")
        with pytest.raises(FeatureError, match=r"was computed as .* in training, now as"):
            load_labelled(new_applicants, changed)

    def test_unknown_feature_is_refused(self, with_first_feature, new_applicants):
        changed = with_first_feature(name="bureau_moon_phase")
        message = r"needs bureau_moon_phase, .* \(1 such features\): train"
        with pytest.raises(FeatureError, match=message):
            load_labelled(new_applicants, changed)

    def test_missing_table_is_refused(self, loaded, new_applicants, tmp_path):
        data = shutil.copytree(new_applicants, tmp_path / "data")
        (data / "previous_application.parquet").unlink()
        with pytest.raises(FeatureError, match="has no previous_application: the model"):
            load_labelled(data, loaded)

    def test_single_outcome_is_refused(self, loaded, new_applicants, tmp_path):
        data = shutil.copytree(new_applicants, tmp_path / "data")
        path = data / "application_train.parquet"
        pl.read_parquet(path).with_columns(TARGET=pl.col("TARGET") * 0).write_parquet(path)
        message = r"TARGET is 0 for all \d+ applicants: expected both outcomes"
        with pytest.raises(FeatureError, match=message):
            load_labelled(data, loaded)

    def test_data_without_outcomes_are_refused(self, loaded, new_applicants, tmp_path):
        shutil.copy(new_applicants / "application_test.parquet", tmp_path)
        with pytest.raises(TableError, match="application_train"):
            load_labelled(tmp_path, loaded)


class TestEvaluation:
    def test_metrics_have_intervals(self, evaluation):
        calibration = ("calibration_slope", "calibration_intercept")
        for name in ("roc_auc", *calibration, "true_roc_auc", "true_positive"):
            metric = evaluation.metrics[name]
            assert metric["low"] <= metric["value"] <= metric["high"], name

    def test_true_probabilities_have_a_lower_log_loss(self, evaluation):
        metrics = evaluation.metrics
        assert metrics["true_log_loss"]["value"] < metrics["log_loss"]["value"]

    def test_only_training_data_are_in_sample(self, loaded, evaluation, sample_folder):
        in_sample = evaluate_bundle(loaded, sample_folder)
        assert in_sample.in_sample
        assert not evaluation.in_sample
        own_auc = in_sample.metrics["roc_auc"]["value"]
        assert own_auc > evaluation.metrics["roc_auc"]["value"]

    def test_json_has_curves_and_calibration(self, evaluation, loaded):
        content = json.loads(json.dumps(evaluation.as_dict(), allow_nan=False))
        assert content["model_version"] == loaded.version
        assert len(content["calibration"]) == 10
        curves = {"threshold", "recall", "precision", "cost_per_applicant"}
        assert curves <= content["curves"].keys()

    def test_plots_are_png_files(self, evaluation):
        plots = evaluation_plots(evaluation)
        curves = {"cost_curve.png", "roc_pr.png", "calibration.png"}
        assert plots.keys() == {*curves, "importance.png", "confusion_matrix.png"}
        assert all(content.startswith(b"\x89PNG") for content in plots.values())


class TestComparison:
    def test_bundle_does_not_differ_from_itself(self, loaded, new_applicants, evaluation):
        comparison = compare_bundles(loaded, loaded, new_applicants)
        assert comparison.first.metrics == evaluation.metrics
        differences = {tuple(metric.values()) for metric in comparison.difference.values()}
        assert differences == {(0.0, 0.0, 0.0)}
        words = cost_difference_in_words(comparison)
        assert "costs as much per applicant as " in words
        assert words.endswith("(95 % interval of the difference: +0.0000 to +0.0000).")

    def test_accepting_everyone_costs_significantly_more(self, loaded, sample_folder):
        """On the training data, on which even this small model is certainly better than none."""
        careless = load_verified_bundle(loaded.folder)
        careless.bundle.model.threshold_ = 1.0
        comparison = compare_bundles(careless, loaded, sample_folder)
        assert comparison.extra_cost["low"] > 0
        assert comparison.as_dict()["difference"]["cost_per_applicant"]["real"] is True
        metrics = comparison.first.metrics
        assert metrics["cost_per_applicant"]["value"] == metrics["cost_accept_all"]["value"]
        assert comparison.difference["roc_auc"]["value"] == 0
        assert evaluation_plots(comparison).keys() == evaluation_plots(comparison.first).keys()


class TestFlatTable:
    def test_flat_table_is_read_by_the_bundle_s_schema(self, flat):
        evaluation = evaluate_bundle(load_verified_bundle(flat / "bundle"), flat / "loans.csv")
        assert evaluation.in_sample
        assert evaluation.facts["applicants"] == 500
        assert evaluation.metrics["roc_auc"]["value"] > 0.7

    def test_flat_and_home_credit_bundles_cannot_be_compared(self, flat, loaded):
        flat_bundle = load_verified_bundle(flat / "bundle")
        message = "was trained on Home Credit's tables, not on a flat table"
        with pytest.raises(FeatureError, match=message):
            compare_bundles(flat_bundle, loaded, flat / "loans.csv")


class TestEvaluateCommand:
    @pytest.fixture
    def run(self):
        def invoke(*arguments):
            result = CliRunner().invoke(model.cli, ["evaluate", *map(str, arguments)])
            return result.exit_code, " ".join(result.output.split())

        return invoke

    def test_command_writes_files_and_prints_the_difference(
        self, run, bundle_folder, sample_folder, tmp_path
    ):
        out = tmp_path / "out"
        bundles = ("--bundle", bundle_folder, "--against", bundle_folder)
        exit_code, text = run("--data", sample_folder, *bundles, "--out", out)
        assert exit_code == 0, text
        assert "was trained on these data: its metrics are in-sample" in text
        assert "Which model costs less cannot be told from these data" in text
        assert "costs as much" not in text
        assert json.loads((out / "evaluation.json").read_text())["in_sample"] is True
        assert (out / "confusion_matrix.png").is_file()

    def test_bundle_that_fails_its_golden_rows_is_refused(
        self, run, bundle_folder, sample_folder, tmp_path
    ):
        files = {path.name: path.read_bytes() for path in bundle_folder.iterdir()}
        manifest = json.loads(files[MANIFEST_FILE])
        manifest["golden_rows"][0]["probability"] /= 2
        bad = tmp_path / "bad"
        write_bundle(bad, {**files, MANIFEST_FILE: json.dumps(manifest).encode()})
        with pytest.raises(BundleError, match="the model gives its example"):
            load_verified_bundle(bad)
        out = tmp_path / "out"
        exit_code, text = run("--data", sample_folder, "--bundle", bad, "--out", out)
        assert exit_code == 1
        assert not out.exists()
        assert "Model unusable: the model gives its example" in text
