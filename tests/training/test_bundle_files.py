"""The files of a bundle: pickle, manifest with metrics, features and golden rows, and plots."""

import pytest

from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE, TERM_MODEL_FILE
from credit_scoring.bundle.read_bundle import threshold_summary
from credit_scoring.contracts.contract import contracts
from credit_scoring.features.assemble import catalogue
from credit_scoring.training.dataset_facts import fingerprint_files
from credit_scoring.training.feature_selection import MAX_INPUTS
from credit_scoring.training.training_report import COUNT_LABELS, METRIC_LABELS

PNG = b"\x89PNG\r\n\x1a\n"


class TestBundle:
    def test_has_pickle_manifest_and_four_plots(self, bundle_folder, bundle):
        names = sorted(path.name for path in bundle_folder.iterdir())
        plots = ["calibration.png", "cost_curve.png", "importance.png", "roc_pr.png"]
        term_model = [TERM_MODEL_FILE] if bundle.term_model else []
        assert names == sorted([MODEL_FILE, MANIFEST_FILE, *term_model, *plots])
        for name in plots:
            data = (bundle_folder / name).read_bytes()
            assert data.startswith(PNG)
            assert len(data) > 5000

    def test_is_small(self, bundle_folder):
        assert sum(path.stat().st_size for path in bundle_folder.iterdir()) < 3 << 20

    def test_has_metrics_with_intervals(self, bundle):
        metrics = bundle.manifest.metrics
        assert list(metrics) == ["out_of_fold", "held_out"]
        for part in metrics.values():
            assert {*METRIC_LABELS, *COUNT_LABELS} == set(part)
            for name, interval in part.items():
                assert set(interval) == {"value", "low", "high"}, name
                assert interval["low"] <= interval["value"] <= interval["high"], name
            assert part["gini"]["value"] == pytest.approx(2 * part["roc_auc"]["value"] - 1)
        counts = [sum(part[name]["value"] for name in COUNT_LABELS) for part in metrics.values()]
        assert sum(counts) == bundle.manifest.data["applicants"]

    def test_is_better_than_chance(self, bundle):
        assert bundle.manifest.metrics["out_of_fold"]["roc_auc"]["low"] > 0.5

    def test_has_threshold_interval_and_theory(self, bundle):
        threshold = bundle.manifest.threshold
        assert threshold["value"] == bundle.model.threshold_
        assert threshold["theoretical"] == pytest.approx(1 / 11)
        assert threshold["low"] <= threshold["high"]

    def test_records_data_settings_and_libraries(self, bundle, sample_folder, feature_table):
        manifest = bundle.manifest
        assert manifest.data == {
            "source": str(sample_folder),
            "generated_sample": True,
            "fingerprint": fingerprint_files(sample_folder),
            "applicants": len(feature_table.target),
            "defaults": feature_table.target.sum(),
            "tables": sorted(contracts()),
            "period": {"first": "2014-01-01", "last": "2015-12-01"},
        }
        notes = manifest.settings.get("notes", [])
        assert all("The price of the loan" in note for note in notes)
        settings = {name: value for name, value in manifest.settings.items() if name != "notes"}
        assert settings == {
            "seed": 0,
            "folds": 5,
            "held_out_share": 0.2,
            "allowed_attributes": [],
            "directions": True,
        }
        assert manifest.costs == {"false_negative": 10.0, "false_positive": 1.0}
        assert manifest.made_by == "the tests"
        assert {"python", "lightgbm", "numpy", "polars"} <= set(manifest.libraries)

    def test_needs_at_most_125_inputs(self, bundle):
        assert len([f for f in bundle.manifest.features if f.is_requested]) <= MAX_INPUTS

    def test_every_feature_has_its_role(self, bundle):
        in_model = set(bundle.model.feature_names_in_)
        ratio_inputs = {
            name
            for f in bundle.manifest.features
            if f.role == "derived"
            for name in f.feature.inputs
        }
        for feature in bundle.manifest.features:
            assert (feature.name in in_model) == (feature.role != "ratio input")
            assert feature.role != "ratio input" or feature.name in ratio_inputs
            assert (feature.role == "derived") == bool(feature.feature.inputs)
        assert ratio_inputs <= {f.name for f in bundle.manifest.features if f.is_requested}
        assert sum(f.importance for f in bundle.manifest.features) == pytest.approx(1)

    def test_features_missing_in_training_are_nullable(self, bundle, model_table):
        missing = model_table.features.null_count().row(0, named=True)
        for feature in bundle.manifest.features:
            assert feature.nullable == (missing[feature.name] > 0)

    def test_golden_rows_are_no_real_applicants(self, bundle, feature_table):
        names = [f.name for f in bundle.manifest.features if f.is_requested]
        applicants = {tuple(row) for row in feature_table.features.select(names).iter_rows()}
        for row in bundle.manifest.golden_rows:
            assert list(row["features"]) == names
            assert tuple(row["features"].values()) not in applicants

    def test_features_are_those_of_the_catalogue(self, bundle):
        known = {feature.name: feature for feature in catalogue(contracts())}
        for feature in bundle.manifest.features:
            assert feature.feature == known[feature.name]


def test_manifest_has_both_thresholds_with_their_costs(bundle):
    threshold = bundle.manifest.threshold
    assert threshold == threshold_summary(bundle.model)
    assert threshold["rule"] == "expected_cost"
    assert threshold["value"] == threshold["theoretical"]
    assert threshold["low"] <= threshold["empirical"] <= threshold["high"]
    assert threshold["cost_at_empirical"] <= threshold["cost_at_theoretical"]
