"""Explanations: the booster's own TreeSHAP, on the scale of the answer; reports that need no other file."""

import re

import numpy as np
import pytest
import shap
from typer.testing import CliRunner

import model
from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.explanation import explain_model as module
from credit_scoring.laboratory.score_dataset import (
    load_labelled,
    load_verified_bundle,
    predict_dataset,
)
from credit_scoring.scoring.explanation import Explainer

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def opened(bundle_folder):
    return load_verified_bundle(bundle_folder)


@pytest.fixture(scope="module")
def rows(opened, sample_folder):
    return load_labelled(sample_folder, opened)[0]


@pytest.fixture(scope="module")
def found(opened, rows):
    return module.contributions(opened, rows.table.features)


@pytest.fixture(scope="module")
def refused(opened, rows):
    """The identifier of the applicant with the highest probability of default."""
    return rows.table.applicant[int(np.argmax(predict_dataset(opened, rows).probability))]


class TestContributions:
    def test_add_up_to_the_log_odds_of_the_answered_probability(self, opened, rows, found):
        probability = predict_dataset(opened, rows).probability
        total = found.base + found.values.sum(axis=1)
        np.testing.assert_allclose(total, np.log(probability / (1 - probability)), atol=1e-9)

    def test_are_those_of_the_shap_library(self, opened, found):
        slope, _ = opened.bundle.model.calibration_
        theirs = shap.TreeExplainer(opened.bundle.model.booster_)(found.matrix[:50])
        values = theirs.values[..., -1] if theirs.values.ndim == 3 else theirs.values
        np.testing.assert_allclose(found.values[:50], slope * values, atol=1e-9)

    def test_of_one_applicant_are_those_the_app_explains_with(self, opened, rows, found, scorer):
        explainer = Explainer(opened.bundle, scorer)
        row = rows.table.features.row(7, named=True)
        one = explainer.explain({feature.name: row[feature.name] for feature in scorer.asked})
        np.testing.assert_allclose(one.contributions, found.values[7], atol=1e-12)
        assert one.base_value == pytest.approx(found.base)

    def test_are_ranked_by_their_mean_size(self, found):
        means = list(found.mean_absolute.values())
        assert means == sorted(means, reverse=True)
        assert found.mean_absolute.keys() == set(found.names)


def test_a_category_s_codes_are_no_numbers_in_the_beeswarm(found):
    (place, *_) = [place for place, name in enumerate(found.names) if name in found.levels]
    shown = found.as_shap(numbers_only=True).data
    assert np.isnan(shown[:, place]).all()
    assert not np.isnan(found.matrix[:, place]).all()


def test_pictures_are_beeswarm_bar_and_dependence(found):
    drawn = module.pictures(found)
    assert drawn.keys() == {"shap_beeswarm.png", "shap_bar.png", "shap_dependence.png"}
    assert all(content.startswith(PNG) and len(content) > 10_000 for content in drawn.values())


def test_features_without_values_or_with_but_one_are_drawn():
    rng = np.random.default_rng(0)
    rare = (np.arange(200) == 7).astype(float)
    matrix = np.column_stack(
        [np.full(200, np.nan), np.zeros(200), rare, rng.normal(size=200), rng.integers(0, 2, 200)]
    )
    names = ["missing", "constant", "rare", "number", "level"]
    some = module.Contributions(
        names, rng.normal(size=(200, 5)), -2.0, matrix, {"level": ("a", "b")}
    )
    assert all(content.startswith(PNG) for content in module.pictures(some).values())


def test_a_picture_has_no_more_applicants_than_can_be_seen(rows, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 50)
    assert len(module.some_of(rows, seed=0)) == 50
    assert module.some_of(rows, seed=0).equals(module.some_of(rows, seed=0))


class TestAReport:
    def test_is_what_the_app_would_answer(self, opened, rows, refused):
        report = module.report_of(opened, rows, str(refused))
        place = rows.table.applicant.to_list().index(refused)
        assert report.decision.probability == predict_dataset(opened, rows).probability[place]
        assert report.decision.decision == "REFUSED"
        assert 1 <= len(report.reasons) <= 4

    def test_is_a_page_that_needs_no_other_file(self, opened, rows, refused):
        report = module.report_of(opened, rows, str(refused))
        picture = module.waterfall(report)
        page = module.report_page(report, picture)
        assert picture.startswith(PNG)
        assert not re.findall(r'(?:src|href)="(?!data:)', page)
        assert "http" not in page
        assert f"{report.decision.probability:.4f}" in page
        for name in opened.bundle.model.feature_names_in_:
            assert f"<td>{name}</td>" in page
        for factor in report.factors:
            assert f"<td>{factor.contribution:+.4f}</td>" in page
        for reason in report.reasons:
            assert reason.text["en"].partition("(")[0].replace("&", "&amp;").split("'")[0] in page

    def test_escapes_what_it_shows(self):
        assert "<script>" not in module.page("<script>", module._table(("a",), [("<script>",)]))

    def test_of_an_unknown_applicant_is_refused(self, opened, rows):
        with pytest.raises(
            FeatureError, match=r"the data have no applicant 7: they have \d+ and \d+ others"
        ):
            module.report_of(opened, rows, "7")


def test_the_command_leaves_pictures_and_pages(bundle_folder, sample_folder, refused, tmp_path):
    arguments = [
        "--data",
        sample_folder,
        "--bundle",
        bundle_folder,
        "--applicant",
        refused,
        "--out",
        tmp_path / "out",
    ]
    result = CliRunner().invoke(model.cli, ["explain", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "shap_beeswarm.png", "shap_bar.png", "shap_dependence.png", "shap_importance.json", "explanation.html",
        f"applicant_{refused}.png", f"applicant_{refused}.html",
    }  # fmt: skip
    page = (tmp_path / "out/explanation.html").read_text()
    assert page.count("data:image/png;base64,") == 3
    assert "http" not in page
