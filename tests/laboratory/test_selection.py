"""The selection study: the curve by number of inputs, the choice, the cache and the report."""

import csv
import io
import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.selection import rank_features as ranking
from credit_scoring.laboratory.selection import selection_report
from credit_scoring.laboratory.selection.rank_features import DUPLICATE, KEPT, NOISE
from credit_scoring.laboratory.selection.select_features import names_within
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.feature_list_file import read_feature_list, write_feature_list
from credit_scoring.training.feature_selection import MAX_INPUTS
from credit_scoring.training.folds import stratified_folds
from credit_scoring.training.overrides import read_overrides
from tests.laboratory.selection_runs import LIMITS, run_selection, task_with_duplicates
from tests.training.learning_tasks import make_feature, make_task


class TestNamesWithin:
    def test_inputs_of_ratios_count(self):
        catalogue = [
            make_feature("both", inputs=("a", "b")),
            make_feature("c", inputs=("c",)),
            make_feature("a", inputs=("a",)),
        ]
        task = replace(make_task(), catalogue=catalogue)
        ranked = {"name": np.array(["both", "c", "a"]), "verdict": np.array([KEPT, KEPT, KEPT])}
        assert names_within(task, ranked, 3) == ["both", "c", "a"]
        assert names_within(task, ranked, 2) == ["both", "a"]
        assert names_within(task, ranked, 1) == ["c"]

    def test_noise_is_not_served(self):
        ranked = {"name": np.array(["risk", "level"]), "verdict": np.array([NOISE, KEPT])}
        assert names_within(make_task(), ranked, MAX_INPUTS) == ["level"]

    def test_no_feature_within_the_limit_is_an_error(self):
        ranked = {"name": np.array(["level"]), "verdict": np.array([KEPT])}
        task = replace(make_task(), catalogue=[make_feature("level", inputs=("a", "b"))])
        with pytest.raises(SettingError, match="feature needs 1 inputs or fewer: allow more"):
            names_within(task, ranked, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("selection")


@pytest.fixture(scope="module")
def selection(folder):
    return run_selection(folder, task_with_duplicates())


class TestCurve:
    def test_has_a_point_per_limit_with_intervals(self, selection):
        assert [point.inputs for point in selection.points] == list(LIMITS)
        for point in selection.points:
            assert point.features <= point.inputs
            for interval in point.figures.values():
                assert interval["low"] <= interval["value"] <= interval["high"]

    def test_lowest_log_loss_is_chosen(self, selection):
        losses = {point.inputs: point.figures["log_loss"]["value"] for point in selection.points}
        assert losses[selection.inputs] == min(losses.values())

    def test_fewest_is_not_significantly_worse(self, selection):
        fewest = selection.fewest
        assert fewest <= selection.inputs
        assert not next(point for point in selection.points if point.inputs == fewest).worse


class TestCache:
    @pytest.fixture
    def count_calls(self, monkeypatch):
        """Records the calls of a function or method, in this process."""

        def patch(owner, name):
            calls = []
            original = getattr(owner, name)

            def spy(*arguments):
                calls.append(arguments)
                return original(*arguments)

            monkeypatch.setattr(owner, name, spy)
            return calls

        return patch

    def test_second_run_computes_new_results_only(self, selection, folder, count_calls):
        rankings = count_calls(ranking, "_gain_and_noise")
        fits = count_calls(LearningTask, "fit")
        stored = {path: path.stat().st_mtime_ns for path in folder.rglob("output.pkl")}
        again = run_selection(folder, task_with_duplicates())
        assert (again.points, again.inputs) == (selection.points, selection.inputs)
        assert fits == []
        assert run_selection(folder, task_with_duplicates(), inputs=3).inputs == 3
        assert len(fits) <= 2
        assert rankings == []
        assert {path: path.stat().st_mtime_ns for path in stored} == stored

    def test_interrupted_ranking_resumes(self, tmp_path, monkeypatch):
        """Ctrl-C in the second ranking keeps the first; each uses its own rows only."""
        task = task_with_duplicates()
        row_counts = []
        rank = ranking._gain_and_noise

        def interrupt_second(model, target, effort):
            row_counts.append(len(target))
            if len(row_counts) == 2:
                raise KeyboardInterrupt
            return rank(model, target, effort)

        monkeypatch.setattr(ranking, "_gain_and_noise", interrupt_second)
        with pytest.raises(KeyboardInterrupt):
            run_selection(tmp_path, task, limits=(1,))
        run_selection(tmp_path, task, limits=(1,))
        first, second = (len(rows) for rows, _ in stratified_folds(task.target, 2, task.seed))
        assert row_counts == [first, second, second, len(task.target)]


@pytest.fixture(scope="module")
def small_selection(folder):
    return run_selection(folder, task_with_duplicates(), inputs=1)


@pytest.fixture(scope="module")
def feature_list(small_selection):
    task = task_with_duplicates()
    return selection_report.make_feature_list(task, small_selection, {"seed": 0})


class TestReport:
    def test_kept_features_have_reason_and_figures(self, small_selection, feature_list):
        (kept,) = feature_list.features
        assert kept.reason.startswith("rank 1: ")
        task = task_with_duplicates()
        folds = [names_within(task, fold, 1) for fold in small_selection.fold_rankings]
        assert kept.figures["folds"] == sum(kept.name in names for names in folds)

    def test_dropped_features_have_their_reason(self, small_selection, feature_list):
        names = small_selection.ranking["name"].tolist()
        verdicts = dict(zip(names, small_selection.ranking["verdict"].tolist(), strict=True))
        dropped = Counter(verdicts[feature.name] for feature in feature_list.dropped)
        assert dropped == Counter(verdicts.values()) - Counter([KEPT])
        reasons = {
            KEPT: "past the cut at 1 inputs",
            DUPLICATE: "duplicate of ",
            NOISE: "no better than noise",
        }
        for feature in feature_list.dropped:
            assert reasons[verdicts[feature.name]] in feature.reason

    def test_list_is_readable_by_train(self, feature_list, tmp_path):
        path = tmp_path / "features.toml"
        write_feature_list(path, feature_list)
        assert read_feature_list(path) == feature_list
        provenance = read_overrides(None, path).settings()["features"]["provenance"]
        assert provenance["inputs"] == 1
        assert provenance["out_of_fold"].keys() == {"cost_per_applicant", "roc_auc", "log_loss"}

    def test_csv_and_json_have_the_curve(self, small_selection):
        text = selection_report.as_csv(small_selection.points)
        lines = list(csv.DictReader(io.StringIO(text)))
        assert [int(line["inputs"]) for line in lines] == list(LIMITS)
        assert all(float(line["roc_auc_low"]) <= float(line["roc_auc_high"]) for line in lines)
        assert json.loads(json.dumps(small_selection.as_dict({})))["inputs"] == 1

    def test_screen_and_plot_show_the_choice(self, small_selection, feature_list):
        screen = io.StringIO()
        console = Console(file=screen, width=160)
        selection_report.print_selection(small_selection, feature_list.names, console)
        assert "Chosen: 1 inputs, 1 features." in screen.getvalue()
        assert selection_report.plot_selection(small_selection).startswith(b"\x89PNG")
