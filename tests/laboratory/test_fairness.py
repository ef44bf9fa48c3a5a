"""Figures by group: fairlearn's values, honest about small groups; what leaving the attributes out costs."""

import dataclasses
import io
import json
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_ratio,
    equalized_odds_difference,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
)
from rich.console import Console
from typer.testing import CliRunner

import model
from credit_scoring.commands import fairness as command
from credit_scoring.laboratory.fairness import attribute_ablation, fairness_report
from credit_scoring.laboratory.fairness.group_metrics import (
    ATTRIBUTES,
    ERRORS,
    RATES,
    Groups,
    by_group,
    groups_of,
    price,
    verdicts,
)
from credit_scoring.training.cross_validation import Predictions
from tests.training.learning_tasks import problem

ROWS = 3000
NAMES = ["a", "b", "c"]


def judged_groups(seed=0, gap=0.6, rows=ROWS):
    """Target, groups of three sizes and a judgement that refuses group c more often by `gap` in log-odds."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(3, rows, p=[0.5, 0.35, 0.15])
    log_odds = rng.normal(-1.5, 1, rows) + gap * (codes == 2)
    probability = 1 / (1 + np.exp(-log_odds))
    target = (rng.random(rows) < probability).astype(np.int8)
    return (
        target,
        Groups("kind", NAMES, codes),
        Predictions(np.arange(rows), probability, probability >= 0.25),
    )


@pytest.fixture(scope="module")
def found():
    target, groups, judged = judged_groups()
    return by_group(groups, target, judged, seed=0)


class TestValues:
    def test_of_every_group_are_fairlearn_s(self, found):
        target, groups, judged = judged_groups()
        metrics = {"selection_rate": selection_rate, "false_positive_rate": false_positive_rate,
                   "false_negative_rate": false_negative_rate}  # fmt: skip
        kind = pd.Series(np.array(NAMES)[groups.codes])
        theirs = MetricFrame(
            metrics=metrics, y_true=target, y_pred=judged.refused, sensitive_features=kind
        ).by_group
        for group in found["groups"]:
            name = group["group"]
            accepted = (
                1 - theirs.loc[name, "selection_rate"]
            )  # fairlearn's selected are those predicted 1: refused
            assert group["selection_rate"]["value"] == pytest.approx(accepted)
            for rate in ("false_positive_rate", "false_negative_rate"):
                assert group[rate]["value"] == pytest.approx(theirs.loc[name, rate])

    def test_between_groups_are_fairlearn_s(self, found):
        target, groups, judged = judged_groups()
        options = {"sensitive_features": groups.codes}
        ratio = demographic_parity_ratio(target, ~judged.refused, **options)
        odds = equalized_odds_difference(target, judged.refused, **options)
        assert found["four_fifths_ratio"]["value"] == pytest.approx(ratio)
        assert found["equalised_odds_difference"]["value"] == pytest.approx(odds)
        assert found["four_fifths_ratio"]["lowest"] == "c"
        gaps = {error: found[f"{error}_gap"]["value"] for error in ERRORS}
        assert found["equalised_odds_difference"]["error"] == max(gaps, key=gaps.get)

    def test_calibration_is_what_happened_over_what_was_predicted(self, found):
        target, groups, judged = judged_groups()
        for code, group in enumerate(found["groups"]):
            rows = groups.codes == code
            expected = target[rows].sum() / judged.probability[rows].sum()
            assert group["calibration_ratio"]["value"] == pytest.approx(expected)
            assert group["predicted_rate"]["value"] == pytest.approx(
                judged.probability[rows].mean()
            )


class TestIntervals:
    def test_hold_their_values(self, found):
        figures = [group[rate] for group in found["groups"] for rate in RATES]
        for figure in [*figures, found["four_fifths_ratio"], found["false_positive_gap"]]:
            assert figure["low"] <= figure["value"] <= figure["high"]

    def test_of_groups_that_are_alike_hold_no_difference(self):
        """Most of ten times: the two groups most apart are chosen, so chance has three pairs to err with."""
        held = []
        for seed in range(10):
            target, groups, judged = judged_groups(seed=seed, gap=0)
            ratio = by_group(groups, target, judged, seed=0)["four_fifths_ratio"]
            held.append(ratio["low"] <= 1 <= ratio["high"])
        assert sum(held) >= 7

    def test_of_groups_that_differ_leave_it_out(self, found):
        assert found["four_fifths_ratio"]["high"] < 1
        assert found["false_positive_gap"]["low"] > 0


class TestSmallGroups:
    def test_are_flagged_shown_and_left_out_only_of_a_second_comparison(self):
        target, groups, judged = judged_groups()
        codes = groups.codes.copy()
        codes[:30] = 3
        refused = judged.refused.copy()
        refused[:30] = True
        small = by_group(
            Groups("kind", [*NAMES, "d"], codes),
            target,
            dataclasses.replace(judged, refused=refused),
            seed=0,
        )
        assert [group["small"] for group in small["groups"]] == [False, False, False, True]
        assert small["groups"][3]["selection_rate"]["value"] == 0
        assert small["four_fifths_ratio"]["value"] == 0
        assert small["without_small_groups"]["four_fifths_ratio"]["value"] > 0.5

    def test_without_a_defaulter_have_no_rate_of_missed_ones(self):
        target, groups, judged = judged_groups(rows=400)
        target[groups.codes == 2] = 0
        found = by_group(groups, target, judged, seed=0)
        assert found["groups"][2]["false_negative_rate"] is None
        assert found["groups"][2]["false_positive_rate"] is not None
        assert json.loads(json.dumps(found, allow_nan=False)) == found
        assert fairness_report.picture({"attributes": [found]}).startswith(b"\x89PNG")

    def test_alone_leave_nothing_to_compare(self):
        target, groups, judged = judged_groups(rows=60)
        found = by_group(groups, target, judged, seed=0)
        assert all(group["small"] for group in found["groups"])
        assert found["without_small_groups"]["four_fifths_ratio"] is None
        assert "no group can be compared" in " ".join(verdicts({"attributes": [found]}))


class TestGroups:
    def test_are_sex_age_band_and_marital_status(self):
        days = [-24.9 * 365.25, -25.1 * 365.25, -61.9 * 365.25, -62.1 * 365.25, None]
        frame = pl.DataFrame({
            "CODE_GENDER": pl.Series(["F", "M", "F", None, "F"], dtype=pl.Enum(["F", "M"])),
            "DAYS_BIRTH": pl.Series(days, dtype=pl.Float32),
            "NAME_FAMILY_STATUS": pl.Series(["Married", "Widow", "Married", "Married", None]),
        })  # fmt: skip
        sex, age, status = groups_of(frame)
        assert [sex.names[code] for code in sex.codes] == ["F", "M", "F", "unknown", "F"]
        assert [age.names[code] for code in age.codes] == [
            "under 25", "25 to 34", "55 to 61", "62 and over", "unknown",
        ]  # fmt: skip
        assert age.names == ["under 25", "25 to 34", "55 to 61", "62 and over", "unknown"]
        assert status.names == ["Married", "Widow", "unknown"]


class TestThePrice:
    def test_is_a_paired_difference(self):
        task = problem(rows=800)
        rng = np.random.default_rng(0)
        every = np.arange(800)
        good = Predictions(every, task.target * 0.5 + rng.random(800) * 0.5, task.target == 1)
        found = price(Predictions(every, rng.random(800), rng.random(800) > 0.5), good, task)
        assert found["roc_auc"]["difference"]["high"] < 0
        assert found["cost_per_applicant"]["difference"]["low"] > 0
        assert found["cost_per_applicant"]["difference"]["real"] is True
        same = price(good, good, task)
        assert same["roc_auc"]["difference"] == {"value": 0, "low": 0, "high": 0, "real": False}


class TestTheCommand:
    @pytest.fixture
    def trainings(self, monkeypatch):
        """What each training was allowed to see; the training itself is known to hold from elsewhere."""
        seen = []

        def judged(task, _report):
            seen.append({*task.features.columns} & {*ATTRIBUTES})
            rng = np.random.default_rng(len(seen))
            probability = np.clip(
                0.08 + 0.1 * task.target + 0.05 * rng.standard_normal(len(task.target)), 0, 1
            )
            rows = rng.permutation(len(task.target))
            return Predictions(rows, probability[rows], probability[rows] > 0.1)

        monkeypatch.setattr(attribute_ablation, "cross_validate", judged)
        return seen

    def test_judges_the_procedure_out_of_fold_where_the_model_has_seen_the_data(
        self, trainings, bundle_folder, bundle, sample_folder, tmp_path
    ):
        result = CliRunner().invoke(
            model.cli,
            [
                "fairness",
                "--data",
                str(sample_folder),
                "--bundle",
                str(bundle_folder),
                "--out",
                str(tmp_path),
            ],
        )
        assert result.exit_code == 0, result.output
        found = json.loads((tmp_path / "fairness.json").read_text())
        assert trainings == [set(), {*ATTRIBUTES}]
        assert (found["judged"], found["model_version"]) == ("out of fold", bundle.manifest.version)
        assert [one["attribute"] for one in found["attributes"]] == ["sex", "age", "marital status"]
        for one in found["attributes"]:
            assert (
                sum(group["applicants"] for group in one["groups"])
                == bundle.manifest.data["applicants"]
            )
            assert (
                sum(group["defaults"] for group in one["groups"])
                == bundle.manifest.data["defaults"]
            )
        assert found["price"]["roc_auc"]["difference"].keys() == {"value", "low", "high", "real"}
        assert "Without sex, age and marital status the AUC is" in " ".join(result.output.split())
        assert (tmp_path / "fairness.png").is_file()

    def test_judges_the_bundle_itself_on_other_data(self, trainings, bundle_folder, tmp_path):
        from credit_scoring.laboratory.score_dataset import load_verified_bundle
        from credit_scoring.progress import Progress
        from credit_scoring.sample import generate_sample
        from credit_scoring.tables.read_tables import UNKEPT

        generate_sample(tmp_path, applicants=400, seed=3)
        quiet = Progress(io.StringIO())
        found = command.report_on(
            load_verified_bundle(bundle_folder), tmp_path, 0, UNKEPT, quiet, price=False
        )
        assert trainings == []
        assert (found["judged"], found["price"]) == (
            "on data that the model was not trained on",
            None,
        )
        said = io.StringIO()
        fairness_report.show(found, Console(file=said, width=200))
        assert (
            f"{found['data']['applicants']} applicants of {tmp_path}, judged on data that the"
            in said.getvalue()
        )
        assert "equalised odds difference" in said.getvalue()
        assert "(few)" in said.getvalue()
        assert "Without sex" not in said.getvalue()


def test_the_verdict_names_the_groups_and_how_sure_it_is():
    one = {"lowest": "M", "highest": "F"}
    say = partial(dict, attribute="sex", groups=[], equalised_odds_difference=None)
    told = [
        next(
            verdicts(
                {
                    "attributes": [
                        say(four_fifths_ratio={**one, "value": 0.8, "low": low, "high": high})
                    ]
                }
            )
        )
        for low, high in ((0.81, 0.9), (0.7, 0.79), (0.75, 0.85))
    ]
    assert told[0].endswith("which meets the four-fifths rule.")
    assert told[1].endswith("which fails the four-fifths rule.")
    assert told[2] == ("By sex: M is accepted 0.800 times (0.750 to 0.850) as often as F, which may or may not meet "
                       "the four-fifths rule.")  # fmt: skip
    odds = {**one, "value": 0.1, "low": -0.02, "high": 0.3, "error": "false_negative"}
    *_, last = verdicts(
        {"attributes": [say(four_fifths_ratio=None, equalised_odds_difference=odds)]}
    )
    assert last.startswith(
        "By sex: equalised odds difference 0.100 (-0.020 to 0.300), defaulters are accepted more"
    )
    assert last.endswith("often in F than in M.")
