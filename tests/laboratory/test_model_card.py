"""The model card says what the facts say, and nothing that they do not hold."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.errors import BundleError
from credit_scoring.laboratory.model_card.model_card import (
    CARD_FILE,
    FAIRNESS_FILE,
    card,
    read_fairness,
    write_of,
)

LATEST = Path(__file__).parents[2] / "models/latest"
FIGURE = {"value": 0.9, "low": 0.85, "high": 0.95}
PAIR = {**FIGURE, "highest": "F", "lowest": "M", "error": "false_positive"}


def fairness(version):
    rates = (
        "selection_rate",
        "false_positive_rate",
        "default_rate",
        "predicted_rate",
        "calibration_ratio",
    )
    group = {
        "group": "M",
        "applicants": 500,
        "small": True,
        "false_negative_rate": None,
        **dict.fromkeys(rates, FIGURE),
    }
    one = {"attribute": "sex", "groups": [group], "four_fifths_ratio": PAIR, "equalised_odds_difference": PAIR,
           "without_small_groups": {"four_fifths_ratio": None, "equalised_odds_difference": None}}  # fmt: skip
    gap = {"value": -0.01, "low": -0.02, "high": -0.001, "real": True}
    cost = {"excluded": FIGURE, "included": FIGURE, "difference": gap}
    return {"model_version": version, "judged": "out of fold", "data": {"applicants": 1000, "source": "here"},
            "attributes": [one], "price": {"roc_auc": cost, "cost_per_applicant": cost}}  # fmt: skip


@pytest.fixture
def manifest(bundle):
    return bundle.manifest


@pytest.fixture
def folder(bundle_folder, tmp_path):
    return shutil.copytree(bundle_folder, tmp_path / "bundle")


def test_the_shipped_model_s_card_is_made_from_its_facts():
    """After another training: `make train`, or python model.py card."""
    assert (LATEST / CARD_FILE).read_text(encoding="utf-8") == write_of(LATEST)


def test_it_tells_every_figure_with_its_interval(manifest):
    text = card(manifest, None)
    for part in manifest.metrics.values():
        for name in ("roc_auc", "cost_per_applicant", "log_loss", "true_calibration_slope"):
            figure = part[name]
            assert f"{figure['value']:.4f} ({figure['low']:.4f} to {figure['high']:.4f})" in text
    assert manifest.pickle["sha256"] in text
    assert f"{manifest.threshold['value']:.4f}" in text
    assert f"{manifest.data['applicants']:,} applicants with known outcome" in text


def test_it_has_no_line_with_a_space_at_its_end(manifest):
    text = card(manifest, fairness(manifest.version))
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


class TestData:
    def test_that_were_generated_forbid_its_use(self, manifest):
        text = card(manifest, None)
        assert "It must not decide about people" in text
        assert "outcomes were generated for every applicant" in text

    def test_that_are_a_lender_s_have_the_bias_of_accepted_loans(self, manifest):
        real = dataclasses.replace(manifest, data={**manifest.data, "generated_sample": False})
        text = card(real, None)
        assert "outcomes are known of loans that were granted" in text
        assert "generated" not in text
        assert "must not decide" not in text

    def test_have_no_period_that_anyone_knows(self, manifest):
        assert "Period: unknown. The tables count days before each application" in card(
            manifest, None
        )
        flat = dataclasses.replace(manifest, data={**manifest.data, "tables": ["loans"]})
        assert "Period: unknown. model.json does not record one." in card(flat, None)


class TestSensitiveAttributes:
    def test_are_said_to_be_out_where_they_are(self, manifest):
        assert "The model reads no prohibited or restricted attribute" in card(manifest, None)

    def test_are_named_where_the_model_reads_them(self, manifest):
        first, *others = manifest.features
        inside = dataclasses.replace(
            first, feature=dataclasses.replace(first.feature, sensitive="prohibited")
        )
        text = card(dataclasses.replace(manifest, features=(inside, *others)), None)
        assert f"made of, prohibited or restricted attributes: `{first.name}` (prohibited)" in text
        assert "reads no prohibited" not in text


@pytest.mark.parametrize(
    ("theoretical", "said"), [(0.5, "outside the interval: look at the calibration"), (None, "in")]
)
def test_the_threshold_is_held_against_theory(manifest, theoretical, said):
    threshold = {**manifest.threshold, "theoretical": theoretical or manifest.threshold["value"]}
    assert f"it lies {said}" in card(dataclasses.replace(manifest, threshold=threshold), None)


class TestFairness:
    def test_that_was_not_measured_is_said_to_be_missing(self, manifest):
        assert "`python model.py fairness` makes them." in card(manifest, None)

    def test_that_nobody_can_measure_is_said_to_be_missing_without_a_remedy(self, manifest):
        flat = dataclasses.replace(manifest, data={**manifest.data, "tables": ["loans"]})
        text = card(flat, None)
        assert "Not measured: there are no figures by sex" in text
        assert "knows these attributes in tables like Home Credit's only" in text
        assert "makes them" not in text

    def test_is_told_with_intervals_small_groups_and_the_price(self, manifest):
        text = card(manifest, fairness(manifest.version))
        assert (
            "| sex: M (few) | 500 | 0.900 (0.850 to 0.950) | 0.900 (0.850 to 0.950) | unknown |"
            in text
        )
        assert (
            "M is accepted 0.900 times (0.850 to 0.950) as often as F, which meets the four-fifths rule"
            in text
        )
        odds = "equalised odds difference 0.900 (0.850 to 0.950), good applicants are refused more often in F than in M."
        assert f"- By sex: {odds}\n" in text
        assert (
            "the AUC is 0.9000, with them 0.9000: -0.0100 (-0.0200 to -0.0010), a real difference."
            in text
        )
        assert "Not measured" not in text

    def test_of_another_model_is_refused(self, manifest, tmp_path):
        path = tmp_path / FAIRNESS_FILE
        path.write_text(json.dumps(fairness("000000000000")))
        with pytest.raises(
            BundleError, match=f"is about model 000000000000, the bundle holds {manifest.version}"
        ):
            read_fairness(path, manifest)

    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", '{"model_version": "0", "data": {"applicants": 1}}']
    )
    def test_that_is_none_is_refused(self, manifest, tmp_path, content):
        path = tmp_path / FAIRNESS_FILE
        path.write_text(content)
        with pytest.raises(BundleError, match="holds no fairness figures"):
            read_fairness(path, manifest)


def test_notes_of_the_training_are_among_the_limits(manifest):
    noted = dataclasses.replace(
        manifest, settings={**manifest.settings, "notes": ["The features were given."]}
    )
    assert "- The features were given.\n" in card(noted, None)


class TestTheCommand:
    def say(self, *arguments):
        result = CliRunner().invoke(model.cli, ["card", *map(str, arguments)])
        return result.exit_code, " ".join(result.output.split())

    def test_writes_the_card_and_keeps_the_figures_beside_it(self, folder, manifest, tmp_path):
        path = tmp_path / "figures.json"
        path.write_text(json.dumps(fairness(manifest.version)))
        assert self.say("--bundle", folder, "--fairness", path)[0] == 0
        assert json.loads((folder / FAIRNESS_FILE).read_text()) == fairness(manifest.version)
        text = (folder / CARD_FILE).read_text(encoding="utf-8")
        assert text == write_of(folder) == card(read_manifest(folder), fairness(manifest.version))

    def test_refuses_figures_of_another_model_and_changes_nothing(self, folder, tmp_path):
        path = tmp_path / "figures.json"
        path.write_text(json.dumps(fairness("000000000000")))
        code, text = self.say("--bundle", folder, "--fairness", path)
        assert code == 1
        assert "Model unusable" in text
        assert not (folder / CARD_FILE).exists()
        assert not (folder / FAIRNESS_FILE).exists()
