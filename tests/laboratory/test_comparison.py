"""The comparison: every model with every strategy, honest, on the same folds, and nothing lost when it is stopped."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import psutil
import pytest
from rich.console import Console
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import roc_auc_score

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.comparison import compare_models, comparison_report
from credit_scoring.laboratory.comparison.candidates import (
    MODELS,
    SERVED,
    STRATEGIES,
    Candidate,
    Effort,
    How,
    contenders,
)
from credit_scoring.laboratory.comparison.compare_models import SHOWN, compare, kept_in
from credit_scoring.laboratory.comparison.evaluate_candidate import CostSensitive, judge
from credit_scoring.laboratory.comparison.preprocessing import Columns, as_frame, dense
from credit_scoring.laboratory.experiment import Study, splits_of, task_fingerprint
from credit_scoring.progress import Progress
from credit_scoring.training.metrics import Costs
from tests.training.learning_tasks import LEVELS, make_task

ROOT = Path(__file__).parents[2]
LITTLE = Effort(forest_trees=10, boosting_rounds=120, epochs=20, inner_folds=2)
EVERY = [Candidate(name, strategy) for name, kind in MODELS.items() for strategy in kind.strategies]
COUNTED = (
    Candidate("dummy", "none"),
    Candidate("logistic_regression", "none"),
    Candidate("lightgbm", "none"),
)

WITHOUT = """
    import sys
    from importlib.machinery import PathFinder
    class Without(PathFinder):
        @classmethod
        def find_spec(cls, name, *others):
            absent = name in ("xgboost", "catboost", "imblearn", "pandas", "mlflow")
            return None if absent else super().find_spec(name, *others)
    sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]
    import model
    model.cli()
"""


def named(contender):
    return contender.name


def quiet():
    return Progress(io.StringIO())


def studied(task):
    return Study(task, {"applicants": len(task.target)}, task_fingerprint(task))


def compared(folder, asked=COUNTED, task=None, **options):
    study = studied(task or make_task(rows=800, noise=3))
    kept = kept_in(folder / "kept", study, 2, LITTLE)
    return compare(
        study, asked, kept, quiet(), **{"folds": 2, "effort": LITTLE, "jobs": 1, **options}
    )


class TestAContender:
    def test_all_of_the_issue_s_models_and_strategies_are_there(self):
        models = [
            "dummy",
            "logistic_regression",
            "random_forest",
            "lightgbm",
            "xgboost",
            "catboost",
            "mlp",
        ]
        assert list(MODELS) == models
        assert list(STRATEGIES) == [
            "none",
            "class_weights",
            "is_unbalance",
            "smote",
            "undersampling",
        ]
        assert {one.strategy for one in EVERY if one.model == "lightgbm"} == set(STRATEGIES)
        assert contenders()[0] == EVERY

    @pytest.mark.parametrize("contender", EVERY, ids=named)
    def test_ranks_and_never_learns_from_the_applicants_it_judges(self, contender):
        """What happens to other judged applicants, in features and outcome, changes no answer about the first ones.

        It would if a median, a scale, a synthetic neighbour, the calibration or the threshold came from all rows.
        """
        task = make_task(rows=1000, noise=3)
        rows, others = splits_of(task, 3)[0]
        found = judge(contender, task, (rows, others), LITTLE)
        probability, target = found["probability"], task.target[others]
        auc = 0.5 if contender.model == "dummy" else 0.6
        assert auc <= roc_auc_score(target, probability) < 0.9
        assert 0 < found["threshold"] <= 1
        assert np.array_equal(found["refused"], probability >= found["threshold"])

        first, rest = others[:50], others[50:]
        changed = np.isin(np.arange(len(task.target)), rest)
        wild = (
            pl.when(pl.Series(changed))
            .then(1e6)
            .otherwise(pl.col(pl.Float32))
            .cast(pl.Float32)
            .name.keep()
        )
        target = np.where(changed, 1 - task.target, task.target).astype(np.int8)
        disturbed = replace(task, features=task.features.with_columns(wild), target=target)
        again = judge(contender, disturbed, (rows, others), LITTLE)
        assert np.array_equal(again["probability"][: len(first)], probability[: len(first)])
        assert again["threshold"] == found["threshold"]

    @pytest.mark.parametrize(
        "contender", [one for one in EVERY if one.strategy in {"smote", "undersampling"}], ids=named
    )
    def test_resampling_levels_the_classes_of_what_it_learns_from(self, contender):
        seen = []

        class Learner(ClassifierMixin, BaseEstimator):
            def fit(self, _features, target):
                self.classes_ = np.unique(target)
                seen.append(np.bincount(target))
                return self

        task = make_task(rows=300, noise=2)
        how = How(LITTLE, seed=0)
        pipeline = contender.pipeline(Columns.of(task.features), how)
        pipeline.set_params(model=Learner()).fit(
            compare_models.judging.coded(task.features), task.target
        )
        good, bad = seen[0]
        assert (
            good
            == bad
            == (
                task.target.sum()
                if contender.strategy == "undersampling"
                else (1 - task.target).sum()
            )
        )

    @pytest.mark.parametrize("name", [one.name for one in EVERY if one.strategy == "class_weights"])
    def test_weights_are_what_mistakes_cost(self, name):
        made = Candidate(*name.split("+")).pipeline(Columns((0,)), How(LITTLE, seed=0, weight=7.0))[
            "model"
        ]
        params = made.get_params()
        weights = params.get("class_weight") or {0: 1.0, 1: params["scale_pos_weight"]}
        assert weights == {0: 1.0, 1: 7.0}

    def test_is_unbalance_is_lightgbm_s_own(self):
        made = Candidate("lightgbm", "is_unbalance").pipeline(
            Columns((0,)), How(LITTLE, seed=0, weight=7.0)
        )["model"]
        assert made.get_params()["is_unbalance"] is True
        assert "scale_pos_weight" not in made.get_params()


class TestCalibrationAndThreshold:
    def test_come_from_predictions_for_rows_that_the_fit_had_not_seen(self):
        asked = []

        class Watchful(ClassifierMixin, BaseEstimator):
            """Knows the rows it learned from by their first column."""

            def fit(self, matrix, target):
                self.classes_, self.seen_ = np.unique(target), set(matrix[:, 0])
                return self

            def predict_proba(self, matrix):
                assert not self.seen_ & set(matrix[:, 0])
                asked.extend(matrix[:, 0])
                return np.column_stack([1 - matrix[:, 1], matrix[:, 1]])

            def predict(self, matrix):
                return self.predict_proba(matrix)[:, 1] > 0.5

        rng = np.random.default_rng(0)
        score = rng.random(200)
        target = (rng.random(200) < score**2).astype(np.int8)
        frame = pl.DataFrame({"row": np.arange(200.0), "score": score}).cast(pl.Float32)
        fitted = CostSensitive.fit(Watchful(), frame, target, Costs(), How(LITTLE, seed=0))
        assert sorted(asked) == list(range(200))
        assert len(fitted.estimator.seen_) == 200
        assert fitted.slope > 0

    @pytest.mark.parametrize("strategy", MODELS["logistic_regression"].strategies)
    def test_give_probabilities_at_the_true_rate_whatever_the_strategy_did_to_it(self, strategy):
        task = make_task(rows=1000)
        rows, others = splits_of(task, 2)[0]
        found = judge(Candidate("logistic_regression", strategy), task, (rows, others), LITTLE)
        assert found["probability"].mean() == pytest.approx(task.target.mean(), abs=0.03)
        assert found["threshold"] == pytest.approx(1 / 11, abs=0.05)

    def test_a_score_that_tells_nothing_gets_the_base_rate(self):
        found = judge(COUNTED[0], make_task(rows=300), splits_of(make_task(rows=300), 2)[0], LITTLE)
        assert np.ptp(found["probability"]) == 0
        assert found["probability"][0] == pytest.approx(make_task(rows=300).target.mean(), abs=0.01)


class TestPreparation:
    MATRIX = np.array([[1, 0], [np.nan, 2], [3, np.nan], [1e9, 1]], np.float32)

    def test_dense_leaves_nothing_missing_and_knows_the_contract_s_levels(self):
        found = dense(Columns((0, len(LEVELS)))).fit(self.MATRIX[:3]).transform(self.MATRIX)
        assert found.shape == (4, 2 + len(LEVELS))
        assert found[1, :2].tolist() == [
            0,
            pytest.approx(2**0.5),
        ]  # the median, and the mark of what was missing
        assert found[3, 0] == 10  # as far as anything may be
        assert found[:, 2:].tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 1, 0]]

    def test_a_frame_keeps_what_is_missing_and_all_levels(self):
        frame = as_frame(Columns((0, len(LEVELS)))).fit_transform(self.MATRIX)
        assert frame["0"].isna().tolist() == [False, True, False, False]
        assert frame["1"].tolist() == [0, 2, -1, 1]
        assert frame["1"].cat.categories.tolist() == [-1, 0, 1, 2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("comparison")


@pytest.fixture(scope="module")
def rows(folder):
    return compared(folder)


class TestComparing:
    def test_the_cheapest_comes_first(self, rows):
        costs = [row.figures["cost_per_applicant"]["value"] for row in rows]
        assert costs == sorted(costs)
        assert rows[-1].contender.model == "dummy"

    def test_every_figure_has_its_interval(self, rows):
        for row in rows:
            assert row.figures.keys() == set(SHOWN)
            assert all(one["low"] <= one["value"] <= one["high"] for one in row.figures.values())
            assert row.train_seconds > 0
            assert row.predict_ms > 0

    def test_differences_are_to_the_best_and_to_the_served_and_tell_chance_from_fact(self, rows):
        best, served = rows[0], next(row for row in rows if row.contender.name == SERVED)
        assert best.over_best is None
        assert served.over_served is None
        for row in rows[1:]:
            gap = (
                row.figures["cost_per_applicant"]["value"]
                - best.figures["cost_per_applicant"]["value"]
            )
            assert row.over_best["value"] == pytest.approx(gap)
            assert row.over_best["real"] == (row.over_best["low"] > 0)
        assert rows[-1].over_best["real"]
        assert not next(row for row in rows[1:] if row.contender.model != "dummy").over_best["real"]

    def test_features_are_selected_on_each_fold_s_training_part(self, tmp_path, monkeypatch):
        task, asked = make_task(rows=400, noise=2), []
        task = replace(
            task, features=task.features.with_columns(noise_0=pl.arange(400).cast(pl.Float32))
        )

        def select(features, *_others):
            asked.append(set(features["noise_0"].cast(int)))
            return ["risk"]

        monkeypatch.setattr("credit_scoring.training.cross_validation.select", select)
        compared(tmp_path, COUNTED[:2], task)
        assert sorted(map(sorted, asked)) == sorted(
            sorted(rows.tolist()) for rows, _ in splits_of(task, 2)
        )

    def test_the_same_command_again_does_nothing_again(self, rows, folder, monkeypatch):
        monkeypatch.setattr(compare_models, "judge", lambda *_a: pytest.fail("judged again"))
        monkeypatch.setattr(
            "credit_scoring.training.cross_validation.select",
            lambda *_a: pytest.fail("selected again"),
        )
        again = compared(folder)
        assert again == rows

    @pytest.mark.usefixtures("rows")
    def test_only_what_is_missing_or_damaged_is_made(self, folder, tmp_path, monkeypatch):
        made = []
        monkeypatch.setattr(
            compare_models, "judge", lambda one, *others: made.append(one) or judge(one, *others)
        )
        copy = shutil.copytree(folder, tmp_path / "copy")
        next(copy.glob(f"kept/*/{COUNTED[0].name}-1.npz")).write_bytes(b"PK half")
        more = Candidate("logistic_regression", "class_weights")
        found = compared(copy, [*COUNTED, more])
        assert sorted(made, key=named) == sorted([COUNTED[0], more, more], key=named)
        assert {row.contender for row in found} == {*COUNTED, more}

    def test_other_data_folds_or_effort_are_other_results(self, tmp_path):
        study = studied(make_task(rows=300))
        other = studied(make_task(rows=300, seed=1))
        places = [kept_in(tmp_path, *facts).folder for facts in
                  ((study, 2, LITTLE), (other, 2, LITTLE), (study, 3, LITTLE), (study, 2, Effort()))]  # fmt: skip
        assert len(set(places)) == 4


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl-C"])
def test_stopped_midway_it_leaves_no_process_and_loses_no_finished_piece(
    tmp_path, blow, monkeypatch
):
    script = f"""
        import io, signal
        from pathlib import Path
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
        from credit_scoring.progress import Progress
        from credit_scoring.laboratory.comparison.candidates import Candidate, Effort
        from credit_scoring.laboratory.comparison.compare_models import compare, kept_in
        from credit_scoring.laboratory.experiment import Study, fingerprint_of
        from tests.training.learning_tasks import problem
        task, effort = problem(rows=800, noise=3), {LITTLE!r}
        study = Study(task, {{}}, fingerprint_of(task))
        kept = kept_in(Path({str(tmp_path / "kept")!r}), study, 2, effort)
        compare(study, {COUNTED!r}, kept, Progress(io.StringIO()), folds=2, effort=effort, jobs=2)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stderr=subprocess.PIPE
    ) as process:
        while process.poll() is None and not list(tmp_path.glob("kept/*/dummy*.npz")):
            time.sleep(0.01)
        helpers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(blow)
        process.communicate()
    assert process.returncode != 0
    _, alive = psutil.wait_procs(helpers, timeout=20)
    assert alive == []
    finished = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("kept/*/*.npz")}
    assert len(finished) >= 3  # features of two folds, and a contender
    made: list[Candidate] = []
    monkeypatch.setattr(
        compare_models, "judge", lambda *order: made.append(order[0]) or judge(*order)
    )
    assert len(compared(tmp_path)) == len(COUNTED)
    assert len(made) == 2 * len(COUNTED) + 2 - len(finished)
    paths = list(tmp_path.glob("kept/*/*"))
    assert {
        path.name: path.stat().st_mtime_ns for path in paths if path.name in finished
    } == finished
    assert all(path.suffix == ".npz" for path in paths)


class TestReport:
    def test_csv_has_a_line_for_each_and_a_column_for_all(self, rows):
        lines = list(csv.DictReader(io.StringIO(comparison_report.as_csv(rows))))
        assert [line["model"] for line in lines] == [row.contender.model for row in rows]
        for name in SHOWN:
            assert (
                float(lines[0][f"{name}_low"])
                <= float(lines[0][name])
                <= float(lines[0][f"{name}_high"])
            )
        assert lines[0]["over_best"] == ""
        assert lines[-1]["over_best_real"] == "True"
        assert all(
            float(line[name]) > 0
            for line in lines
            for name in ("threshold", "train_seconds", "predict_ms")
        )

    def test_json_can_be_read_back(self, rows):
        absent = {"xgboost": [Candidate("xgboost", "none")]}
        told = json.loads(json.dumps(comparison_report.as_dict(rows, absent, {"seed": 0})))
        assert told["absent"] == {"xgboost": ["xgboost+none"]}
        assert [row["name"] for row in told["rows"]] == [row.contender.name for row in rows]

    def test_the_screen_has_every_figure_and_the_verdict(self, rows):
        stream = io.StringIO()
        comparison_report.show(rows, Console(file=stream, width=160))
        text = stream.getvalue()
        for heading in (
            "cost",
            "AUC",
            "PR AUC",
            "log-loss",
            "Brier",
            "recall",
            "precision",
            "F1",
            "KS",
            "train s",
        ):
            assert heading in text
        assert all(row.title in text for row in rows)
        assert comparison_report.verdict(rows) in text.replace("\n", " ")

    def test_the_picture_is_a_png(self, rows):
        assert comparison_report.picture(rows).startswith(b"\x89PNG")
        assert comparison_report.picture(rows[:1]).startswith(b"\x89PNG")

    def test_the_verdict_says_whether_a_better_model_is_so_for_real(self, rows):
        served = next(row for row in rows if row.contender.name == SERVED)
        other = next(row for row in rows if row.contender.model == "logistic_regression")
        over = {"value": 0.02, "low": 0.01, "high": 0.03, "real": True}
        assert (
            comparison_report.verdict([served, other])
            == "LightGBM, none, which is served, costs least."
        )
        assert comparison_report.verdict([other]) == "Logistic regression, none costs least."
        told = comparison_report.verdict([other, replace(served, over_best=over)])
        assert told.endswith(
            "costs 0.0200 more per applicant (0.0100 to 0.0300): a real difference."
        )
        chance = {**over, "low": -0.01, "real": False}
        assert comparison_report.verdict([other, replace(served, over_best=chance)]).endswith(
            "which may be chance."
        )


class TestAbsentLibraries:
    @pytest.mark.parametrize(
        ("module", "package", "lost"),
        [("xgboost", "xgboost", 4), ("catboost", "catboost", 4), ("imblearn", "imbalanced-learn", 12),
         ("pandas", "pandas", 9)],
    )  # fmt: skip
    def test_are_named_with_what_is_left_out(self, monkeypatch, module, package, lost):
        monkeypatch.setitem(sys.modules, module, None)  # any import of it fails from here on
        present, absent = contenders()
        assert list(absent) == [package]
        assert len(absent[package]) == lost
        assert len(present) == len(EVERY) - lost
        (line,) = comparison_report.left_out(absent)
        assert line.startswith(f"{package} is not installed, so ")
        assert "pip install -r requirements-lab.txt" in line

    def test_nothing_left_is_an_error_with_the_remedy(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "catboost", None)
        with pytest.raises(
            SettingError, match=r"catboost is not installed \(requirements-lab\.txt\)"
        ):
            contenders(["catboost"])


class TestTheCommand:
    @pytest.fixture
    def run_cli(self, run_cli, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        return partial(run_cli, "compare")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--models", "lightgbn"], "lightgbn is no model (did you mean lightgbm?): expected dummy, logistic_regr"),
            (["--strategies", "none,smot"], "smot is no strategy (did you mean smote?): expected none, class_weights"),
            (["--models", "mlp", "--strategies", "class_weights"], "these models do not go with these strategies"),
            (["--rows", "200"], "--rows 200 leaves"),
            (["--data", "nowhere"], "nowhere"),
            (["--out", "file/here"], "file/here cannot be written"),
            (["--allow", "CODE_GENDRE"], "CODE_GENDRE is no prohibited or restricted attribute (did you mean CODE_GEN"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named_with_the_remedy(
        self, run_cli, sample_folder, tmp_path, arguments, message
    ):
        (tmp_path / "file").write_text("")
        code, text = run_cli("--data", sample_folder, *arguments)
        assert code == 1
        assert message in text
        assert "Traceback" not in text
        assert os.listdir() == ["file"]  # noqa: PTH208

    @pytest.mark.parametrize("folds", ["1", "11", "many"])
    def test_folds_have_limits(self, run_cli, sample_folder, folds):
        code, text = run_cli("--data", sample_folder, "--folds", folds)
        assert code == 2
        assert "Invalid value for '--folds'" in text

    def test_runs_without_the_optional_libraries_and_leaves_table_facts_and_picture(
        self, sample_folder, tmp_path
    ):
        few = [
            "--folds",
            "2",
            "--rows",
            "650",
            "--jobs",
            "1",
            "--models",
            "dummy,logistic_regression,xgboost",
        ]
        command = [
            sys.executable,
            "-c",
            textwrap.dedent(WITHOUT),
            "compare",
            "--data",
            str(sample_folder),
            *few,
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "150"}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "xgboost is not installed, so XGBoost (none), XGBoost (class weights)" in done.stderr
        assert "imbalanced-learn is not installed, so Logistic regression (SMOTE)" in done.stderr
        assert "costs least." in done.stdout
        folder = tmp_path / "reports/comparison"
        files = ["comparison.csv", "comparison.json", "comparison.png", "kept"]
        assert sorted(path.name for path in folder.iterdir()) == files
        told = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
        assert told["facts"]["data"]["applicants"] == 650
        assert told["facts"]["data"]["allowed_attributes"] == []
        assert len(told["rows"]) == 3
