"""`python model.py shadow-report`: figures equal those counted by hand."""

import json

import pytest

from tests.commands.conftest import MODEL
from tests.shadow_log import CHALLENGER, CHAMPION, THRESHOLD, write_shadow_log

DECISIONS = 1500
COSTS = (10.0, 1.0)  # of the served bundle


@pytest.fixture(scope="module")
def shadow_log(tmp_path_factory):
    return write_shadow_log(tmp_path_factory.mktemp("log") / "log.db", DECISIONS, noise=0.05)


@pytest.fixture
def decisions(shadow_log, monkeypatch):
    """The decisions of the log, which the settings name."""
    monkeypatch.setenv("DATABASE_URL", shadow_log[0])
    monkeypatch.setenv("CREDIT_SCORING_MODEL_PATH", str(MODEL))
    return shadow_log[1]


def cost(decisions, model):
    """The cost per decision with an outcome; model 0 is the champion, 1 the challenger."""
    known = [row for row in decisions if row[2] is not None]
    false_negatives = sum(row[model] < THRESHOLD and row[2] == 1 for row in known)
    false_positives = sum(row[model] >= THRESHOLD and row[2] == 0 for row in known)
    return (COSTS[0] * false_negatives + COSTS[1] * false_positives) / len(known)


def test_report_equals_what_is_counted_by_hand(run_cli, decisions, tmp_path):
    out = tmp_path / "report.json"
    exit_code, text = run_cli("shadow-report", "--out", out)
    assert exit_code == 0, text
    report = json.loads(out.read_text())
    refused = [(row[0] >= THRESHOLD, row[1] >= THRESHOLD) for row in decisions]
    agreeing = sum(own == other for own, other in refused)
    assert report["decisions"] == DECISIONS
    assert report["agreement"] == agreeing / DECISIONS
    assert report["swap_in"]["decisions"] == sum(own and not other for own, other in refused)
    assert report["swap_out"]["decisions"] == sum(other and not own for own, other in refused)
    assert report["swap_in"]["unknown"] == report["swap_in"]["decisions"]
    for index, name in enumerate(("champion", "challenger")):
        own_cost = report["metrics"][name]["cost_per_applicant"]
        assert own_cost["value"] == pytest.approx(cost(decisions, index))
        assert own_cost["low"] <= own_cost["value"] <= own_cost["high"]
        slope = report["metrics"][name]["calibration_slope"]
        assert slope["low"] < slope["value"] < slope["high"]
        assert len(report["calibration"][name]) == 10
    difference = report["difference"]["cost_per_applicant"]
    assert difference["value"] == pytest.approx(cost(decisions, 1) - cost(decisions, 0))
    assert f"They agree on {agreeing:,} " in text
    assert "Refused applicants have no outcomes" in text
    assert "The challenger costs " in text


@pytest.mark.usefixtures("decisions")
def test_json_is_all_that_is_printed():
    from typer.testing import CliRunner

    import model

    result = CliRunner().invoke(model.cli, ["shadow-report", "--json"])
    report = json.loads(result.stdout)
    assert (report["champion"], report["challenger"]) == (CHAMPION, CHALLENGER)
    assert report["costs"] == {"false_negative": COSTS[0], "false_positive": COSTS[1]}


@pytest.mark.usefixtures("decisions")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--since", "2100-01-01"], "scored the same 0 decisions"),
        (["--until", "2100-01-01"], f"scored the same {DECISIONS:,} decisions"),
        (["--champion", "a" * 12], f"Champion {'a' * 12} and challenger {'c' * 12} scored"),
        (["--challenger", "beef"], "no decision has a challenger's score (beef): set CREDIT_"),
    ],
    ids=["since", "until", "champion", "unknown challenger"],
)
def test_options_select(run_cli, options, message):
    assert message in run_cli("shadow-report", *options)[1]


def test_log_without_scores_names_the_remedy(run_cli, log_file):  # noqa: ARG001
    exit_code, text = run_cli("shadow-report")
    assert exit_code == 1
    assert "no decision has a challenger's score: set CREDIT_SCORING_CHALLENGER" in text


def test_few_outcomes_give_no_metrics(run_cli, tmp_path, monkeypatch):
    url, _ = write_shadow_log(tmp_path / "small.db", 12)
    monkeypatch.setenv("DATABASE_URL", url)
    text = run_cli("shadow-report", "--bundle", MODEL)[1]
    assert "Too few loans have defaulted or been repaid" in text
