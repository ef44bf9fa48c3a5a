"""A bundle judged on data: the same probabilities as the app answers, honest about what it has seen."""

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
from credit_scoring.errors import BundleError, FeatureError, TableError
from credit_scoring.flat_table.infer_schema import infer
from credit_scoring.flat_table.read_flat_table import read_flat
from credit_scoring.laboratory.evaluation import evaluate_bundle as module
from credit_scoring.laboratory.evaluation.evaluate_bundle import against, assess
from credit_scoring.laboratory.score_dataset import (
    load_labelled,
    load_verified_bundle,
    predict_dataset,
)
from credit_scoring.progress import Progress
from credit_scoring.sample import generate_sample
from credit_scoring.training.metrics import Costs
from credit_scoring.training.train import train_on_flat_table
from tests.training.test_train_flat_table import lender


@pytest.fixture(scope="module")
def opened(bundle_folder):
    return load_verified_bundle(bundle_folder)


@pytest.fixture(scope="module")
def new_applicants(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    generate_sample(folder, applicants=700, seed=21)
    return folder


@pytest.fixture(scope="module")
def found(opened, new_applicants):
    return assess(opened, new_applicants)


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    """A lender's table and a bundle trained on it."""
    folder = tmp_path_factory.mktemp("flat")
    lender().select("loan_id", "Défaut", "Montant prêt, €", "dti", "purpose", "age").write_csv(
        folder / "loans.csv"
    )
    schema = infer(read_flat(folder / "loans.csv"), target="Défaut", key="loan_id")
    train_on_flat_table(folder / "loans.csv", folder / "bundle", schema, seed=0, costs=Costs(), allowed=(), made_by="a test",
             progress=Progress(io.StringIO()))  # fmt: skip
    return folder


class TestTheSamePath:
    def test_every_probability_is_the_one_the_app_would_answer(
        self, opened, scorer, new_applicants
    ):
        (rows,) = load_labelled(new_applicants, opened)
        judged = predict_dataset(opened, rows)
        for place in range(0, len(rows.target), 40):
            row = rows.table.features.row(place, named=True)
            decision = scorer.score({feature.name: row[feature.name] for feature in scorer.asked})
            assert judged.probability[place] == decision.probability
            assert judged.refused[place] == bool(decision.score)

    def test_a_feature_computed_otherwise_now_is_refused(self, opened, new_applicants):
        first, *others = opened.bundle.manifest.features
        other = replace(first, feature=replace(first.feature, formula="a sum of another kind"))
        manifest = replace(opened.bundle.manifest, features=(other, *others))
        changed = replace(opened, bundle=replace(opened.bundle, manifest=manifest))
        with pytest.raises(FeatureError, match="was computed as .* in training, now as"):
            load_labelled(new_applicants, changed)

    def test_a_feature_that_is_made_no_more_is_refused(self, opened, new_applicants):
        first, *others = opened.bundle.manifest.features
        other = replace(first, feature=replace(first.feature, name="bureau_moon_phase"))
        manifest = replace(opened.bundle.manifest, features=(other, *others))
        changed = replace(opened, bundle=replace(opened.bundle, manifest=manifest))
        with pytest.raises(
            FeatureError, match=r"wants bureau_moon_phase, .* \(1 features are like it\): train"
        ):
            load_labelled(new_applicants, changed)


class TestData:
    def test_without_a_table_of_the_training_is_refused(self, opened, new_applicants, tmp_path):
        data = shutil.copytree(new_applicants, tmp_path / "data")
        (data / "previous_application.parquet").unlink()
        with pytest.raises(FeatureError, match="has no previous_application: the model"):
            load_labelled(data, opened)

    def test_without_both_outcomes_is_refused(self, opened, new_applicants, tmp_path):
        data = shutil.copytree(new_applicants, tmp_path / "data")
        path = data / "application_train.parquet"
        pl.read_parquet(path).with_columns(TARGET=pl.col("TARGET") * 0).write_parquet(path)
        with pytest.raises(
            FeatureError, match=r"TARGET is 0 for all \d+ applicants: expected both outcomes"
        ):
            load_labelled(data, opened)

    def test_without_outcomes_is_refused(self, opened, new_applicants, tmp_path):
        shutil.copy(new_applicants / "application_test.parquet", tmp_path)
        with pytest.raises(TableError, match="application_train"):
            load_labelled(tmp_path, opened)


class TestFigures:
    def test_have_intervals_and_stand_beside_the_truth_of_a_sample(self, found):
        for name in (
            "roc_auc",
            "calibration_slope",
            "calibration_intercept",
            "true_roc_auc",
            "true_positive",
        ):
            figure = found.metrics[name]
            assert figure["low"] <= figure["value"] <= figure["high"], name
        assert found.metrics["true_log_loss"]["value"] < found.metrics["log_loss"]["value"]

    def test_are_in_sample_only_on_the_data_of_the_training(self, opened, found, sample_folder):
        seen = assess(opened, sample_folder)
        assert (seen.in_sample, found.in_sample) == (True, False)
        assert seen.metrics["roc_auc"]["value"] > found.metrics["roc_auc"]["value"]

    def test_are_json_with_curves_and_calibration(self, found, opened):
        told = json.loads(json.dumps(found.as_dict(), allow_nan=False))
        assert told["model_version"] == opened.version
        assert len(told["calibration"]) == 10
        assert {"threshold", "recall", "precision", "cost_per_applicant"} <= told["curves"].keys()

    def test_are_drawn(self, found):
        drawn = module.pictures(found)
        assert drawn.keys() == {
            "cost_curve.png", "roc_pr.png", "calibration.png", "importance.png", "confusion_matrix.png",
        }  # fmt: skip
        assert all(content.startswith(b"\x89PNG") for content in drawn.values())


class TestTwoBundles:
    def test_a_bundle_does_not_differ_from_itself(self, opened, new_applicants, found):
        both = against(opened, opened, new_applicants)
        assert both.one.metrics == found.metrics
        assert {tuple(figure.values()) for figure in both.difference.values()} == {(0.0, 0.0, 0.0)}

    def test_one_that_accepts_everyone_costs_more_for_real(self, opened, sample_folder):
        """On the data of the training, where a model that small is sure to be better than none."""
        careless = load_verified_bundle(opened.folder)
        careless.bundle.model.threshold_ = 1.0
        both = against(careless, opened, sample_folder)
        assert both.cost["low"] > 0
        assert both.as_dict()["difference"]["cost_per_applicant"]["real"] is True
        assert (
            both.one.metrics["cost_per_applicant"]["value"]
            == both.one.metrics["cost_accept_all"]["value"]
        )
        assert both.difference["roc_auc"]["value"] == 0
        assert module.pictures(both).keys() == module.pictures(both.one).keys()


class TestAFlatTable:
    def test_is_judged_by_the_bundle_s_own_schema(self, flat):
        found = assess(load_verified_bundle(flat / "bundle"), flat / "loans.csv")
        assert found.in_sample
        assert found.facts["applicants"] == 500
        assert found.metrics["roc_auc"]["value"] > 0.7

    def test_does_not_mix_with_home_credit_s(self, flat, opened):
        with pytest.raises(
            FeatureError, match="was trained on Home Credit's tables, not on a flat table"
        ):
            against(load_verified_bundle(flat / "bundle"), opened, flat / "loans.csv")


class TestTheCommand:
    def say(self, *arguments):
        result = CliRunner().invoke(model.cli, ["evaluate", *map(str, arguments)])
        return result.exit_code, " ".join(result.output.split())

    def test_leaves_figures_and_pictures_and_says_what_differs(
        self, bundle_folder, sample_folder, tmp_path
    ):
        code, text = self.say("--data", sample_folder, "--bundle", bundle_folder, "--against", bundle_folder,
                              "--out", tmp_path / "out")  # fmt: skip
        assert code == 0, text
        assert "was trained on these very data: its figures are in sample" in text
        assert "which may be chance (95 % interval of the difference: +0.0000 to +0.0000)." in text
        told = json.loads((tmp_path / "out/evaluation.json").read_text())
        assert told["in_sample"] is True
        assert (tmp_path / "out/confusion_matrix.png").is_file()

    def test_refuses_a_bundle_that_does_not_reproduce_its_golden_rows(
        self, bundle_folder, sample_folder, tmp_path
    ):
        files = {path.name: path.read_bytes() for path in bundle_folder.iterdir()}
        manifest = json.loads(files[MANIFEST_FILE])
        manifest["golden_rows"][0]["probability"] /= 2
        write_bundle(tmp_path / "bad", {**files, MANIFEST_FILE: json.dumps(manifest).encode()})
        with pytest.raises(BundleError, match="the model gives its example"):
            load_verified_bundle(tmp_path / "bad")
        code, text = self.say(
            "--data", sample_folder, "--bundle", tmp_path / "bad", "--out", tmp_path / "out"
        )
        assert (code, (tmp_path / "out").exists()) == (1, False)
        assert "Model unusable: the model gives its example" in text
