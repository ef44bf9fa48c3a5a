"""Explanations: TreeSHAP on the scale of the answer, and pages that need no other file."""

import re

import numpy as np
import pytest
import shap
from typer.testing import CliRunner

import model
from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.explanation import contributions as module
from credit_scoring.laboratory.explanation.applicant_report import report_applicant
from credit_scoring.laboratory.explanation.contributions import (
    Contributions,
    compute_contributions,
    sample_applicants,
)
from credit_scoring.laboratory.explanation.html_pages import applicant_page, html_page, html_table
from credit_scoring.laboratory.explanation.shap_plots import draw_shap_plots, plot_waterfall
from credit_scoring.laboratory.score_dataset import (
    load_labelled,
    load_verified_bundle,
    predict_dataset,
)
from credit_scoring.scoring.explanation import Explainer

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def loaded(bundle_folder):
    return load_verified_bundle(bundle_folder)


@pytest.fixture(scope="module")
def dataset(loaded, sample_folder):
    return load_labelled(sample_folder, loaded)[0]


@pytest.fixture(scope="module")
def contributions(loaded, dataset):
    return compute_contributions(loaded, dataset.table.features)


@pytest.fixture(scope="module")
def refused(loaded, dataset):
    """The identifier of the applicant with the highest probability of default."""
    return dataset.table.applicant[int(np.argmax(predict_dataset(loaded, dataset).probability))]


class TestContributions:
    def test_contributions_add_up_to_the_log_odds(self, loaded, dataset, contributions):
        probability = predict_dataset(loaded, dataset).probability
        total = contributions.base + contributions.values.sum(axis=1)
        np.testing.assert_allclose(total, np.log(probability / (1 - probability)), atol=1e-9)

    def test_contributions_equal_the_shap_library(self, loaded, contributions):
        slope, _ = loaded.bundle.model.calibration_
        reference = shap.TreeExplainer(loaded.bundle.model.booster_)(contributions.matrix[:50])
        values = reference.values[..., -1] if reference.values.ndim == 3 else reference.values
        np.testing.assert_allclose(contributions.values[:50], slope * values, atol=1e-9)

    def test_one_applicant_equals_the_app_s_explanation(
        self, loaded, dataset, contributions, scorer
    ):
        explainer = Explainer(loaded.bundle, scorer)
        row = dataset.table.features.row(7, named=True)
        inputs = {feature.name: row[feature.name] for feature in scorer.requested_features}
        explanation = explainer.explain(inputs)
        np.testing.assert_allclose(explanation.contributions, contributions.values[7], atol=1e-12)
        assert explanation.base_value == pytest.approx(contributions.base)

    def test_features_are_ranked_by_mean_contribution(self, contributions):
        means = list(contributions.mean_absolute.values())
        assert means == sorted(means, reverse=True)
        assert contributions.mean_absolute.keys() == set(contributions.names)


def test_beeswarm_hides_category_codes(contributions):
    columns = [name in contributions.levels for name in contributions.names]
    shown = contributions.as_shap(numbers_only=True).data
    assert np.isnan(shown[:, columns]).all()
    assert not np.isnan(contributions.matrix[:, columns]).all()


def test_plots_are_beeswarm_bar_and_dependence(contributions):
    plots = draw_shap_plots(contributions)
    assert plots.keys() == {"shap_beeswarm.png", "shap_bar.png", "shap_dependence.png"}
    assert all(content.startswith(PNG) and len(content) > 10_000 for content in plots.values())


def test_features_with_no_or_one_value_are_plotted():
    rng = np.random.default_rng(0)
    rare = (np.arange(200) == 7).astype(float)
    matrix = np.column_stack(
        [np.full(200, np.nan), np.zeros(200), rare, rng.normal(size=200), rng.integers(0, 2, 200)]
    )
    names = ["missing", "constant", "rare", "number", "level"]
    contributions = Contributions(
        names, rng.normal(size=(200, 5)), -2.0, matrix, {"level": ("a", "b")}
    )
    assert all(content.startswith(PNG) for content in draw_shap_plots(contributions).values())


def test_levels_of_a_long_category_do_not_overlap(drawn_figures):
    """Only the frequent levels are drawn, next to each other."""
    rng = np.random.default_rng(0)
    levels = tuple(f"Business Entity Type {i}" for i in range(58))
    codes = np.minimum(rng.geometric(0.1, 400), 57).astype(float)
    contributions = Contributions(
        ["ORGANIZATION_TYPE"], rng.normal(size=(400, 1)), -2.0, codes[:, None],
        {"ORGANIZATION_TYPE": levels},
    )  # fmt: skip
    draw_shap_plots(contributions)
    (axes,) = drawn_figures[-1].axes
    labels = [" ".join(label.get_text().split()) for label in axes.get_xticklabels()]
    frequent = sorted(np.argsort(-np.bincount(codes.astype(int)), kind="stable")[:12])
    assert labels == [levels[code] for code in frequent]


def test_plots_use_a_sample_of_applicants(dataset, monkeypatch):
    monkeypatch.setattr(module, "MAX_APPLICANTS", 50)
    sample = sample_applicants(dataset.table.features, seed=0)
    assert len(sample) == 50
    assert sample.equals(sample_applicants(dataset.table.features, seed=0))


class TestApplicantReport:
    def test_report_equals_the_app_s_answer(self, loaded, dataset, refused):
        report = report_applicant(loaded, dataset, str(refused))
        position = dataset.table.applicant.to_list().index(refused)
        assert report.decision.probability == predict_dataset(loaded, dataset).probability[position]
        assert report.decision.decision == "REFUSED"
        assert 1 <= len(report.reasons) <= 4

    def test_page_needs_no_other_file(self, loaded, dataset, refused):
        report = report_applicant(loaded, dataset, str(refused))
        waterfall = plot_waterfall(report.explanation)
        page = applicant_page(report, waterfall)
        assert waterfall.startswith(PNG)
        assert not re.findall(r'(?:src|href)="(?!data:)', page)
        assert "http" not in page
        assert f"{report.decision.probability:.4f}" in page
        for name in loaded.bundle.model.feature_names_in_:
            assert f"<td>{name}</td>" in page
        for factor in report.factors:
            assert f"<td>{factor.contribution:+.4f}</td>" in page
        for reason in report.reasons:
            assert reason.text["en"].partition("(")[0].replace("&", "&amp;").split("'")[0] in page

    def test_page_escapes_its_content(self):
        assert "<script>" not in html_page("<script>", html_table(("a",), [("<script>",)]))

    def test_unknown_applicant_is_refused(self, loaded, dataset):
        with pytest.raises(
            FeatureError, match=r"the data have no applicant 7: they have \d+ and \d+ others"
        ):
            report_applicant(loaded, dataset, "7")


def test_explain_command_writes_plots_and_pages(bundle_folder, sample_folder, refused, tmp_path):
    out = tmp_path / "out"
    data = ("--data", sample_folder, "--bundle", bundle_folder)
    options = map(str, (*data, "--applicant", refused, "--out", out))
    result = CliRunner().invoke(model.cli, ["explain", *options])
    assert result.exit_code == 0, result.output
    plots = {"shap_beeswarm.png", "shap_bar.png", "shap_dependence.png"}
    report = {f"applicant_{refused}.png", f"applicant_{refused}.html"}
    names = {path.name for path in out.iterdir()}
    assert names == {*plots, *report, "shap_importance.json", "explanation.html"}
    page = (out / "explanation.html").read_text()
    assert page.count("data:image/png;base64,") == 3
    assert "http" not in page
