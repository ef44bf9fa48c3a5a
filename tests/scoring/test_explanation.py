"""An explanation is of the very probability that is answered."""

import json
import math

import numpy as np
import polars as pl
import pytest

from credit_scoring.features.assemble import build_features
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.tables.read_tables import read_tables

TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def explainer(bundle, scorer):
    return Explainer(bundle, scorer)


@pytest.fixture(scope="module")
def applicants(scorer, feature_table, sample_folder):
    """More than a thousand, those of the training and others, as a client would send them."""
    others = build_features(read_tables(sample_folder, labelled=False)).features
    asked = [feature.name for feature in scorer.asked]
    rows = pl.concat([feature_table.features.select(asked), others.select(asked)]).to_dicts()
    assert len(rows) >= 1000
    return rows


class TestContributions:
    def test_base_value_and_contributions_add_up_to_the_log_odds_of_the_probability(
        self, explainer, scorer, applicants
    ):
        """Over a thousand rows, to 1e-9 (reliability, row 32)."""
        for inputs in applicants:
            explanation, probability = explainer.explain(inputs), scorer.score(inputs).probability
            log_odds = math.log(probability / (1 - probability))
            assert (
                abs(explanation.base_value + explanation.contributions.sum() - log_odds)
                <= TOLERANCE
            )
            assert abs(explanation.log_odds - log_odds) <= TOLERANCE

    def test_they_are_the_raw_score_s_scaled_by_the_calibration(
        self, explainer, bundle, scorer, applicants
    ):
        slope, intercept = bundle.model.calibration_
        assert (slope, intercept) != (1.0, 0.0)  # else this shows nothing
        for inputs in applicants[:50]:
            explanation, row = explainer.explain(inputs), scorer.row(inputs).reshape(1, -1)
            raw = bundle.model.matrix_explain(row)[0]
            np.testing.assert_allclose(
                explanation.contributions, slope * raw[:-1], rtol=0, atol=TOLERANCE
            )
            assert explanation.base_value == pytest.approx(
                slope * raw[-1] + intercept, abs=TOLERANCE
            )

    def test_the_base_value_is_everybody_s(self, explainer, applicants):
        assert len({explainer.explain(inputs).base_value for inputs in applicants[:50]}) == 1

    def test_the_same_applicant_has_the_same_explanation(self, explainer, applicants):
        assert (
            explainer.explain(applicants[0]).as_dict()
            == explainer.explain(dict(applicants[0])).as_dict()
        )


class TestTheAnswer:
    def test_it_names_every_feature_of_the_model_the_strongest_first(
        self, explainer, bundle, applicants
    ):
        rows = explainer.explain(applicants[0]).as_dict()["contributions"]
        assert {row["feature"] for row in rows} == set(bundle.model.feature_names_in_)
        assert len(rows) == bundle.model.n_features_in_
        sizes = [abs(row["contribution"]) for row in rows]
        assert sizes == sorted(sizes, reverse=True)

    def test_it_is_json_and_still_adds_up(self, explainer, scorer, applicants):
        for inputs in applicants[:50]:
            answer = json.loads(json.dumps(explainer.explain(inputs).as_dict(), allow_nan=False))
            total = answer["base_value"] + math.fsum(
                row["contribution"] for row in answer["contributions"]
            )
            probability = scorer.score(inputs).probability
            assert total == pytest.approx(math.log(probability / (1 - probability)), abs=TOLERANCE)
            assert answer["log_odds"] == pytest.approx(total, abs=TOLERANCE)

    def test_a_value_is_as_it_was_sent(self, explainer, scorer, applicants):
        number = next(f.name for f in scorer.asked if f.role == "input" and not f.feature.levels)
        asked = {**applicants[0], number: 0.1}  # which 32 bits cannot hold
        rows = explainer.explain(asked).as_dict()["contributions"]
        assert {row["feature"]: row["value"] for row in rows}[number] == 0.1
        assert all(row["value"] == asked[row["feature"]] for row in rows if row["feature"] in asked)

    def test_a_computed_value_has_the_digits_of_the_table_s_32_bits(
        self, explainer, scorer, bundle, applicants
    ):
        asked = {feature.name for feature in scorer.asked}
        row = scorer.row(applicants[0])
        held = dict(zip(bundle.model.feature_names_in_, row.tolist(), strict=True))
        rows = explainer.explain(applicants[0]).as_dict()["contributions"]
        computed = [
            found for found in rows if found["feature"] not in asked and found["value"] is not None
        ]
        assert computed
        for found in computed:
            assert np.float32(found["value"]) == held[found["feature"]]
            assert len(repr(found["value"])) <= 14

    def test_the_source_s_mark_for_no_value_is_null(self, explainer, scorer, applicants):
        marks = {
            f.name: f.feature.sentinel or f.feature.missing[0]
            for f in scorer.asked
            if f.role == "input" and (f.feature.sentinel or f.feature.missing)
        }
        assert marks
        rows = explainer.explain({**applicants[0], **marks}).as_dict()["contributions"]
        assert {row["value"] for row in rows if row["feature"] in marks} == {None}


class TestPrincipalReasons:
    def test_an_acceptance_has_none_and_a_refusal_up_to_four(self, explainer, scorer, applicants):
        counts = {0: set(), 1: set()}
        for inputs in applicants[:300]:
            decision = scorer.score(inputs)
            counts[decision.score].add(len(explainer.principal_reasons(inputs, decision)))
        assert counts[0] == {0}
        assert counts[1] <= {1, 2, 3, 4}
        assert 4 in counts[1]

    def test_they_are_the_factors_most_against_in_order(self, explainer, scorer, applicants):
        for inputs in applicants[:300]:
            explanation = explainer.explain(inputs)
            reasons = explainer.principal_reasons(inputs, scorer.score(inputs))
            against = [
                factor for factor in explainer.factors(explanation) if factor.direction == "against"
            ]
            if reasons:
                named = [
                    factor.code
                    for factor in against[:4]
                    if factor.contribution >= against[0].contribution / 10
                ]
                assert [reason.code for reason in reasons] == named
                assert all(reason.contribution > 0 for reason in reasons)

    def test_factors_hold_every_contribution_that_may_be_named(self, explainer, applicants):
        explanation = explainer.explain(applicants[0])
        factors = explainer.factors(explanation)
        assert math.fsum(f.contribution for f in factors) == pytest.approx(
            explanation.contributions.sum(), abs=1e-12
        )
        named = [name for factor in factors for name in factor.features]
        assert len(named) == len(set(named)) == np.count_nonzero(explanation.contributions)
