"""What tune and select found reaches the model, and the manifest and the report say so."""

import dataclasses

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.errors import FeatureError
from credit_scoring.training.cross_validation import train
from credit_scoring.training.dataset_facts import fingerprint
from credit_scoring.training.feature_list_file import FeatureList, ListedFeature, write_feature_list
from credit_scoring.training.feature_selection import MAX_INPUTS
from credit_scoring.training.hyperparameter_file import Hyperparameters, write_parameters
from credit_scoring.training.overrides import NOTHING, Given, chosen_of, read_overrides
from tests.training.learning_tasks import feature, problem

FACTS = {"fingerprint": "f" * 64}
FEW = {"num_iterations": 40, "learning_rate": 0.1}
NAMES = (
    "EXT_SOURCE_1",
    "EXT_SOURCE_2",
    "EXT_SOURCE_3",
    "application_external_score_mean",
    "NAME_INCOME_TYPE",
)


def listed(*names):
    return FeatureList(tuple(map(ListedFeature, names)))


def quiet(_done, _total):
    pass


class TestApplied:
    def test_nothing_given_changes_nothing(self):
        task = problem()
        assert NOTHING.applied(task, task.catalogue) is task
        assert NOTHING.settings() == {}
        assert NOTHING.notes(FACTS, 0) == []

    def test_features_stand_instead_of_the_selection_in_every_fold_in_catalogue_order(
        self, monkeypatch
    ):
        monkeypatch.setattr(
            "credit_scoring.training.cross_validation.select",
            lambda *_a: pytest.fail("a selection"),
        )
        task = problem(noise=2)
        task = Given(Hyperparameters(FEW), listed("level", "noise_1", "risk")).applied(
            task, task.catalogue
        )
        trained = train(task, quiet)
        assert trained.model.feature_names_in_.tolist() == ["risk", "noise_1", "level"]

    def test_parameters_reach_the_trees(self):
        task = problem(noise=2)
        task = Given(Hyperparameters({"num_leaves": 2, **FEW})).applied(task, task.catalogue)
        trained = train(task, quiet)
        assert trained.model.params == {"num_leaves": 2, **FEW, "num_threads": 1}
        assert {
            tree["num_leaves"] for tree in trained.model.booster_.dump_model()["tree_info"]
        } == {2}


class TestRefusedFeatures:
    def test_all_unknown_ones_are_named_with_the_nearest(self):
        catalogue = problem(noise=2).catalogue
        with pytest.raises(
            FeatureError,
            match=r"(?s)rissk is unknown \(did you mean risk\?\).*elsewhere is unknown:",
        ):
            chosen_of(listed("risk", "rissk", "elsewhere"), catalogue, catalogue)

    def test_one_made_from_a_protected_attribute_says_how_to_let_it_in(self):
        catalogue = problem(noise=2).catalogue
        with pytest.raises(
            FeatureError, match=r"age is made from a prohibited or restricted attribute: .*--allow"
        ):
            chosen_of(
                listed("risk", "age"),
                catalogue,
                [*catalogue, feature("age", sensitive="restricted")],
            )

    def test_more_inputs_than_a_request_may_have(self):
        catalogue = [feature(f"f{i}") for i in range(MAX_INPUTS + 1)]
        names = [f.name for f in catalogue]
        assert len(chosen_of(listed(*names[1:]), catalogue, catalogue)) == MAX_INPUTS
        with pytest.raises(
            FeatureError, match=f"needs {MAX_INPUTS + 1} inputs in a request: expected at most"
        ):
            chosen_of(listed(*names), catalogue, catalogue)


class TestNotes:
    def given(self, tmp_path, **provenance):
        path = tmp_path / "params.toml"
        write_parameters(path, Hyperparameters(FEW, provenance))
        return read_overrides(path, None)

    def test_parameters_of_the_same_training_rows_leave_the_held_out_figures_fair(self, tmp_path):
        (note,) = self.given(tmp_path, fingerprint="f" * 64, seed=3).notes(FACTS, 3)
        assert "the held-out ones have not" in note

    def test_parameters_of_another_seed_have_seen_the_held_out_rows(self, tmp_path):
        (note,) = self.given(tmp_path, fingerprint="f" * 64, seed=3).notes(FACTS, 0)
        assert "no figure judges that choice" in note
        assert "--seed 3" in note

    def test_parameters_of_other_data_are_warned_of(self, tmp_path):
        notes = self.given(tmp_path, fingerprint="0" * 64, seed=0).notes(FACTS, 0)
        assert [note.startswith("Warning: ") for note in notes] == [False, True]
        assert (
            "params.toml was made for other data (fingerprint 000000000000, here ffffffffffff)"
            in notes[1]
        )

    def test_parameters_that_a_person_wrote_need_no_words(self, tmp_path):
        assert self.given(tmp_path).notes(FACTS, 0) == []

    def test_a_given_list_takes_the_selection_out_of_what_is_judged(self):
        (note,) = Given(features=listed("risk")).notes(FACTS, 0)
        assert "no figure judges how they were chosen" in note

    def test_a_list_of_other_data_is_warned_of(self, tmp_path):
        path = tmp_path / "features.toml"
        write_feature_list(
            path, dataclasses.replace(listed("risk"), provenance={"fingerprint": "0" * 64})
        )
        assert (
            read_overrides(None, path)
            .notes(FACTS, 0)[-1]
            .startswith(f"Warning: {path} was made for other data")
        )


class TestTheCommand:
    @pytest.fixture(scope="class")
    def files(self, tmp_path_factory, sample_folder):
        folder = tmp_path_factory.mktemp("given")
        provenance = {"fingerprint": fingerprint(sample_folder), "seed": 0, "log_loss": 0.3}
        write_parameters(folder / "params.toml", Hyperparameters(FEW, provenance))
        write_feature_list(folder / "features.toml", listed(*NAMES))
        return folder

    def run(self, sample_folder, files, out):
        chosen = [
            "--params",
            str(files / "params.toml"),
            "--features",
            str(files / "features.toml"),
            "--no-track",
        ]
        return CliRunner().invoke(
            model.cli, ["train", "--data", str(sample_folder), "--out", str(out), *chosen]
        )

    def test_makes_the_same_model_again_and_says_what_it_was_given(
        self, sample_folder, files, tmp_path
    ):
        results = [self.run(sample_folder, files, tmp_path / name) for name in ("one", "other")]
        assert [result.exit_code for result in results] == [0, 0], results[0].output
        one, other = (read_bundle(tmp_path / name) for name in ("one", "other"))
        assert one.manifest.pickle["sha256"] == other.manifest.pickle["sha256"]
        assert sorted(one.model.feature_names_in_) == sorted(NAMES)
        told = one.manifest.settings
        assert told["params"]["values"] == FEW
        assert told["params"]["file"] == "params.toml"
        assert told["params"]["provenance"]["log_loss"] == 0.3
        assert told["features"]["count"] == len(NAMES)
        assert len(told["features"]["sha256"]) == 64
        shown = " ".join(results[0].output.split())
        assert len(told["notes"]) == 2
        assert all(note in shown for note in told["notes"])

    def test_refuses_an_unknown_feature_before_it_trains(self, sample_folder, tmp_path):
        write_feature_list(tmp_path / "features.toml", listed("EXT_SOURCE_9"))
        chosen = ["--features", str(tmp_path / "features.toml"), "--no-track"]
        arguments = [
            "train",
            "--data",
            str(sample_folder),
            "--out",
            str(tmp_path / "latest"),
            *chosen,
        ]
        result = CliRunner().invoke(model.cli, arguments)
        assert result.exit_code == 1
        assert "EXT_SOURCE_9 is unknown (did you mean EXT_SOURCE_" in result.output
        assert not (tmp_path / "latest").exists()
