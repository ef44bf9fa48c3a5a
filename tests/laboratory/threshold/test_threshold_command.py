"""The files, the report and the command of the threshold study."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import model
from credit_scoring.laboratory.threshold.optimise_threshold import optimise_threshold
from credit_scoring.laboratory.threshold.threshold_files import (
    MAX_CURVE_ROWS,
    curve_as_csv,
    threshold_files,
)
from credit_scoring.laboratory.threshold.threshold_report import print_threshold_report
from credit_scoring.loan_terms import LoanTerms
from credit_scoring.training.metrics import Costs

PNG = b"\x89PNG\r\n\x1a\n"


def optimise(predictions):
    return optimise_threshold(predictions, Costs(), LoanTerms(), 0)


class TestFiles:
    def test_equal_thresholds_of_cost_ratios_share_a_label(self, predictions, drawn_figures):
        ratios = [{"ratio": ratio, "value": 0.1 + ratio / 1000} for ratio in (1.0, 2.0, 5.0)]
        ratios.append({"ratio": 50.0, "value": 0.0})
        threshold_files(replace(optimise(predictions), cost_ratios=ratios))
        (top,) = drawn_figures[0].axes[0].child_axes
        assert [label.get_text() for label in top.get_xticklabels()] == ["50:1", "1:1, 2:1, 5:1"]

    def test_files_are_results_curves_and_plots(self, make_predictions):
        results = optimise(make_predictions(3000, digits=6))
        files = threshold_files(results)
        assert files["cost_curve.png"].startswith(PNG)
        assert files["profit_curve.png"].startswith(PNG)
        content = json.loads(files["threshold.json"])
        assert content["threshold"]["value"] == results.optimum["value"]
        keys = {"predictions", "costs", "cost_ratios", "expected_maximum_profit", "per_loan"}
        assert content.keys() >= keys
        for name in ("cost_curve.csv", "profit_curve.csv"):
            assert len(files[name].splitlines()) == MAX_CURVE_ROWS + 1

    def test_thinned_curve_keeps_its_ends(self):
        curve = {"threshold": np.linspace(0, 1, 5001), "profit": np.arange(5001.0)}
        rows = list(csv.reader(io.StringIO(curve_as_csv(curve).decode())))
        assert rows[0] == ["threshold", "profit"]
        assert rows[1] == ["0.0", "0.0"]
        assert rows[-1] == ["1.0", "5000.0"]


class TestReport:
    @pytest.fixture
    def report(self):
        def print_to_text(predictions):
            stream = io.StringIO()
            print_threshold_report(optimise(predictions), Console(file=stream, width=140))
            return stream.getvalue()

        return print_to_text

    def test_report_shows_threshold_and_profit_of_each_rule(self, report, make_predictions):
        text = report(make_predictions(20_000, digits=6))
        assert "theoretical threshold is 0.0909" in text
        assert "10 : 1" in text
        assert "each loan by its own costs" in text
        assert "check the calibration" not in text

    def test_badly_calibrated_probabilities_give_a_warning(self, report, make_predictions):
        text = report(make_predictions(20_000, digits=6, distort=2.0))
        assert "they are not calibrated" in " ".join(text.split())


class TestThresholdCommand:
    @pytest.fixture
    def run(self):
        def invoke(*arguments):
            command = ["threshold", *map(str, arguments), "--no-track"]
            return CliRunner().invoke(model.cli, command)

        return invoke

    def test_command_writes_its_files(self, run, write_table, tmp_path):
        out = tmp_path / "report"
        amounts = ["--exposure", "exposure", "--margin-column", "margin"]
        costs = ["--false-negative-cost", "5"]
        result = run("--predictions", write_table(), "--out", out, *amounts, *costs)
        assert result.exit_code == 0, result.output
        curves = ["cost_curve.csv", "cost_curve.png", "profit_curve.csv", "profit_curve.png"]
        assert sorted(path.name for path in out.iterdir()) == [*curves, "threshold.json"]
        assert json.loads((out / "threshold.json").read_text())["costs"]["false_negative"] == 5
        assert "threshold is 0.1667" in " ".join(result.output.split())

    @pytest.mark.parametrize("both", [True, False])
    def test_command_needs_either_data_or_predictions(self, run, write_table, tmp_path, both):
        options = ["--predictions", write_table(), "--data", tmp_path] if both else []
        result = run(*options)
        assert result.exit_code == 2
        assert "give either --data" in result.output

    def test_command_reports_an_error_and_writes_nothing(self, run, write_table, tmp_path):
        out = tmp_path / "report"
        result = run("--predictions", write_table(), "--out", out, "--exposure", "EAD")
        assert result.exit_code == 1
        assert "no column EAD" in result.output
        assert not out.exists()
