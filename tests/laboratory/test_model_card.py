"""The model card states the facts of manifest and fairness figures, and nothing else."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.bundle_files import CARD_FILE
from credit_scoring.bundle.fairness import FAIRNESS_FILE
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.errors import BundleError
from credit_scoring.laboratory.model_card.model_card import (
    model_card,
    model_card_of_bundle,
    read_fairness,
)
from tests.special_files import KINDS, make_special

LATEST = Path(__file__).parents[2] / "models/latest"
INTERVAL = {"value": 0.9, "low": 0.85, "high": 0.95}
DIFFERENCE = {**INTERVAL, "highest": "F", "lowest": "M", "error": "false_positive"}


def make_fairness(version):
    """The content of fairness.json, with one small group."""
    rates = ("selection_rate", "false_positive_rate", "default_rate", "predicted_rate")
    group = {
        "group": "M",
        "applicants": 500,
        "small": True,
        "false_negative_rate": None,
        "calibration_ratio": INTERVAL,
        **dict.fromkeys(rates, INTERVAL),
    }
    undefined = {"four_fifths_ratio": None, "equalised_odds_difference": None}
    attribute = {
        "attribute": "sex",
        "groups": [group],
        "four_fifths_ratio": DIFFERENCE,
        "equalised_odds_difference": DIFFERENCE,
        "without_small_groups": undefined,
    }
    difference = {"value": -0.01, "low": -0.02, "high": -0.001, "real": True}
    cost = {"excluded": INTERVAL, "included": INTERVAL, "difference": difference}
    return {
        "model_version": version,
        "judged": "out of fold",
        "data": {"applicants": 1000, "source": "here"},
        "attributes": [attribute],
        "price": {"roc_auc": cost, "cost_per_applicant": cost},
    }


@pytest.fixture
def manifest(bundle):
    return bundle.manifest


@pytest.fixture
def folder(bundle_folder, tmp_path):
    return shutil.copytree(bundle_folder, tmp_path / "bundle")


def test_shipped_card_is_current():
    """After another training run `make train`, or python model.py card."""
    assert (LATEST / CARD_FILE).read_text(encoding="utf-8") == model_card_of_bundle(LATEST)


def test_card_shows_every_metric_with_its_interval(manifest):
    text = model_card(manifest, None)
    for part in manifest.metrics.values():
        for name in ("roc_auc", "cost_per_applicant", "log_loss", "true_calibration_slope"):
            figure = part[name]
            assert f"{figure['value']:.4f} ({figure['low']:.4f} to {figure['high']:.4f})" in text
    assert manifest.pickle["sha256"] in text
    assert f"{manifest.threshold['value']:.4f}" in text
    assert f"{manifest.data['applicants']:,} applicants with known outcome" in text


def test_card_has_no_trailing_spaces(manifest):
    text = model_card(manifest, make_fairness(manifest.version))
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


class TestData:
    def test_generated_data_forbid_the_use(self, manifest):
        text = model_card(manifest, None)
        assert "It must not decide about people" in text
        assert "outcomes were generated for every applicant" in text

    def test_lender_data_have_the_bias_of_accepted_loans(self, manifest):
        real = dataclasses.replace(manifest, data={**manifest.data, "generated_sample": False})
        text = model_card(real, None)
        assert "outcomes are known of loans that were granted" in text
        assert "generated" not in text
        assert "must not decide" not in text

    def test_period_is_unknown_without_a_time(self, manifest):
        data = {name: fact for name, fact in manifest.data.items() if name != "period"}
        timeless = dataclasses.replace(manifest, data=data)
        assert "Period: unknown. The tables count days before each application" in model_card(
            timeless, None
        )
        flat = dataclasses.replace(manifest, data={**data, "tables": ["loans"]})
        assert "Period: unknown. model.json does not record one." in model_card(flat, None)

    def test_period_of_the_data_is_stated(self, manifest):
        text = model_card(manifest, None)
        assert "- Period: applied for from 2014-01-01 to 2015-12-01\n" in text


class TestDirections:
    def test_a_model_without_directions_states_none(self, manifest):
        free = [replace_feature(feature, direction=None) for feature in manifest.features]
        text = model_card(dataclasses.replace(manifest, features=tuple(free)), None)
        assert "Directions" not in text

    def test_kept_directions_are_named(self, manifest):
        up, down, *others = manifest.features
        features = (
            replace_feature(up, direction="up"),
            replace_feature(down, direction="down"),
            *(replace_feature(feature, direction=None) for feature in others),
        )
        text = model_card(dataclasses.replace(manifest, features=features), None)
        assert f"- It never falls: `{up.name}`\n- It never rises: `{down.name}`\n" in text


def replace_feature(feature, **changes):
    return dataclasses.replace(feature, feature=dataclasses.replace(feature.feature, **changes))


class TestSensitiveAttributes:
    def test_absence_of_sensitive_attributes_is_stated(self, manifest):
        assert "The model reads no prohibited or restricted attribute" in model_card(manifest, None)

    def test_sensitive_attributes_of_the_model_are_named(self, manifest):
        first = next(feature for feature in manifest.features if feature.role == "input")
        others = [feature for feature in manifest.features if feature is not first]
        inside = dataclasses.replace(
            first, feature=dataclasses.replace(first.feature, sensitive="prohibited")
        )
        text = model_card(dataclasses.replace(manifest, features=(inside, *others)), None)
        assert f"made of, prohibited or restricted attributes: `{first.name}` (prohibited)" in text
        assert "reads no prohibited" not in text


@pytest.mark.parametrize(
    ("theoretical", "verdict"), [(0.5, "outside the interval: check the calibration"), (None, "in")]
)
def test_threshold_is_compared_with_theory(manifest, theoretical, verdict):
    threshold = {**manifest.threshold, "theoretical": theoretical or manifest.threshold["value"]}
    assert f"it lies {verdict}" in model_card(
        dataclasses.replace(manifest, threshold=threshold), None
    )


class TestFairness:
    def test_missing_fairness_figures_are_stated(self, manifest):
        assert "`python model.py fairness` makes them." in model_card(manifest, None)

    def test_card_of_a_flat_table_names_the_groups_of_its_schema(self, manifest):
        flat = dataclasses.replace(manifest, data={**manifest.data, "tables": ["loans"]})
        text = model_card(flat, None)
        assert "Not measured: there are no figures by group for this model." in text
        assert "for the columns that the schema calls prohibited or restricted" in text

    def test_fairness_shows_intervals_small_groups_and_cost(self, manifest):
        text = model_card(manifest, make_fairness(manifest.version))
        interval = "0.900 (0.850 to 0.950)"
        assert f"| sex: M (few) | 500 | {interval} | {interval} | unknown |" in text
        ratio = f"M is accepted {interval.replace(' ', ' times ', 1)} as often as F"
        assert f"- By sex: {ratio}, which meets the four-fifths rule.\n" in text
        odds = f"equalised odds difference {interval}, good applicants are refused"
        assert f"- By sex: {odds} more often in F than in M.\n" in text
        difference = "-0.0100 (-0.0200 to -0.0010), a real difference."
        assert f"the AUC is 0.9000, with them 0.9000: {difference}" in text
        assert "Not measured" not in text

    def test_figures_of_another_model_are_refused(self, manifest, tmp_path):
        path = tmp_path / FAIRNESS_FILE
        path.write_text(json.dumps(make_fairness("000000000000")))
        with pytest.raises(
            BundleError, match=f"is about model 000000000000, the bundle holds {manifest.version}"
        ):
            read_fairness(path, manifest)

    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", '{"model_version": "0", "data": {"applicants": 1}}']
    )
    def test_incomplete_figures_are_refused(self, manifest, tmp_path, content):
        path = tmp_path / FAIRNESS_FILE
        path.write_text(content)
        with pytest.raises(BundleError, match="holds no fairness figures"):
            read_fairness(path, manifest)

    @pytest.mark.parametrize("kind", KINDS)
    def test_special_files_are_refused(self, manifest, tmp_path, kind):
        path = make_special(tmp_path / FAIRNESS_FILE, kind)
        with pytest.raises(BundleError, match=r"fairness\.json cannot be read \("):
            read_fairness(path, manifest)

    def test_missing_file_has_a_remedy(self, manifest, tmp_path):
        message = r"cannot be read \(No such file or directory\): python model.py fairness writes"
        with pytest.raises(BundleError, match=message):
            read_fairness(tmp_path / FAIRNESS_FILE, manifest)


def test_training_notes_are_among_the_limits(manifest):
    noted = dataclasses.replace(
        manifest, settings={**manifest.settings, "notes": ["The features were given."]}
    )
    assert "- The features were given.\n" in model_card(noted, None)


class TestCardCommand:
    def say(self, *arguments):
        result = CliRunner().invoke(model.cli, ["card", *map(str, arguments)])
        return result.exit_code, " ".join(result.output.split())

    def test_command_writes_card_and_fairness_figures(self, folder, manifest, tmp_path):
        path = tmp_path / "figures.json"
        path.write_text(json.dumps(make_fairness(manifest.version)))
        assert self.say("--bundle", folder, "--fairness", path)[0] == 0
        assert json.loads((folder / FAIRNESS_FILE).read_text()) == make_fairness(manifest.version)
        text = (folder / CARD_FILE).read_text(encoding="utf-8")
        assert (
            text
            == model_card_of_bundle(folder)
            == model_card(read_manifest(folder), make_fairness(manifest.version))
        )

    def test_command_refuses_figures_of_another_model(self, folder, tmp_path):
        path = tmp_path / "figures.json"
        path.write_text(json.dumps(make_fairness("000000000000")))
        code, text = self.say("--bundle", folder, "--fairness", path)
        assert code == 1
        assert "Model unusable" in text
        assert not (folder / CARD_FILE).exists()
        assert not (folder / FAIRNESS_FILE).exists()
