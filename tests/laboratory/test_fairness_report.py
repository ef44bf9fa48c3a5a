"""The fairness command, its report, and the sentences about group differences."""

import io
import json

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import model
from credit_scoring.laboratory.fairness import attribute_ablation
from credit_scoring.laboratory.fairness.evaluate_fairness import evaluate_fairness
from credit_scoring.laboratory.fairness.fairness_in_words import describe_group_differences
from credit_scoring.laboratory.fairness.fairness_report import print_fairness
from credit_scoring.laboratory.fairness.groups import HOME_CREDIT_ATTRIBUTES
from credit_scoring.laboratory.score_dataset import load_verified_bundle
from credit_scoring.progress import Progress
from credit_scoring.sample import generate_sample
from credit_scoring.tables.read_tables import UNCACHED
from credit_scoring.training.cross_validation import Predictions


@pytest.fixture
def trainings(monkeypatch):
    """The attributes that each training could use; the training itself is replaced."""
    attributes = []

    def cross_validate(task, _report):
        attributes.append({*task.features.columns} & {*HOME_CREDIT_ATTRIBUTES})
        rng = np.random.default_rng(len(attributes))
        noise = 0.05 * rng.standard_normal(len(task.target))
        probability = np.clip(0.08 + 0.1 * task.target + noise, 0, 1)
        rows = rng.permutation(len(task.target))
        return Predictions(rows, probability[rows], probability[rows] > 0.1)

    monkeypatch.setattr(attribute_ablation, "cross_validate", cross_validate)
    return attributes


def test_training_data_are_evaluated_out_of_fold(
    trainings, bundle_folder, bundle, sample_folder, tmp_path
):
    folders = ("--data", sample_folder, "--bundle", bundle_folder, "--out", tmp_path)
    result = CliRunner().invoke(model.cli, ["fairness", *map(str, folders)])
    assert result.exit_code == 0, result.output
    content = json.loads((tmp_path / "fairness.json").read_text())
    assert trainings == [set(), {*HOME_CREDIT_ATTRIBUTES}]
    assert content["judged"] == "out of fold"
    assert content["model_version"] == bundle.manifest.version
    names = [attribute["attribute"] for attribute in content["attributes"]]
    assert names == ["sex", "age", "marital status"]
    for attribute in content["attributes"]:
        for count in ("applicants", "defaults"):
            total = sum(group[count] for group in attribute["groups"])
            assert total == bundle.manifest.data[count]
    assert content["price"]["roc_auc"]["difference"].keys() == {"value", "low", "high", "real"}
    assert "Without sex, age and marital status the AUC is" in " ".join(result.output.split())
    assert (tmp_path / "fairness.png").is_file()


def test_other_data_are_evaluated_with_the_bundle(trainings, bundle_folder, tmp_path):
    generate_sample(tmp_path, applicants=400, seed=3)
    loaded = load_verified_bundle(bundle_folder)
    progress = Progress(io.StringIO())
    content = evaluate_fairness(
        loaded, tmp_path, 0, UNCACHED, progress, made_by="a test", price=False
    )
    assert trainings == []
    assert content["judged"] == "on data that the model was not trained on"
    assert content["price"] is None
    stream = io.StringIO()
    print_fairness(content, Console(file=stream, width=200))
    text = stream.getvalue()
    applicants = content["data"]["applicants"]
    assert f"{applicants} applicants of {tmp_path}, evaluated on data that the" in text
    assert "equalised odds difference" in text
    assert "(few)" in text
    assert "Without sex" not in text


GROUPS = {"lowest": "M", "highest": "F"}


def describe(ratio, odds=None):
    """The sentences about an attribute without small groups."""
    attribute = {
        "attribute": "sex",
        "groups": [],
        "four_fifths_ratio": ratio,
        "equalised_odds_difference": odds,
    }
    return list(describe_group_differences({"attributes": [attribute]}))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.81, 0.9, "meets"), (0.7, 0.79, "fails"), (0.75, 0.85, "may or may not meet")],
)
def test_four_fifths_verdict_depends_on_the_interval(low, high, verdict):
    (sentence,) = describe({**GROUPS, "value": 0.8, "low": low, "high": high})
    assert sentence == (
        f"By sex: M is accepted 0.800 times ({low:.3f} to {high:.3f}) as often as F, "
        f"which {verdict} the four-fifths rule."
    )


def test_equalised_odds_sentence_names_error_and_groups():
    odds = {**GROUPS, "value": 0.1, "low": -0.02, "high": 0.3, "error": "false_negative"}
    *_, sentence = describe(None, odds)
    assert sentence == (
        "By sex: equalised odds difference 0.100 (-0.020 to 0.300), "
        "defaulters are accepted more often in F than in M."
    )


def test_single_group_is_not_compared_with_itself():
    ratio = {"value": 1.0, "low": 1.0, "high": 1.0, "lowest": "Married", "highest": "Married"}
    odds = {**ratio, "value": 0.0, "error": "false_positive_rate"}
    assert describe(ratio, odds) == ["By sex: no group can be compared with another."]
