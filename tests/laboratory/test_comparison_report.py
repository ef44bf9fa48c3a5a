"""The report of a comparison: CSV, JSON, tables and verdict."""

import csv
import io
import json
from dataclasses import replace

from rich.console import Console

from credit_scoring.laboratory.comparison import comparison_report
from credit_scoring.laboratory.comparison.candidates import SERVED, Candidate
from credit_scoring.laboratory.comparison.compare_models import METRICS

HEADINGS = (
    "cost", "AUC", "PR AUC", "log-loss", "Brier", "recall", "precision", "F1", "KS", "train s",
)  # fmt: skip


def test_csv_has_every_row_and_metric(comparison_rows):
    text = comparison_report.as_csv(comparison_rows)
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["model"] for line in lines] == [row.candidate.model for row in comparison_rows]
    for name in METRICS:
        low, value, high = (float(lines[0][f"{name}{end}"]) for end in ("_low", "", "_high"))
        assert low <= value <= high
    assert lines[0]["over_best"] == ""
    assert lines[-1]["over_best_real"] == "True"
    for line in lines:
        assert all(float(line[name]) > 0 for name in ("threshold", "train_seconds", "predict_ms"))


def test_json_has_every_row(comparison_rows):
    unavailable = {"xgboost": [Candidate("xgboost", "none")]}
    content = comparison_report.as_dict(comparison_rows, unavailable, {"seed": 0})
    content = json.loads(json.dumps(content))
    assert content["absent"] == {"xgboost": ["xgboost+none"]}
    assert content["rows"][0].keys() == {
        "name", "model", "strategy", "figures", "over_best", "over_served", "threshold",
        "train_seconds", "predict_ms",
    }  # fmt: skip
    names = [row["name"] for row in content["rows"]]
    assert names == [row.candidate.name for row in comparison_rows]


def test_screen_has_every_metric_and_the_verdict(comparison_rows):
    screen = io.StringIO()
    comparison_report.print_comparison(comparison_rows, Console(file=screen, width=160))
    text = screen.getvalue()
    assert all(heading in text for heading in HEADINGS)
    assert all(row.candidate.title in text for row in comparison_rows)
    assert comparison_report.verdict(comparison_rows) in text.replace("\n", " ")


def test_names_stay_on_one_line_if_there_is_room(comparison_rows):
    candidate = Candidate("logistic_regression", "undersampling")
    screen = io.StringIO()
    rows = [*comparison_rows, replace(comparison_rows[0], candidate=candidate)]
    comparison_report.print_comparison(rows, Console(file=screen, width=200))
    assert screen.getvalue().count("Logistic regression, undersampling  ") == 2


def test_verdict_says_whether_the_difference_is_significant(comparison_rows):
    served = next(row for row in comparison_rows if row.candidate.name == SERVED)
    other = next(row for row in comparison_rows if row.candidate.model == "logistic_regression")
    verdict = comparison_report.verdict
    assert verdict([served, other]) == "The served model (LightGBM, none) costs least."
    assert verdict([other]) == "Logistic regression, none costs least."
    over_best = {"value": 0.02, "low": 0.01, "high": 0.03, "real": True}
    significant = verdict([other, replace(served, over_best=over_best)])
    assert significant.endswith("0.0200 more per applicant (0.0100 to 0.0300): a real difference.")
    over_best = {**over_best, "low": -0.01, "real": False}
    chance = verdict([other, replace(served, over_best=over_best)])
    assert chance.endswith("0.0200 more per applicant (-0.0100 to 0.0300), which may be chance.")
