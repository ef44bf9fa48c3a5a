"""Metrics by month: equal to the metrics of all, without false trends, and real ones found."""

import csv
import json
from datetime import date

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import model
from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.evaluation.by_month import evaluate_by_month
from credit_scoring.laboratory.evaluation.by_month_report import by_month_in_words
from credit_scoring.laboratory.evaluation.month_metrics import (
    ScoredApplicants,
    month_metrics,
    score_psi,
)
from credit_scoring.laboratory.evaluation.trend import is_beyond_chance, slope_over_months
from credit_scoring.training.calibration_metrics import calibration_line
from credit_scoring.training.metrics import Costs, RankedOutcomes, compute_metrics
from tests.training.lender_table import write_table_with_months

MONTHS = 12
THRESHOLD = 1 / 11


def draw(seed, *, rows=6000, risk=0.0, noise=0.0):
    """Calibrated scores and months; the risk or the noise of the scores rises per month."""
    rng = np.random.default_rng(seed)
    month = rng.integers(0, MONTHS, rows)
    score = rng.normal(-2, 1.2, rows)
    log_odds = score + risk * (month - MONTHS / 2) + noise * month * rng.standard_normal(rows)
    default = (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(float)
    probability = 1 / (1 + np.exp(-score))
    refused = (probability >= THRESHOLD).astype(float)
    dates = pl.Series([date(2015, 1 + number, 15) for number in month.tolist()])
    return ScoredApplicants(default, probability, refused), dates


def slopes(seed, **drift):
    return evaluate_by_month(*draw(seed, **drift), Costs(), "simulated").slopes


def test_figures_equal_those_of_the_evaluation():
    applicants, _ = draw(0, rows=900)
    figures = month_metrics(applicants, applicants.probability, Costs())
    outcomes = RankedOutcomes.of(
        applicants.default, applicants.probability, applicants.refused == 1, Costs()
    )
    weight = np.ones(900)
    expected = compute_metrics(outcomes, weight) | calibration_line(outcomes)(weight)
    for name in figures.keys() & expected.keys():
        assert figures[name].value == pytest.approx(expected[name], abs=1e-6), name
        assert figures[name].low < figures[name].value < figures[name].high
    shared = {"roc_auc", "gini", "cost_per_applicant", "default_rate", "calibration_slope"}
    assert shared < figures.keys() & expected.keys()


def test_shift_of_calibrated_probabilities_is_found_in_the_large():
    applicants, _ = draw(1, rows=20_000)
    odds = applicants.probability / (1 - applicants.probability) * np.exp(-0.4)
    low = ScoredApplicants(applicants.default, odds / (1 + odds), applicants.refused)
    shift = month_metrics(low, low.probability, Costs())["calibration_in_the_large"]
    assert shift.low < 0.4 < shift.high
    assert shift.low > 0.3


def test_psi_without_a_change_is_around_0():
    rng = np.random.default_rng(2)
    values = [score_psi(rng.random(300), rng.random(500)).value for _ in range(200)]
    assert abs(np.mean(values)) < 0.003
    assert score_psi(rng.random(300) ** 2, rng.random(500)).low > 0.1


def test_slope_of_a_line_is_exact():
    months = np.array([0.0, 1, 2, 5])
    slope = slope_over_months(months, 3 + 0.5 * months, np.array([10.0, 20, 5, 8]))
    assert (slope.value, slope.low, slope.high) == pytest.approx((0.5, 0.5, 0.5))


def test_interval_of_the_slope_holds_0_in_95_of_100_series_without_a_trend():
    rng = np.random.default_rng(3)
    months, applicants = np.arange(10.0), np.linspace(100, 500, 10)
    noise = rng.standard_normal((2000, 10)) / np.sqrt(applicants)
    held = [not is_beyond_chance(slope_over_months(months, row, applicants)) for row in noise]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_applicants_without_drift_show_none():
    held = [not is_beyond_chance(slope) for seed in range(20) for slope in slopes(seed).values()]
    assert np.mean(held) > 0.88


@pytest.mark.parametrize(
    ("drift", "found", "steady"),
    [
        ({"risk": 0.1}, ("calibration_in_the_large", "default_rate"), "score_psi"),
        ({"noise": 0.3}, ("roc_auc", "calibration_slope"), "score_psi"),
    ],
    ids=["risk", "ranking"],
)
def test_planted_drift_is_found(drift, found, steady):
    figures = slopes(4, **drift)
    assert all(is_beyond_chance(figures[name]) for name in found)
    assert not is_beyond_chance(figures[steady])


def test_months_with_few_defaults_are_left_out_and_named():
    applicants, dates = draw(5)
    is_small = (dates.dt.month() == 3).to_numpy() & (np.arange(len(dates)) % 20 > 0)
    rows = np.flatnonzero(~is_small)
    result = evaluate_by_month(applicants.rows(rows), dates[rows], Costs(), "simulated")
    assert result.left_out == ("2015-03",)
    assert len(result.months) == MONTHS - 1
    assert "Left out, with too few defaults or repaid loans: 2015-03." in by_month_in_words(result)


def test_too_few_months_are_refused():
    applicants, dates = draw(6, rows=2000)
    is_early = (dates.dt.month() <= 2).to_numpy()
    message = "2 of 2 months have at least 10 defaults and as many repaid loans: a slope needs 3"
    with pytest.raises(FeatureError, match=message):
        evaluate_by_month(applicants.rows(is_early), dates.filter(is_early), Costs(), "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("by-month")
    table, schema = write_table_with_months(folder, 5)
    run("train", "--table", table, "--target", "Défaut", "--schema", schema,
        "--out", folder / "bundle")  # fmt: skip
    return folder


def run(*arguments, code=0):
    result = CliRunner().invoke(model.cli, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    return result.output


def evaluate(folder, data, *options, code=0):
    bundle, out = folder / "bundle", folder / "out"
    return run("evaluate", "--data", data, "--bundle", bundle, "--out", out, *options, code=code)


class TestCommand:
    def test_training_data_are_evaluated_out_of_fold(self, folder):
        output = " ".join(evaluate(folder, folder / "loans.csv", "--by", "month").split())
        assert "The predictions are out of fold, by models fitted again" in output
        assert "change per month" in output
        content = json.loads((folder / "out/evaluation.json").read_text())["by_month"]
        assert [month["month"] for month in content["months"]] == [
            f"2015-0{number}" for number in range(1, 6)
        ]
        assert sum(month["applicants"] for month in content["months"]) == 500
        # The bundle's own predictions would rank its training applicants much better.
        assert content["months"][0]["metrics"]["roc_auc"]["value"] < 0.9
        lines = (folder / "out/by_month.csv").read_text().splitlines()
        assert [row[0] for row in csv.reader(lines)][-2:] == ["2015-05", "slope_per_month"]
        assert (folder / "out/by_month.png").read_bytes().startswith(b"\x89PNG")

    def test_other_data_are_evaluated_with_the_bundle(self, folder):
        other = folder / "other.csv"
        pl.read_csv(folder / "loans.csv").reverse().write_csv(other)
        output = " ".join(evaluate(folder, other, "--by", "month").split())
        assert "The predictions are the bundle's own" in output

    def test_data_without_a_time_are_refused(self, folder):
        timeless = folder / "timeless.csv"
        pl.read_csv(folder / "loans.csv").drop("month").write_csv(timeless)
        output = evaluate(folder, timeless, "--by", "month", code=1)
        assert "the data do not say when a loan was applied for" in " ".join(output.split())

    def test_two_bundles_are_refused(self, folder):
        options = ("--by", "month", "--against", folder / "bundle")
        output = evaluate(folder, folder / "loans.csv", *options, code=2)
        assert "leave out --against" in " ".join(output.split())
