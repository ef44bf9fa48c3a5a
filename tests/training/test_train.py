"""The command `train`: repeatable, refuses bad input, excludes sensitive attributes, is atomic."""

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

from credit_scoring.bundle.manifest import MODEL_FILE
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import BundleError, FeatureError, SettingError, TableError
from credit_scoring.progress import Progress
from credit_scoring.training import train as module
from credit_scoring.training.metrics import Costs
from credit_scoring.training.train import (
    TrainingOptions,
    make_learning_task,
    train_on_tables,
    validate_allowed_attributes,
)
from tests.server_process import PATIENCE

ROOT = Path(__file__).parents[2]
SENSITIVE = {"CODE_GENDER", "NAME_FAMILY_STATUS", "DAYS_BIRTH", "application_employed_per_age"}
OLD = {"model.json": b"old", "model.pkl": b"old"}


def train(data, out, **options):
    options = TrainingOptions(made_by="a test", **options)
    return train_on_tables(data, out, options, Progress(io.StringIO()))


def command(data, out, *options):
    return [sys.executable, "model.py", "train", "--data", str(data), "--out", str(out), *options]


class TestRepeatability:
    def test_same_data_and_seed_give_same_pickle(self, sample_folder, bundle_folder, tmp_path):
        """Byte for byte, in another process, from the command line."""
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
        manifest = read_bundle(tmp_path / "latest").manifest
        expected = read_bundle(bundle_folder).manifest
        assert (manifest.metrics, manifest.features, manifest.golden_rows) == (
            expected.metrics,
            expected.features,
            expected.golden_rows,
        )
        assert "ROC AUC" in done.stdout
        assert f"{tmp_path / 'latest'} is ready. Serve it:" in done.stdout
        assert "Training on" in done.stderr


class TestSensitiveAttributes:
    def test_are_excluded_by_default(self, bundle):
        assert not SENSITIVE & {f.name for f in bundle.manifest.features}
        assert bundle.manifest.settings["allowed_attributes"] == []

    @pytest.mark.parametrize(
        ("allowed", "expected"),
        [
            ((), set()),
            (("CODE_GENDER",), {"CODE_GENDER"}),
            (("DAYS_BIRTH",), {"DAYS_BIRTH", "application_employed_per_age"}),
            (("CODE_GENDER", "NAME_FAMILY_STATUS", "DAYS_BIRTH"), SENSITIVE),
        ],
    )
    def test_allowed_ones_are_offered_with_their_ratios(self, feature_table, allowed, expected):
        task = make_learning_task(feature_table, costs=Costs(), seed=0, allowed=allowed)
        assert SENSITIVE & {f.name for f in task.catalogue} == expected
        assert task.features.columns == [f.name for f in task.catalogue]

    def test_allowed_ones_are_recorded_in_the_bundle(
        self, sample_folder, tmp_path, monkeypatch, feature_table
    ):
        """Few features, so that the model must use them."""
        names = [
            "DAYS_BIRTH",
            "DAYS_EMPLOYED",
            "application_employed_per_age",
            "AMT_CREDIT",
            "CODE_GENDER",
        ]
        few = tuple(f for f in feature_table.catalogue if f.name in names)
        table = module.FeatureTable(
            feature_table.applicant,
            feature_table.features.select(f.name for f in few),
            feature_table.target,
            few,
        )
        monkeypatch.setattr(module, "fit_and_build_features", lambda _tables, _seed: table)
        train(sample_folder, tmp_path / "latest", allowed=("DAYS_BIRTH",))
        manifest = read_bundle(tmp_path / "latest").manifest
        assert manifest.settings["allowed_attributes"] == ["DAYS_BIRTH"]
        sensitive = {f.name: f.feature.sensitive for f in manifest.features if f.feature.sensitive}
        assert sensitive
        assert set(sensitive) <= {"DAYS_BIRTH", "application_employed_per_age"}
        assert set(sensitive.values()) == {"restricted"}

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            (
                "AMT_CREDIT",
                r"AMT_CREDIT is not a prohibited or restricted attribute.*: CODE_GENDER, .* are",
            ),
            ("CODE_GENDR", r"CODE_GENDR is not a .* \(did you mean CODE_GENDER\?\)"),
            ("", " is not a prohibited or restricted attribute"),
        ],
    )
    def test_unknown_names_are_refused(self, name, message, tmp_path):
        with pytest.raises(SettingError, match=message):
            validate_allowed_attributes([name], contracts()["application"])
        with pytest.raises(SettingError, match=message):
            train(tmp_path, tmp_path / "latest", allowed=[name])


class TestRefusals:
    def test_other_folder_before_reading_data(self, tmp_path):
        (tmp_path / "thesis.tex").write_text("dear")
        with pytest.raises(BundleError, match=r"holds thesis\.tex, which is not part of a bundle"):
            train(Path("nowhere"), tmp_path)

    def test_missing_data(self, tmp_path):
        with pytest.raises(TableError, match="nowhere does not exist"):
            train(tmp_path / "nowhere", tmp_path / "latest")

    def test_contract_breach_is_named_with_its_file(self, sample_folder, tmp_path):
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
        few_defaults = frame.filter((pl.col("TARGET") == 0) | (pl.col("TARGET").cum_sum() <= 49))
        few_defaults.write_parquet(tmp_path / "application_train.parquet")
        with pytest.raises(
            FeatureError, match="TARGET has 49 rows of its rarer class: training needs at least 50"
        ):
            train(tmp_path, tmp_path / "latest")
        assert not (tmp_path / "latest").exists()

    def test_data_without_outcomes(self, feature_table):
        unlabelled = module.FeatureTable(
            feature_table.applicant, feature_table.features, None, feature_table.catalogue
        )
        with pytest.raises(FeatureError, match="has no TARGET: known outcomes are needed"):
            make_learning_task(unlabelled, costs=Costs(), seed=0, allowed=())

    @pytest.mark.parametrize("value", [None, 2, -1])
    def test_invalid_outcome(self, feature_table, value):
        target = pl.Series("TARGET", [value, value, *feature_table.target[2:]], dtype=pl.Int8)
        invalid = module.FeatureTable(
            feature_table.applicant, feature_table.features, target, feature_table.catalogue
        )
        with pytest.raises(FeatureError, match="TARGET is neither 0 nor 1 for 2 applicants"):
            make_learning_task(invalid, costs=Costs(), seed=0, allowed=())


class TestInterruption:
    @pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
    def test_old_bundle_stays_complete(self, sample_folder, tmp_path, sent, code):
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
            _, rest = process.communicate(timeout=PATIENCE)
        assert process.returncode == code
        assert {path.name: path.read_bytes() for path in out.iterdir()} == OLD
        assert os.listdir(out.parent) == ["latest"]  # noqa: PTH208
        assert "Traceback" not in "".join(lines) + rest
        if sent == signal.SIGINT:
            assert f"Interrupted: {out} is unchanged." in rest
