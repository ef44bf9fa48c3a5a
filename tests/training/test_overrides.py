"""Results of tune and select reach the model, the manifest and the report."""

import dataclasses

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.read_bundle import read_bundle, read_manifest
from credit_scoring.errors import FeatureError
from credit_scoring.training.cross_validation import train_model
from credit_scoring.training.dataset_facts import fingerprint_files
from credit_scoring.training.feature_list_file import FeatureList, ListedFeature, write_feature_list
from credit_scoring.training.feature_selection import MAX_INPUTS
from credit_scoring.training.hyperparameter_file import Hyperparameters, write_hyperparameters
from credit_scoring.training.overrides import (
    NO_OVERRIDES,
    Overrides,
    read_overrides,
    resolve_feature_list,
)
from credit_scoring.training.parallel import ignore_progress
from tests.server_process import ROOT
from tests.training.learning_tasks import make_feature, make_task

DATASET = {"fingerprint": "f" * 64}
SHORT = {"num_iterations": 40, "learning_rate": 0.1}
NAMES = (
    "EXT_SOURCE_1",
    "EXT_SOURCE_2",
    "EXT_SOURCE_3",
    "application_external_score_mean",
    "NAME_INCOME_TYPE",
)


def feature_list(*names):
    return FeatureList(tuple(map(ListedFeature, names)))


class TestApply:
    def test_no_overrides_change_nothing(self):
        task = make_task()
        assert NO_OVERRIDES.apply(task, task.catalogue) is task
        assert NO_OVERRIDES.settings() == {}
        assert NO_OVERRIDES.notes(DATASET, 0) == []

    def test_features_replace_the_selection_in_every_fold(self, monkeypatch):
        monkeypatch.setattr(
            "credit_scoring.training.cross_validation.select_by_gain",
            lambda *_a: pytest.fail("a selection"),
        )
        task = make_task(noise=2)
        task = Overrides(Hyperparameters(SHORT), feature_list("level", "noise_1", "risk")).apply(
            task, task.catalogue
        )
        trained = train_model(task, ignore_progress)
        assert trained.model.feature_names_in_.tolist() == ["risk", "noise_1", "level"]

    def test_features_of_a_bundle_include_what_its_requests_suffice_to_compute(self):
        bundle = ROOT / "models/latest"
        features = read_overrides(None, bundle).features
        requested = {feature.name for feature in read_manifest(bundle).features}
        assert set(features.names) == requested
        first, second = features.names[:2]
        catalogue = [make_feature(first), make_feature(second), make_feature("elsewhere")]
        ratios = [
            make_feature("computed", inputs=(first, second)),
            make_feature("not requested", inputs=(first, "elsewhere")),
        ]
        two = dataclasses.replace(features, features=features.features[:2])
        names = resolve_feature_list(two, [*catalogue, *ratios], [*catalogue, *ratios])
        assert names == (first, second, "computed")

    def test_hyperparameters_reach_the_trees(self):
        task = make_task(noise=2)
        task = Overrides(Hyperparameters({"num_leaves": 2, **SHORT})).apply(task, task.catalogue)
        trained = train_model(task, ignore_progress)
        assert trained.model.params == {"num_leaves": 2, **SHORT, "num_threads": 1}
        trees = trained.model.booster_.dump_model()["tree_info"]
        assert max(tree["num_leaves"] for tree in trees) == 2


class TestRefusedFeatures:
    def test_unknown_features_get_suggestions(self):
        catalogue = make_task(noise=2).catalogue
        with pytest.raises(
            FeatureError,
            match=r"(?s)rissk is unknown \(did you mean risk\?\).*elsewhere is unknown:",
        ):
            resolve_feature_list(feature_list("risk", "rissk", "elsewhere"), catalogue, catalogue)

    def test_sensitive_features_need_allow(self):
        catalogue = make_task(noise=2).catalogue
        with pytest.raises(
            FeatureError,
            match=r"age is computed from a prohibited or restricted attribute: .*--allow",
        ):
            resolve_feature_list(
                feature_list("risk", "age"),
                catalogue,
                [*catalogue, make_feature("age", sensitive="restricted")],
            )

    def test_ratios_that_could_break_a_direction_need_no_directions(self):
        catalogue = make_task(noise=2).catalogue
        spread = make_feature("spread", inputs=("risk", "noise_0"))
        with pytest.raises(
            FeatureError,
            match=r"spread has no direction, but is computed from .*: .*--no-directions",
        ):
            resolve_feature_list(feature_list("risk", "spread"), catalogue, [*catalogue, spread])

    def test_inputs_are_limited(self):
        catalogue = [make_feature(f"f{i}") for i in range(MAX_INPUTS + 1)]
        names = [f.name for f in catalogue]
        assert (
            len(resolve_feature_list(feature_list(*names[1:]), catalogue, catalogue)) == MAX_INPUTS
        )
        with pytest.raises(
            FeatureError, match=f"needs {MAX_INPUTS + 1} inputs in a request: expected at most"
        ):
            resolve_feature_list(feature_list(*names), catalogue, catalogue)


class TestNotes:
    def overrides(self, tmp_path, **provenance):
        path = tmp_path / "params.toml"
        write_hyperparameters(path, Hyperparameters(SHORT, provenance))
        return read_overrides(path, None)

    def test_tuning_with_same_seed_leaves_held_out_fair(self, tmp_path):
        (note,) = self.overrides(tmp_path, fingerprint="f" * 64, seed=3).notes(DATASET, 3)
        assert "but not the held-out ones" in note

    def test_tuning_with_another_seed_saw_held_out(self, tmp_path):
        (note,) = self.overrides(tmp_path, fingerprint="f" * 64, seed=3).notes(DATASET, 0)
        assert "no figure evaluates that choice" in note
        assert "--seed 3" in note

    def test_hyperparameters_of_other_data_cause_a_warning(self, tmp_path):
        notes = self.overrides(tmp_path, fingerprint="0" * 64, seed=0).notes(DATASET, 0)
        assert [note.startswith("Warning: ") for note in notes] == [False, True]
        assert (
            "params.toml was made for other data (fingerprint 000000000000, here ffffffffffff)"
            in notes[1]
        )

    def test_handwritten_hyperparameters_need_no_note(self, tmp_path):
        assert self.overrides(tmp_path).notes(DATASET, 0) == []

    def test_given_features_are_not_evaluated(self):
        (note,) = Overrides(features=feature_list("risk")).notes(DATASET, 0)
        assert "no figure evaluates how they were chosen" in note

    def test_features_of_other_data_cause_a_warning(self, tmp_path):
        path = tmp_path / "features.toml"
        write_feature_list(
            path, dataclasses.replace(feature_list("risk"), provenance={"fingerprint": "0" * 64})
        )
        assert (
            read_overrides(None, path)
            .notes(DATASET, 0)[-1]
            .startswith(f"Warning: {path} was made for other data")
        )


@pytest.fixture(scope="module")
def files(tmp_path_factory, sample_folder):
    folder = tmp_path_factory.mktemp("overrides")
    provenance = {"fingerprint": fingerprint_files(sample_folder), "seed": 0, "log_loss": 0.3}
    write_hyperparameters(folder / "params.toml", Hyperparameters(SHORT, provenance))
    write_feature_list(folder / "features.toml", feature_list(*NAMES))
    return folder


class TestCommand:
    def run(self, sample_folder, files, out):
        return CliRunner().invoke(model.cli, [
            "train", "--data", str(sample_folder), "--out", str(out), "--no-track",
            "--params", str(files / "params.toml"), "--features", str(files / "features.toml"),
        ])  # fmt: skip

    def test_is_repeatable_and_records_the_overrides(self, sample_folder, files, tmp_path):
        results = [self.run(sample_folder, files, tmp_path / name) for name in ("one", "other")]
        assert [result.exit_code for result in results] == [0, 0], results[0].output
        one, other = (read_bundle(tmp_path / name) for name in ("one", "other"))
        assert one.manifest.pickle["sha256"] == other.manifest.pickle["sha256"]
        assert sorted(one.model.feature_names_in_) == sorted(NAMES)
        settings = one.manifest.settings
        assert settings["params"]["values"] == SHORT
        assert settings["params"]["file"] == "params.toml"
        assert settings["params"]["provenance"]["log_loss"] == 0.3
        assert settings["features"]["count"] == len(NAMES)
        assert len(settings["features"]["sha256"]) == 64
        screen = " ".join(results[0].output.split())
        assert len(settings["notes"]) == 2
        assert all(note in screen for note in settings["notes"])

    def test_refuses_unknown_features_before_training(self, sample_folder, tmp_path):
        write_feature_list(tmp_path / "features.toml", feature_list("EXT_SOURCE_9"))
        result = CliRunner().invoke(model.cli, [
            "train", "--data", str(sample_folder), "--out", str(tmp_path / "latest"), "--no-track",
            "--features", str(tmp_path / "features.toml"),
        ])  # fmt: skip
        assert result.exit_code == 1
        assert "EXT_SOURCE_9 is unknown (did you mean EXT_SOURCE_" in result.output
        assert not (tmp_path / "latest").exists()
