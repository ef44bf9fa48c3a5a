"""Thresholds: the optimum, other cost ratios and costs per loan equal what plain counting gives."""

import csv
import dataclasses
import io
import json

import numpy as np
import polars as pl
import pytest
from rich.console import Console
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

import model
from credit_scoring.errors import FeatureError, SettingError, TableError
from credit_scoring.laboratory.score_dataset import (
    load_labelled,
    load_verified_bundle,
    predict_dataset,
)
from credit_scoring.laboratory.threshold import held_out_predictions as module
from credit_scoring.laboratory.threshold import threshold_report
from credit_scoring.laboratory.threshold.held_out_predictions import (
    OUT_OF_FOLD,
    TABLE,
    UNSEEN,
    Columns,
    Predictions,
    from_bundle,
    from_table,
)
from credit_scoring.laboratory.threshold.optimise_threshold import (
    MOST_POINTS,
    RATIOS,
    as_csv,
    chosen,
    files,
    find,
)
from credit_scoring.laboratory.threshold.profit import (
    Book,
    Terms,
    best_threshold,
    curve,
    expected_maximum_profit,
    loan_by_loan,
)
from credit_scoring.sample import generate_sample
from credit_scoring.training.metrics import Costs

PNG = b"\x89PNG\r\n\x1a\n"
AMOUNTS = Columns(exposure="exposure", margin="margin")


def quiet(_done, _total):
    pass


def predicted(rows=400, seed=0, digits=2, distort=1.0):
    """Predictions that are true probabilities (to so many digits, so with ties), each loan with its amounts."""
    rng = np.random.default_rng(seed)
    true = 1 / (1 + np.exp(2.2 - rng.normal(0, 1, rows)))
    default = (rng.random(rows) < true).astype(float)
    exposure = rng.uniform(100, 1000, rows).round()
    given = (true**distort).round(digits).clip(0, 1)
    facts = {"applicants": rows, "defaults": int(default.sum())}
    return Predictions(
        default, given, TABLE, facts, exposure, (exposure * rng.uniform(0.02, 0.2, rows)).round(1)
    )


def cost_from(given, threshold, fn=10.0, fp=1.0):
    """The cost per applicant of refusing from a threshold on, counted one by one."""
    pairs = zip(given.default, given.probability, strict=True)
    return sum(
        (fp if not bad else 0.0) if p >= threshold else (fn if bad else 0.0) for bad, p in pairs
    ) / len(given.default)


def profit_from(given, threshold, lgd=0.75):
    loans = zip(given.default, given.probability, given.exposure, given.margin, strict=True)
    return sum((-lgd * e if bad else m) for bad, p, e, m in loans if p < threshold) / len(
        given.default
    )


class TestTheOptimum:
    def test_is_as_cheap_as_the_best_of_all_cuts(self):
        given = predicted()
        found = chosen(given, Costs(), 0)
        every = [cost_from(given, cut) for cut in [*np.unique(given.probability), 2.0]]
        assert found["cost_per_applicant"] == pytest.approx(min(every))
        assert found["cost_per_applicant"] == pytest.approx(cost_from(given, found["value"]))
        assert found["refused_share"] == np.mean(given.probability >= found["value"])

    def test_stands_beside_the_theory_and_what_that_costs(self):
        given = predicted()
        found = chosen(given, Costs(5, 2), 0)
        assert found["theoretical"] == pytest.approx(2 / 7)
        assert found["cost_at_theoretical"] == pytest.approx(cost_from(given, 2 / 7, 5, 2))

    def test_of_true_probabilities_has_the_theory_in_its_interval(self):
        """In 95 of 100 such samples, approximately."""
        pairs = [(ratio, seed) for ratio in (2.0, 10.0, 50.0) for seed in range(4)]
        found = [
            chosen(predicted(5000, seed, digits=6), Costs(ratio, 1.0), 0) for ratio, seed in pairs
        ]
        assert all(one["low"] <= one["value"] <= one["high"] for one in found)
        assert sum(one["low"] <= one["theoretical"] <= one["high"] for one in found) >= 10

    def test_scatters_less_on_more_applicants(self):
        few, many = (chosen(predicted(rows, digits=6), Costs(), 0) for rows in (500, 50_000))
        assert many["high"] - many["low"] < (few["high"] - few["low"]) / 2


class TestAFinding:
    def test_has_the_cost_of_every_threshold(self):
        given = predicted()
        drawn = find(given, Costs(), Terms(), 0).cost_curve
        assert drawn["threshold"].tolist() == np.unique(given.probability).tolist()
        assert drawn["cost_per_applicant"] == pytest.approx(
            [cost_from(given, cut) for cut in drawn["threshold"]]
        )

    def test_tells_what_other_cost_ratios_would_choose_and_the_one_in_use_among_them(self):
        given = predicted(20_000, digits=6)
        found = find(given, Costs(7, 2), Terms(), 0)
        assert [row["ratio"] for row in found.ratios] == sorted([*RATIOS, 3.5])
        assert [row["theoretical"] for row in found.ratios] == [
            1 / (1 + row["ratio"]) for row in found.ratios
        ]
        assert [row["value"] for row in found.ratios] == sorted(
            (row["value"] for row in found.ratios), reverse=True
        )
        own = next(row for row in found.ratios if row["ratio"] == 3.5)
        assert {**own, "ratio": 0} == {"ratio": 0, **found.optimum}
        assert found.ratios[0]["cost_per_applicant"] == pytest.approx(
            cost_from(given, found.ratios[0]["value"], 2, 2)
        )

    def test_where_all_ended_the_same_way_is_refused(self):
        given = dataclasses.replace(predicted(), default=np.zeros(400))
        with pytest.raises(FeatureError, match="all applicants have the same outcome"):
            find(given, Costs(), Terms(), 0)

    def test_is_the_same_again(self):
        one, other = (find(predicted(), Costs(), Terms(), 3).as_dict() for _ in range(2))
        assert one == other

    def test_without_amounts_says_nothing_of_loans(self):
        found = find(
            dataclasses.replace(predicted(), exposure=None, margin=None), Costs(), Terms(), 0
        )
        assert found.loans is None
        assert sorted(files(found)) == ["cost_curve.csv", "cost_curve.png", "threshold.json"]


class TestCostsPerLoan:
    def test_every_threshold_earns_what_its_accepted_loans_did_and_were_expected_to(self):
        given = predicted()
        drawn = curve(Book.of(given, Terms()))
        assert drawn["profit"] == pytest.approx(
            [profit_from(given, cut) for cut in drawn["threshold"]]
        )
        each = (1 - given.probability) * given.margin - given.probability * 0.75 * given.exposure
        expected = [each[given.probability < cut].sum() / 400 for cut in drawn["threshold"]]
        assert drawn["expected_profit"] == pytest.approx(expected)
        assert drawn["accepted_share"] == pytest.approx(
            [np.mean(given.probability < cut) for cut in drawn["threshold"]]
        )

    def test_the_best_threshold_earns_the_most(self):
        given = predicted()
        best = best_threshold(Book.of(given, Terms()), 0)
        assert best["profit"] == pytest.approx(
            max(profit_from(given, cut) for cut in np.unique(given.probability))
        )
        assert best["profit"] == pytest.approx(profit_from(given, best["value"]))

    def test_of_true_probabilities_the_best_threshold_s_interval_holds_the_theory(self):
        given = dataclasses.replace(predicted(20_000, digits=6), margin=None)
        found = find(given, Costs(), Terms(lgd=0.6, margin=0.15), 0)
        best = found.loans["best_threshold"]
        assert best["theoretical"] == pytest.approx(0.15 / 0.75)
        assert best["low"] <= best["theoretical"] <= best["high"]

    def test_it_is_told_what_accepting_all_and_the_plain_threshold_earn(self):
        given = predicted()
        found = find(given, Costs(), Terms(), 0)
        assert found.loans["accept_all"] == pytest.approx(profit_from(given, 2.0))
        assert found.loans["at_the_threshold_above"] == pytest.approx(
            profit_from(given, found.optimum["value"])
        )

    def test_a_loan_is_refused_by_its_own_costs(self):
        """Three loans of 100: one safe, one that loses 7.5 to earn 9, one that loses 7.5 to earn 4."""
        given = Predictions(
            np.array([0.0, 1.0, 1.0]),
            np.array([0.0, 0.1, 0.1]),
            TABLE,
            {},
            np.full(3, 100.0),
            np.array([5.0, 9, 4]),
        )
        found = loan_by_loan(Book.of(given, Terms()))
        assert found["accepted_share"] == pytest.approx(2 / 3)
        assert found["profit"] == pytest.approx((5 - 75) / 3)
        assert found["savings"] == pytest.approx(1 - 75 / 5)  # refusing all would have cost 5 only

    def test_who_knows_the_future_saves_everything(self):
        given = predicted()
        known = dataclasses.replace(given, probability=given.default)
        assert loan_by_loan(Book.of(known, Terms()))["savings"] == 1

    @pytest.mark.parametrize("terms", [Terms(), Terms(roi=0.05), Terms(no_loss=0.1, all_lost=0.5)])
    def test_the_expected_maximum_profit_is_the_integral_over_the_losses(self, terms):
        """For each loss the best of all cuts, by brute force: between no loss and all lost, any is as likely."""
        given = predicted()
        bad = given.default.mean()
        cuts = [given.probability >= cut for cut in [*np.unique(given.probability), 2.0]]
        caught = np.array([(refused & (given.default == 1)).mean() for refused in cuts])
        lost = np.array([(refused & (given.default == 0)).mean() for refused in cuts])
        assert 0 < bad < 1

        def best(loss):
            profit = loss * caught - terms.roi * lost
            at = int(np.argmax(profit))
            return profit[at], caught[at] + lost[at]

        grid = np.array([best((i + 0.5) / 4000) for i in range(4000)]).mean(axis=0)
        expected = (1 - terms.no_loss - terms.all_lost) * grid + terms.all_lost * np.array(
            best(1.0)
        )
        found = expected_maximum_profit(given, terms)
        assert found["profit"] == pytest.approx(expected[0], rel=1e-4)
        assert found["refused_share"] == pytest.approx(expected[1], rel=1e-2)

    def test_more_than_certain_is_refused(self):
        with pytest.raises(
            SettingError, match=r"no loss \(0.9\) and all lost \(0.2\) add up to more than 1"
        ):
            Terms(no_loss=0.9, all_lost=0.2)


def table(folder, **changes):
    given = predicted()
    columns = {
        "target": given.default.astype(int),
        "probability": given.probability,
        "exposure": given.exposure,
        "margin": given.margin,
    }
    pl.DataFrame({**columns, **changes}).write_csv(folder / "predictions.csv")
    return folder / "predictions.csv"


class TestPredictions:
    def test_of_a_table_are_its_columns(self, tmp_path):
        given = from_table(table(tmp_path), AMOUNTS)
        for name in ("default", "probability", "exposure", "margin"):
            np.testing.assert_allclose(getattr(given, name), getattr(predicted(), name))

    @pytest.mark.parametrize(
        ("changes", "columns", "message"),
        [
            (
                {},
                Columns(probability="probabilty"),
                r"no column probabilty \(did you mean probability\?\)",
            ),
            ({}, Columns(exposure="EAD"), "no column EAD"),
            (
                {"probability": [50.0] * 400},
                Columns(),
                "probability reaches 50: expected probabilities, 0 to 1",
            ),
            ({"probability": ["high"] * 400}, Columns(), "probability holds no numbers"),
            (
                {"exposure": [-1.0] * 400},
                AMOUNTS,
                "exposure is missing or below 0 for 400 applicants",
            ),
            (
                {"margin": [None, *[1.0] * 399]},
                AMOUNTS,
                "margin is missing or below 0 for 1 applicants",
            ),
        ],
    )
    def test_of_a_table_with_something_amiss_are_refused(self, tmp_path, changes, columns, message):
        with pytest.raises((TableError, FeatureError), match=message):
            from_table(table(tmp_path, **changes), columns)

    def test_on_applicants_the_bundle_learned_from_are_made_out_of_fold(
        self, bundle_folder, sample_folder
    ):
        """The bundle's own would rank them better than it ranks anybody else."""
        opened = load_verified_bundle(bundle_folder)
        given = from_bundle(opened, sample_folder, Columns(exposure="AMT_CREDIT"), quiet)
        assert given.source == OUT_OF_FOLD
        assert len(given.exposure) == len(given.probability) == given.facts["applicants"]
        (rows,) = load_labelled(sample_folder, opened)
        own = predict_dataset(opened, rows).probability
        assert (
            roc_auc_score(given.default, given.probability)
            < roc_auc_score(given.default, own) - 0.02
        )

    def test_on_others_are_the_bundle_s_own(self, bundle_folder, tmp_path, monkeypatch):
        generate_sample(tmp_path / "others", applicants=400, seed=5)
        monkeypatch.setattr(module, "cross_validate", lambda *_a: pytest.fail("fitted again"))
        given = from_bundle(
            load_verified_bundle(bundle_folder), tmp_path / "others", Columns(), quiet
        )
        assert given.source == UNSEEN
        assert given.exposure is None


class TestWhatIsLeft:
    def test_are_figures_curves_and_pictures(self):
        found = find(predicted(3000, digits=6), Costs(), Terms(), 0)
        made = files(found)
        assert made["cost_curve.png"].startswith(PNG)
        assert made["profit_curve.png"].startswith(PNG)
        told = json.loads(made["threshold.json"])
        assert told["threshold"]["value"] == found.optimum["value"]
        assert told.keys() >= {
            "predictions",
            "costs",
            "cost_ratios",
            "expected_maximum_profit",
            "per_loan",
        }
        for name in ("cost_curve.csv", "profit_curve.csv"):
            assert len(made[name].splitlines()) == MOST_POINTS + 1

    def test_a_curve_keeps_its_ends(self):
        drawn = {"threshold": np.linspace(0, 1, 5001), "profit": np.arange(5001.0)}
        rows = list(csv.reader(io.StringIO(as_csv(drawn).decode())))
        assert [rows[0], rows[1], rows[-1]] == [
            ["threshold", "profit"],
            ["0.0", "0.0"],
            ["1.0", "5000.0"],
        ]

    def shown(self, given):
        stream = io.StringIO()
        threshold_report.show(find(given, Costs(), Terms(), 0), Console(file=stream, width=140))
        return stream.getvalue()

    def test_the_report_says_where_to_refuse_and_what_each_rule_earns(self):
        text = self.shown(predicted(20_000, digits=6))
        assert "in theory 0.0909" in text
        assert "10 : 1" in text
        assert "each loan by its own costs" in text
        assert "look at the calibration" not in text

    def test_probabilities_that_are_too_low_are_warned_of(self):
        text = self.shown(predicted(20_000, digits=6, distort=2.0))
        assert "The interval leaves out the theoretical threshold: look at the calibration." in text


class TestTheCommand:
    def run(self, *arguments):
        return CliRunner().invoke(model.cli, ["threshold", *map(str, arguments), "--no-track"])

    def test_leaves_its_files_and_says_so(self, tmp_path):
        out = tmp_path / "report"
        amounts = [
            "--exposure",
            "exposure",
            "--margin-column",
            "margin",
            "--false-negative-cost",
            "5",
        ]
        result = self.run("--predictions", table(tmp_path), "--out", out, *amounts)
        assert result.exit_code == 0, result.output
        names = [
            "cost_curve.csv",
            "cost_curve.png",
            "profit_curve.csv",
            "profit_curve.png",
            "threshold.json",
        ]
        assert sorted(path.name for path in out.iterdir()) == names
        assert json.loads((out / "threshold.json").read_text())["costs"]["false_negative"] == 5
        assert "in theory 0.1667" in result.output

    @pytest.mark.parametrize("both", [True, False])
    def test_wants_either_data_or_predictions(self, tmp_path, both):
        result = self.run(*(["--predictions", table(tmp_path), "--data", tmp_path] if both else []))
        assert result.exit_code == 2
        assert "give either --data" in result.output

    def test_says_what_is_wrong_and_writes_nothing(self, tmp_path):
        out = tmp_path / "report"
        result = self.run("--predictions", table(tmp_path), "--out", out, "--exposure", "EAD")
        assert result.exit_code == 1
        assert "no column EAD" in result.output
        assert not out.exists()
