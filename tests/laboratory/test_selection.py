"""The selection: ranked by what the training rows alone tell, judged out of fold, a list with its reasons."""

import csv
import io
import json
import os
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console
from scipy.stats import spearmanr

from credit_scoring.errors import FeatureError, SettingError
from credit_scoring.laboratory.experiment import Study, splits_of, task_fingerprint
from credit_scoring.laboratory.selection import select_features as run_module
from credit_scoring.laboratory.selection import selection_report
from credit_scoring.laboratory.selection.rank_features import DUPLICATE, KEPT, NOISE, Effort, rank
from credit_scoring.laboratory.selection.select_features import (
    kept_in,
    names_within,
    select_features,
)
from credit_scoring.progress import Progress
from credit_scoring.training.feature_list_file import read_feature_list, write_feature_list
from credit_scoring.training.feature_selection import MAX_INPUTS
from credit_scoring.training.overrides import read_overrides
from tests.training.learning_tasks import feature, make_task

LITTLE = Effort(rounds=60, folds=2, nulls=8, permuted_rows=200)
SIZES = (1, 4)


def with_doubles(noise=6):
    """A problem with a feature that tells the same as `risk`, one that tells the opposite, and one that is constant."""
    task = make_task(rows=800, noise=noise)
    more = {
        "cubed": pl.col("risk") ** 3,
        "turned": -2 * pl.col("risk") + 1,
        "constant": pl.lit(1.0),
    }
    frame = task.features.with_columns(
        **{name: told.cast(pl.Float32) for name, told in more.items()}
    )
    return replace(task, features=frame, catalogue=[*task.catalogue, *map(feature, more)])


def everyone(task):
    return np.arange(len(task.target))


def as_rows(ranking):
    return {
        name: {key: ranking[key][i] for key in ranking}
        for i, name in enumerate(ranking["name"].tolist())
    }


def selected(folder, task, **options):
    study = Study(task, {"applicants": len(task.target)}, task_fingerprint(task))
    kept = kept_in(folder / "kept", study, 2, LITTLE)
    defaults = {"folds": 2, "effort": LITTLE, "sizes": SIZES, "jobs": 1}
    return select_features(study, kept, Progress(io.StringIO()), **{**defaults, **options})


class TestRanking:
    @pytest.fixture(scope="class")
    def ranked(self):
        task = with_doubles()
        return task, rank(task, everyone(task), LITTLE)

    def test_what_tells_the_outcome_comes_first_and_noise_is_called_noise(self, ranked):
        rows = as_rows(ranked[1])
        told = [name for name, row in rows.items() if row["verdict"] == KEPT]
        assert told[0] in {"risk", "cubed", "turned"}
        assert "level" in told
        assert sum(rows[name]["verdict"] == NOISE for name in rows if name.startswith("noise")) >= 5

    def test_of_features_that_tell_the_same_the_best_stays_and_is_named(self, ranked):
        task, ranking = ranked
        rows = as_rows(ranking)
        alike = {"risk", "cubed", "turned"}
        (best,) = [name for name in alike if rows[name]["verdict"] != DUPLICATE]
        for name in alike - {best}:
            assert rows[name]["twin"] == best
            both = task.features.select(name, best).drop_nulls()
            assert rows[name]["correlation"] == pytest.approx(
                abs(spearmanr(both).statistic), abs=0.01
            )

    def test_what_never_splits_is_not_ranked(self, ranked):
        assert "constant" not in ranked[1]["name"]

    def test_permutation_is_the_rise_in_log_loss_and_noise_costs_nothing(self, ranked):
        rows = as_rows(ranked[1])
        best = ranked[1]["name"][0]
        noise = [abs(row["permutation"]) for name, row in rows.items() if name.startswith("noise")]
        assert rows[best]["permutation"] > 5 * max(noise)

    def test_a_gain_is_held_to_what_a_shuffled_outcome_gives(self, ranked):
        for row in as_rows(ranked[1]).values():
            if row["verdict"] != DUPLICATE:
                assert (row["gain"] > row["noise"]) == (row["verdict"] == KEPT)

    def test_rests_on_its_rows_alone(self, ranked):
        task, _ = ranked
        rows, others = splits_of(task, 2)[0]
        changed = np.isin(everyone(task), others)
        wild = (
            pl.when(pl.Series(changed))
            .then(1e6)
            .otherwise(pl.col(pl.Float32))
            .cast(pl.Float32)
            .name.keep()
        )
        target = np.where(changed, 1 - task.target, task.target).astype(np.int8)
        disturbed = replace(task, features=task.features.with_columns(wild), target=target)
        one, other = rank(task, rows, LITTLE), rank(disturbed, rows, LITTLE)
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)

    def test_features_that_tell_nothing_at_all_are_an_error_with_the_remedy(self):
        task = make_task(rows=300, noise=1)
        same = task.features.with_columns(
            pl.col(pl.Float32) * 0.0, level=pl.lit("low", task.features["level"].dtype)
        )
        with pytest.raises(
            FeatureError, match=r"no feature tells more .* in 300 rows: add rows or columns"
        ):
            rank(replace(task, features=same), everyone(task), LITTLE)


class TestHowMany:
    def test_what_a_ratio_is_computed_from_counts_as_input(self):
        catalogue = [
            feature("both", inputs=("a", "b")),
            feature("c", inputs=("c",)),
            feature("a", inputs=("a",)),
        ]
        ranking = {"name": np.array(["both", "c", "a"]), "verdict": np.array([KEPT, KEPT, KEPT])}
        task = replace(make_task(), catalogue=catalogue)
        assert names_within(task, ranking, 3) == ["both", "c", "a"]
        assert names_within(task, ranking, 2) == ["both", "a"]
        assert names_within(task, ranking, 1) == ["c"]

    def test_only_what_is_kept_is_served_and_nothing_is_an_error(self):
        ranking = {"name": np.array(["risk", "level"]), "verdict": np.array([NOISE, KEPT])}
        assert names_within(make_task(), ranking, MAX_INPUTS) == ["level"]
        with pytest.raises(SettingError, match="asks for 1 inputs or fewer: allow more"):
            names_within(replace(make_task(), catalogue=[feature("level", inputs=("a", "b"))]),
                         {"name": np.array(["level"]), "verdict": np.array([KEPT])}, 1)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("selection")


@pytest.fixture(scope="module")
def found(folder):
    return selected(folder, with_doubles())


class TestSelecting:
    def test_the_curve_has_a_point_for_each_number_with_intervals(self, found):
        assert [point.inputs for point in found.points] == list(SIZES)
        for point in found.points:
            assert point.features <= point.inputs
            assert all(one["low"] <= one["value"] <= one["high"] for one in point.figures.values())

    def test_the_lowest_log_loss_is_settled_on_and_fewer_that_are_not_worse_are_told(self, found):
        losses = {point.inputs: point.figures["log_loss"]["value"] for point in found.points}
        assert losses[found.inputs] == min(losses.values())
        assert found.fewest <= found.inputs
        assert not next(point for point in found.points if point.inputs == found.fewest).worse

    def test_the_same_command_again_does_nothing_again_and_another_number_only_what_is_new(
        self, found, folder, monkeypatch
    ):
        monkeypatch.setattr(run_module, "rank", lambda *_a: pytest.fail("ranked again"))
        judged, before = [], {path: path.stat().st_mtime_ns for path in folder.glob("kept/*/*")}
        whole = run_module._judge
        monkeypatch.setattr(
            run_module, "_judge", lambda *order: judged.append(order) or whole(*order)
        )
        again = selected(folder, with_doubles())
        assert (again.points, again.inputs, judged) == (found.points, found.inputs, [])
        other = selected(folder, with_doubles(), inputs=3)
        assert other.inputs == 3
        assert len(judged) <= 2
        assert {path: path.stat().st_mtime_ns for path in before} == before

    def test_ranks_without_the_applicants_it_judges_and_only_what_was_cut_short_again(
        self, tmp_path, monkeypatch
    ):
        """Ctrl-C in the second ranking: the first is not lost."""
        task, ranked = with_doubles(), []

        def second_is_cut_short(make_task, rows, effort):
            ranked.append(rows.tolist())
            if len(ranked) == 2:
                raise KeyboardInterrupt
            return rank(make_task, rows, effort)

        monkeypatch.setattr(run_module, "rank", second_is_cut_short)
        with pytest.raises(KeyboardInterrupt):
            selected(tmp_path, task, sizes=(1,))
        selected(tmp_path, task, sizes=(1,))
        first, second = (rows.tolist() for rows, _ in splits_of(task, 2))
        assert ranked == [first, second, second, everyone(task).tolist()]


class TestReport:
    @pytest.fixture(scope="class")
    def made(self, folder):
        found = selected(folder, with_doubles(), inputs=1)
        return found, selection_report.feature_list(with_doubles(), found, {"seed": 0})

    def test_every_feature_near_the_cut_has_its_reason_and_figures(self, made):
        found, listed = made
        (kept,) = listed.features
        assert kept.reason.startswith("rank 1: ")
        task = with_doubles()
        assert kept.figures["folds"] == sum(
            kept.name in names_within(task, one, 1) for one in found.inside
        )
        verdicts = dict(
            zip(found.ranking["name"].tolist(), found.ranking["verdict"].tolist(), strict=True)
        )
        words = {
            KEPT: "past the cut at 1 inputs",
            DUPLICATE: "tells the same as",
            NOISE: "no better than noise",
        }
        assert Counter(verdicts[one.name] for one in listed.dropped) == Counter(
            verdicts.values()
        ) - Counter([KEPT])
        assert all(words[verdicts[one.name]] in one.reason for one in listed.dropped)

    def test_the_list_is_one_that_train_takes_with_where_it_comes_from(self, made, tmp_path):
        write_feature_list(tmp_path / "features.toml", made[1])
        assert read_feature_list(tmp_path / "features.toml") == made[1]
        provenance = read_overrides(None, tmp_path / "features.toml").settings()["features"][
            "provenance"
        ]
        assert provenance["inputs"] == 1
        assert provenance["out_of_fold"].keys() == {"cost_per_applicant", "roc_auc", "log_loss"}

    def test_csv_json_screen_and_picture_tell_the_curve(self, made):
        found, listed = made
        lines = list(csv.DictReader(io.StringIO(selection_report.as_csv(found.points))))
        assert [int(line["inputs"]) for line in lines] == list(SIZES)
        assert all(float(line["roc_auc_low"]) <= float(line["roc_auc_high"]) for line in lines)
        assert json.loads(json.dumps(run_module.as_dict(found, {})))["inputs"] == 1
        stream = io.StringIO()
        selection_report.show(found, listed.names, Console(file=stream, width=160))
        assert "Settled on 1 inputs, 1 features." in stream.getvalue()
        assert selection_report.picture(found).startswith(b"\x89PNG")


class TestTheCommand:
    @pytest.fixture
    def run_cli(self, run_cli, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        return partial(run_cli, "select")

    @pytest.mark.parametrize(
        ("arguments", "code", "message"),
        [
            (["--inputs", "126"], 2, "Invalid value for '--inputs'"),
            (["--folds", "11"], 2, "Invalid value for '--folds'"),
            (["--rows", "200"], 1, "--rows 200 leaves"),
            (["--data", "nowhere"], 1, "nowhere"),
            (["--out", "file/here"], 1, "file/here cannot be written"),
        ],
    )
    def test_what_is_wrong_is_named_with_the_remedy(
        self, run_cli, sample_folder, tmp_path, arguments, code, message
    ):
        (tmp_path / "file").write_text("")
        found, text = run_cli("--data", sample_folder, *arguments)
        assert found == code
        assert message in text
        assert "Traceback" not in text
        assert os.listdir() == ["file"]  # noqa: PTH208

    def test_leaves_the_list_the_curve_and_the_picture_and_says_how_to_use_them(
        self, run_cli, sample_folder, monkeypatch
    ):
        monkeypatch.setattr(
            "credit_scoring.laboratory.selection.rank_features.Effort", lambda: LITTLE
        )
        monkeypatch.setitem(run_module.select_features.__kwdefaults__, "sizes", (2,))
        few = [
            "--folds",
            2,
            "--rows",
            650,
            "--inputs",
            4,
            "--jobs",
            1,
            "--out",
            "chosen",
            "--no-track",
        ]
        code, text = run_cli("--data", sample_folder, *few)
        assert code == 0, text
        assert "--features chosen/features.toml" in text
        assert sorted(os.listdir("chosen")) == [  # noqa: PTH208
            "curve.csv", "curve.png", "features.toml", "kept", "selection.json"
        ]  # fmt: skip
        listed = read_feature_list(Path("chosen/features.toml"))
        assert 1 <= len(listed.names) <= 8
        assert all(one.reason for one in (*listed.features, *listed.dropped))
