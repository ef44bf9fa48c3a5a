"""A block is scored as its applicants would be one by one, bit for bit."""

import dataclasses

import polars as pl
import pytest

from credit_scoring.batch.score_block import BlockScorer
from credit_scoring.errors import FeatureError
from credit_scoring.estimator.encoded_predictions import FEW_ROWS
from credit_scoring.features.assemble import build_features
from credit_scoring.features.build_applicant_store import plain_value
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.serving.app_factory import DATABASE, create_app
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import load_settings
from credit_scoring.tables.read_tables import read_tables
from tests.scoring.loan_bundle import loan_bundle
from tests.server_process import scratch_settings

LOAN = {
    "AMT_CREDIT": [400_000.0, 1_000_000.0, 90_000.0],
    "AMT_ANNUITY": [20_000.0, 60_000.0, None],
    "AMT_GOODS_PRICE": [None, 900_000.0, 90_000.0],
    "AMT_INCOME_TOTAL": [200_000.0, 150_000.0, 400_000.0],
    "DAYS_BIRTH": [-15_000, -9_000, -20_000],
}


@pytest.fixture(scope="module")
def features(sample_folder, feature_table, scorer):
    """The features of applicants in training and of others: more rows than one slice has."""
    others = build_features(read_tables(sample_folder, labelled=False)).features
    names = [feature.name for feature in scorer.requested_features]
    tables = [table.select(names) for table in (feature_table.features, others, others)]
    assert sum(map(len, tables)) > FEW_ROWS
    return pl.concat(tables)


@pytest.fixture(scope="module")
def inputs(features, scorer):
    """The same applicants as requests have them."""
    return features.select(plain_value(f.feature) for f in scorer.requested_features).to_dicts()


@pytest.fixture(scope="module")
def client(bundle_folder, tmp_path_factory):
    """A client of the app that serves the same bundle."""
    settings = load_settings(scratch_settings(tmp_path_factory.mktemp("service")))
    app = create_app(dataclasses.replace(settings, model_path=bundle_folder))
    yield app.test_client()
    app.extensions[EXTENSION].log._writer.close()
    app.extensions[DATABASE].dispose()


@pytest.fixture(scope="module")
def loans():
    return pl.DataFrame(LOAN)


@pytest.fixture(scope="module")
def loan_scorer():
    return BlockScorer(loan_bundle())


class TestEquality:
    @pytest.mark.parametrize("threads", [1, 3])
    def test_scores_equal_those_of_single_requests(self, bundle, scorer, features, inputs, threads):
        scores = BlockScorer(bundle, threads=threads).score(features)
        decisions = [scorer.score(applicant) for applicant in inputs]
        assert scores.rows() == [(d.probability, d.score, d.decision) for d in decisions]
        assert scores.dtypes == [pl.Float64, pl.Int8, pl.String]
        assert set(scores["decision"]) == {"ACCEPTED", "REFUSED"}

    def test_reasons_equal_those_of_single_requests(self, bundle, scorer, features, inputs):
        scores = BlockScorer(bundle, reasons=2).score(features)
        explainer = Explainer(bundle, scorer)
        expected = [
            explainer.principal_reasons(applicant, scorer.score(applicant)) for applicant in inputs
        ]
        sentences = [[factor.text["en"] for factor in factors[:2]] for factors in expected]
        assert scores["reasons"].to_list() == sentences
        assert max(map(len, sentences)) == 2

    def test_the_app_decides_alike_and_gives_the_same_reasons(
        self, bundle, client, features, inputs
    ):
        scores = BlockScorer(bundle, reasons=4).score(features.head(300)).to_dicts()
        for applicant, row in zip(inputs, scores, strict=False):
            reasons = row.pop("reasons")
            answer = client.post("/predict", json=applicant).json
            assert {name: answer[name] for name in row} == row
            if reasons:
                explained = client.post("/predict/explain", json=applicant).json
                assert [
                    reason["text"]["en"] for reason in explained["principal_reasons"]
                ] == reasons
        assert 0 < sum(row["score"] for row in scores) < len(scores)

    def test_factors_are_those_that_the_log_has(self, bundle, scorer, features, inputs):
        few = features.head(200)
        scores, factors = BlockScorer(bundle).score_and_explain(few)
        explainer = Explainer(bundle, scorer)
        assert scores.equals(BlockScorer(bundle).score(few))
        assert any(factors)
        for applicant, each in zip(inputs, factors, strict=False):
            assert each == explainer.principal_reasons(applicant, scorer.score(applicant))

    @pytest.mark.parametrize(
        "other_form",
        [
            pytest.param(pl.selectors.numeric().cast(pl.Float64), id="64 bits"),
            pytest.param(pl.selectors.enum().cast(pl.Categorical), id="categorical"),
            pytest.param(pl.selectors.enum().cast(pl.String), id="text"),
            pytest.param(pl.selectors.float().fill_null(float("nan")), id="NaN"),
        ],
    )
    def test_the_form_of_the_columns_does_not_matter(self, bundle, features, other_form):
        block_scorer = BlockScorer(bundle, reasons=4)
        few = features.head(200)
        assert block_scorer.score(few.with_columns(other_form)).equals(block_scorer.score(few))


class TestColumns:
    def test_further_columns_and_their_order_do_not_matter(self, loan_scorer, loans):
        others = loans.select("DAYS_BIRTH", pl.lit("A").alias("name"), *loans.columns[:-1])
        assert loan_scorer.score(others).equals(loan_scorer.score(loans))

    def test_a_block_may_be_empty(self, loans):
        scores = BlockScorer(loan_bundle(), reasons=1).score(loans.clear())
        assert scores.schema == {
            "probability": pl.Float64,
            "score": pl.Int8,
            "decision": pl.String,
            "reasons": pl.List(pl.String),
        }

    def test_a_column_without_values_may_have_no_type(self, loan_scorer, loans):
        untyped = loans.with_columns(AMT_ANNUITY=None)
        typed = loans.with_columns(AMT_ANNUITY=pl.lit(None, pl.Float32))
        assert loan_scorer.score(untyped).equals(loan_scorer.score(typed))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            pytest.param(
                lambda table: table.drop("AMT_CREDIT", "DAYS_BIRTH"),
                "no column AMT_CREDIT, DAYS_BIRTH: expected the 5 features",
                id="missing",
            ),
            pytest.param(
                lambda table: table.with_columns(AMT_CREDIT=pl.lit("1")),
                "AMT_CREDIT is String: expected numbers",
                id="text instead of numbers",
            ),
        ],
    )
    def test_another_table_is_refused(self, loan_scorer, loans, change, message):
        with pytest.raises(FeatureError, match=message):
            loan_scorer.score(change(loans))

    def test_numbers_instead_of_levels_are_refused(self, bundle, features):
        name = next(iter(bundle.model.categories_))
        with pytest.raises(FeatureError, match=f"{name} is Int32: expected its levels as text"):
            BlockScorer(bundle).score(features.with_columns(pl.lit(1).alias(name)))
