"""The command as a whole: what it writes, refuses, keeps out of the model, and leaves when it is interrupted."""

import io
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import BundleError, FeatureError, SettingError, TableError
from credit_scoring.features.assemble import catalogue
from credit_scoring.progress import Progress
from credit_scoring.training import train as module
from credit_scoring.training.dataset_facts import fingerprint
from credit_scoring.training.feature_selection import MAX_INPUTS
from credit_scoring.training.metrics import Costs
from credit_scoring.training.train import (
    Result,
    make_learning_task,
    run,
    validate_allowed_attributes,
)
from credit_scoring.training.training_report import CONFUSION, ROWS, show

ROOT = Path(__file__).parents[2]
PNG = b"\x89PNG\r\n\x1a\n"
SENSITIVE = {"CODE_GENDER", "NAME_FAMILY_STATUS", "DAYS_BIRTH", "application_employed_per_age"}
OLD = {"model.json": b"old", "model.pkl": b"old"}


def train(data, out, **changes):
    how = {
        "seed": 0,
        "costs": Costs(),
        "allowed": (),
        "made_by": "a test",
        "progress": Progress(io.StringIO()),
    }
    return run(data, out, **{**how, **changes})


def command(data, out, *more):
    return [sys.executable, "model.py", "train", "--data", str(data), "--out", str(out), *more]


class TestTheBundle:
    def test_is_a_pickle_a_manifest_and_four_pictures(self, bundle_folder):
        names = sorted(path.name for path in bundle_folder.iterdir())
        pictures = ["calibration.png", "cost_curve.png", "importance.png", "roc_pr.png"]
        assert names == sorted([MODEL_FILE, MANIFEST_FILE, *pictures])
        for name in pictures:
            data = (bundle_folder / name).read_bytes()
            assert data.startswith(PNG)
            assert len(data) > 5000

    def test_is_small(self, bundle_folder):
        assert sum(path.stat().st_size for path in bundle_folder.iterdir()) < 3 << 20

    def test_tells_figures_out_of_fold_and_held_out_with_intervals(self, bundle):
        metrics = bundle.manifest.metrics
        assert list(metrics) == ["out_of_fold", "held_out"]
        for part in metrics.values():
            assert {*ROWS, *CONFUSION} == set(part)
            for name, figure in part.items():
                assert set(figure) == {"value", "low", "high"}, name
                assert figure["low"] <= figure["value"] <= figure["high"], name
            assert part["gini"]["value"] == pytest.approx(2 * part["roc_auc"]["value"] - 1)
        counts = [sum(part[name]["value"] for name in CONFUSION) for part in metrics.values()]
        assert sum(counts) == bundle.manifest.data["applicants"]

    def test_learned_something(self, bundle):
        assert bundle.manifest.metrics["out_of_fold"]["roc_auc"]["low"] > 0.5

    def test_tells_the_threshold_with_its_interval_and_the_theory(self, bundle):
        threshold = bundle.manifest.threshold
        assert threshold["value"] == bundle.model.threshold_
        assert threshold["theoretical"] == pytest.approx(1 / 11)
        assert threshold["low"] <= threshold["high"]

    def test_tells_what_data_settings_and_libraries_it_was_made_with(
        self, bundle, sample_folder, feature_table
    ):
        manifest = bundle.manifest
        assert manifest.data == {
            "source": str(sample_folder),
            "generated_sample": True,
            "fingerprint": fingerprint(sample_folder),
            "applicants": len(feature_table.target),
            "defaults": feature_table.target.sum(),
            "tables": sorted(contracts()),
        }
        assert manifest.settings == {
            "seed": 0,
            "folds": 5,
            "held_out_share": 0.2,
            "allowed_attributes": [],
        }
        assert manifest.costs == {"false_negative": 10.0, "false_positive": 1.0}
        assert manifest.made_by == "the tests"
        assert {"python", "lightgbm", "numpy", "polars"} <= set(manifest.libraries)

    def test_asks_for_at_most_125_inputs(self, bundle):
        assert len([f for f in bundle.manifest.features if f.asked]) <= MAX_INPUTS

    def test_gives_every_feature_its_role(self, bundle):
        in_model = set(bundle.model.feature_names_in_)
        needed = {
            name
            for f in bundle.manifest.features
            if f.role == "derived"
            for name in f.feature.inputs
        }
        for feature in bundle.manifest.features:
            assert (feature.name in in_model) == (feature.role != "ratio input")
            assert feature.role != "ratio input" or feature.name in needed
            assert (feature.role == "derived") == bool(feature.feature.inputs)
        assert needed <= {f.name for f in bundle.manifest.features if f.asked}
        assert sum(f.importance for f in bundle.manifest.features) == pytest.approx(1)

    def test_lets_be_missing_what_was_missing(self, bundle, feature_table):
        missing = feature_table.features.null_count().row(0, named=True)
        for feature in bundle.manifest.features:
            assert feature.nullable == (missing[feature.name] > 0)

    def test_has_nobody_s_row_as_an_example(self, bundle, feature_table):
        names = [f.name for f in bundle.manifest.features if f.asked]
        people = {tuple(row) for row in feature_table.features.select(names).iter_rows()}
        for row in bundle.manifest.golden_rows:
            assert list(row["features"]) == names
            assert tuple(row["features"].values()) not in people

    def test_describes_the_features_as_the_catalogue_does(self, bundle):
        known = {feature.name: feature for feature in catalogue(contracts())}
        for feature in bundle.manifest.features:
            assert feature.feature == known[feature.name]


class TestRepeatable:
    def test_the_same_data_and_seed_give_the_same_pickle(
        self, sample_folder, bundle_folder, tmp_path
    ):
        """Byte for byte, in a process of its own, from the command line."""
        done = subprocess.run(
            command(sample_folder, tmp_path / "latest"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert (tmp_path / "latest" / MODEL_FILE).read_bytes() == (
            bundle_folder / MODEL_FILE
        ).read_bytes()
        one, other = read_bundle(tmp_path / "latest").manifest, read_bundle(bundle_folder).manifest
        assert (one.metrics, one.features, one.golden_rows) == (
            other.metrics,
            other.features,
            other.golden_rows,
        )
        assert "ROC AUC" in done.stdout
        assert f"{tmp_path / 'latest'} is ready. Serve it:" in done.stdout
        assert "Training on" in done.stderr


class TestSensitiveAttributes:
    def test_are_not_in_the_model_unless_allowed(self, bundle):
        assert not SENSITIVE & {f.name for f in bundle.manifest.features}
        assert bundle.manifest.settings["allowed_attributes"] == []

    @pytest.mark.parametrize(
        ("allowed", "let_in"),
        [
            ((), set()),
            (("CODE_GENDER",), {"CODE_GENDER"}),
            (("DAYS_BIRTH",), {"DAYS_BIRTH", "application_employed_per_age"}),
            (("CODE_GENDER", "NAME_FAMILY_STATUS", "DAYS_BIRTH"), SENSITIVE),
        ],
    )
    def test_are_offered_to_the_model_when_allowed_with_what_is_made_from_them(
        self, feature_table, allowed, let_in
    ):
        problem = make_learning_task(feature_table, costs=Costs(), seed=0, allowed=allowed)
        assert SENSITIVE & {f.name for f in problem.catalogue} == let_in
        assert problem.features.columns == [f.name for f in problem.catalogue]

    def test_are_told_by_the_bundle_when_allowed(
        self, sample_folder, tmp_path, monkeypatch, feature_table
    ):
        """Trained on them alone, so that the model has to take them."""
        names = [
            "DAYS_BIRTH",
            "DAYS_EMPLOYED",
            "application_employed_per_age",
            "AMT_CREDIT",
            "CODE_GENDER",
        ]
        kept = tuple(f for f in feature_table.catalogue if f.name in names)
        few = module.FeatureTable(
            feature_table.applicant,
            feature_table.features.select(f.name for f in kept),
            feature_table.target,
            kept,
        )
        monkeypatch.setattr(module, "build_features", lambda _tables: few)
        train(sample_folder, tmp_path / "latest", allowed=("DAYS_BIRTH",))
        manifest = read_bundle(tmp_path / "latest").manifest
        assert manifest.settings["allowed_attributes"] == ["DAYS_BIRTH"]
        told = {f.name: f.feature.sensitive for f in manifest.features if f.feature.sensitive}
        assert told
        assert set(told) <= {"DAYS_BIRTH", "application_employed_per_age"}
        assert set(told.values()) == {"restricted"}

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            (
                "AMT_CREDIT",
                r"AMT_CREDIT is no prohibited or restricted attribute.*: CODE_GENDER, .* are",
            ),
            ("CODE_GENDR", r"CODE_GENDR is no .* \(did you mean CODE_GENDER\?\)"),
            ("", " is no prohibited or restricted attribute"),
        ],
    )
    def test_an_unknown_name_is_refused(self, name, message, tmp_path):
        with pytest.raises(SettingError, match=message):
            validate_allowed_attributes([name], contracts()["application"])
        with pytest.raises(SettingError, match=message):
            train(tmp_path, tmp_path / "latest", allowed=[name])


class TestRefused:
    def test_a_place_that_is_no_bundle_s_before_anything_is_read(self, tmp_path):
        (tmp_path / "thesis.tex").write_text("dear")
        with pytest.raises(BundleError, match=r"holds thesis\.tex, which is no bundle's"):
            train(Path("nowhere"), tmp_path)

    def test_data_that_is_not_there(self, tmp_path):
        with pytest.raises(TableError, match="nowhere does not exist"):
            train(tmp_path / "nowhere", tmp_path / "latest")

    def test_a_value_that_breaks_its_contract_is_named_with_its_file(self, sample_folder, tmp_path):
        frame = pl.read_parquet(sample_folder / "application_train.parquet")
        frame.with_columns(NAME_CONTRACT_TYPE=pl.lit("Barter")).write_csv(
            tmp_path / "application_train.csv"
        )
        with pytest.raises(
            TableError, match=r'_train\.csv: NAME_CONTRACT_TYPE: \d+ values .*"Barter" in row 1'
        ):
            train(tmp_path, tmp_path / "latest")

    def test_too_few_defaults(self, sample_folder, tmp_path):
        frame = pl.read_parquet(sample_folder / "application_train.parquet")
        kept = frame.filter((pl.col("TARGET") == 0) | (pl.col("TARGET").cum_sum() <= 49))
        kept.write_parquet(tmp_path / "application_train.parquet")
        with pytest.raises(
            FeatureError, match="TARGET has 49 rows of its rarer class: training needs at least 50"
        ):
            train(tmp_path, tmp_path / "latest")
        assert not (tmp_path / "latest").exists()

    def test_applicants_without_an_outcome(self, feature_table):
        without = module.FeatureTable(
            feature_table.applicant, feature_table.features, None, feature_table.catalogue
        )
        with pytest.raises(FeatureError, match="has no TARGET: known outcomes are needed"):
            make_learning_task(without, costs=Costs(), seed=0, allowed=())

    @pytest.mark.parametrize("value", [None, 2, -1])
    def test_an_outcome_that_is_none(self, feature_table, value):
        target = pl.Series("TARGET", [value, value, *feature_table.target[2:]], dtype=pl.Int8)
        spoilt = module.FeatureTable(
            feature_table.applicant, feature_table.features, target, feature_table.catalogue
        )
        with pytest.raises(FeatureError, match="TARGET is neither 0 nor 1 for 2 applicants"):
            make_learning_task(spoilt, costs=Costs(), seed=0, allowed=())


class TestInterrupted:
    @pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
    def test_while_it_trains_the_old_bundle_stays_whole(self, sample_folder, tmp_path, sent, code):
        out = tmp_path / "models/latest"
        write_bundle(out, OLD)
        with subprocess.Popen(
            command(sample_folder, out),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            lines = list(
                itertools.takewhile(lambda line: "Training on" not in line, process.stderr)
            )
            time.sleep(0.3)
            process.send_signal(sent)
            _, rest = process.communicate(timeout=60)
        assert process.returncode == code
        assert {path.name: path.read_bytes() for path in out.iterdir()} == OLD
        assert os.listdir(out.parent) == ["latest"]  # noqa: PTH208
        assert "Traceback" not in "".join(lines) + rest
        if sent == signal.SIGINT:
            assert f"Interrupted: {out} is as it was." in rest


def test_the_table_on_screen_has_every_figure_with_its_interval(bundle):
    stream = io.StringIO()
    show(
        Result(bundle.manifest.metrics, bundle.manifest.threshold, {}),
        Console(file=stream, width=120),
    )
    text = stream.getvalue()
    for name, label in {**ROWS, **CONFUSION}.items():
        figure = bundle.manifest.metrics["held_out"][name]
        digits = 0 if name in CONFUSION else 4
        assert label.strip() in text
        assert (
            f"{figure['value']:,.{digits}f} ({figure['low']:,.{digits}f}–{figure['high']:,.{digits}f})"
            in text
        )
    assert (
        f"refuse from a probability of default of {bundle.manifest.threshold['value']:.4f} on"
        in text
    )


def test_data_without_a_known_truth_has_figures_without_it(bundle):
    figures = bundle.manifest.metrics["held_out"]
    some = {
        name: figures[name] for name in figures if not name.startswith("true_") or name in CONFUSION
    }
    stream = io.StringIO()
    show(Result({"held_out": some}, bundle.manifest.threshold, {}), Console(file=stream, width=120))
    assert "true probabilities" not in stream.getvalue()


def test_the_fingerprint_is_of_names_and_contents(tmp_path):
    (tmp_path / "bureau.csv").write_text("a")
    one = fingerprint(tmp_path)
    (tmp_path / "notes.txt").write_text("nothing of a table")
    assert fingerprint(tmp_path) == one
    (tmp_path / "bureau.csv").write_text("b")
    assert fingerprint(tmp_path) != one
