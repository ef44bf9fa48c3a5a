"""Explanations: they add up to the returned probability."""

import json
import math
from dataclasses import replace

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
    """The requests of more than a thousand applicants, some of them not in training."""
    others = build_features(read_tables(sample_folder, labelled=False)).features
    names = [feature.name for feature in scorer.requested_features]
    rows = pl.concat([feature_table.features.select(names), others.select(names)]).to_dicts()
    assert len(rows) >= 1000
    return rows


class TestContributions:
    def test_contributions_add_up_to_the_log_odds(self, explainer, scorer, applicants):
        """Over a thousand rows, to 1e-9 (reliability, row 32)."""
        for inputs in applicants:
            explanation = explainer.explain(inputs)
            probability = scorer.score(inputs).probability
            log_odds = math.log(probability / (1 - probability))
            total = explanation.base_value + explanation.contributions.sum()
            assert abs(total - log_odds) <= TOLERANCE
            assert abs(explanation.log_odds - log_odds) <= TOLERANCE

    def test_contributions_are_scaled_by_the_calibration(
        self, explainer, bundle, scorer, applicants
    ):
        slope, intercept = bundle.model.calibration_
        assert (slope, intercept) != (1.0, 0.0)  # otherwise the test shows nothing
        for inputs in applicants[:50]:
            explanation = explainer.explain(inputs)
            row = scorer.row(inputs).reshape(1, -1)
            raw = bundle.model.matrix_explain(row)[0]
            np.testing.assert_allclose(
                explanation.contributions, slope * raw[:-1], rtol=0, atol=TOLERANCE
            )
            assert explanation.base_value == pytest.approx(
                slope * raw[-1] + intercept, abs=TOLERANCE
            )

    def test_the_base_value_is_constant(self, explainer, applicants):
        assert len({explainer.explain(inputs).base_value for inputs in applicants[:50]}) == 1

    def test_the_same_applicant_has_the_same_explanation(self, explainer, applicants):
        assert (
            explainer.explain(applicants[0]).as_dict()
            == explainer.explain(dict(applicants[0])).as_dict()
        )


class TestAsDict:
    def test_every_feature_from_the_strongest(self, explainer, bundle, applicants):
        rows = explainer.explain(applicants[0]).as_dict()["contributions"]
        assert {row["feature"] for row in rows} == set(bundle.model.feature_names_in_)
        assert len(rows) == bundle.model.n_features_in_
        sizes = [abs(row["contribution"]) for row in rows]
        assert sizes == sorted(sizes, reverse=True)

    def test_a_row_has_the_direction_that_the_model_keeps(self, explainer, applicants):
        explanation = explainer.explain(applicants[0])
        first, *others = explanation.features
        directed = replace(first, feature=replace(first.feature, direction="up"))
        rows = replace(explanation, features=(directed, *others)).as_dict()["contributions"]
        stated = {row["feature"]: row.get("direction") for row in rows}
        assert stated[first.name] == "up"

    def test_the_json_still_adds_up(self, explainer, scorer, applicants):
        for inputs in applicants[:50]:
            answer = json.loads(json.dumps(explainer.explain(inputs).as_dict(), allow_nan=False))
            total = answer["base_value"] + math.fsum(
                row["contribution"] for row in answer["contributions"]
            )
            probability = scorer.score(inputs).probability
            assert total == pytest.approx(math.log(probability / (1 - probability)), abs=TOLERANCE)
            assert answer["log_odds"] == pytest.approx(total, abs=TOLERANCE)

    def test_a_requested_value_is_as_sent(self, explainer, scorer, applicants):
        number = next(
            f.name for f in scorer.requested_features if f.role == "input" and not f.feature.levels
        )
        inputs = {**applicants[0], number: 0.1}  # 0.1 is not a 32-bit number
        rows = explainer.explain(inputs).as_dict()["contributions"]
        assert {row["feature"]: row["value"] for row in rows}[number] == 0.1
        sent = [row for row in rows if row["feature"] in inputs]
        assert all(row["value"] == inputs[row["feature"]] for row in sent)

    def test_a_computed_value_has_32_bit_digits(self, explainer, scorer, bundle, applicants):
        requested = {feature.name for feature in scorer.requested_features}
        row = scorer.row(applicants[0])
        values = dict(zip(bundle.model.feature_names_in_, row.tolist(), strict=True))
        rows = explainer.explain(applicants[0]).as_dict()["contributions"]
        derived = [row for row in rows if row["feature"] not in requested]
        computed = [row for row in derived if row["value"] is not None]
        assert computed
        for row in computed:
            assert np.float32(row["value"]) == values[row["feature"]]
            assert len(repr(row["value"])) <= 14

    def test_a_mark_for_no_value_is_null(self, explainer, scorer, applicants):
        marks = {
            f.name: f.feature.sentinel or f.feature.missing[0]
            for f in scorer.requested_features
            if f.role == "input" and (f.feature.sentinel or f.feature.missing)
        }
        assert marks
        rows = explainer.explain({**applicants[0], **marks}).as_dict()["contributions"]
        assert {row["value"] for row in rows if row["feature"] in marks} == {None}


class TestPrincipalReasons:
    def test_only_refusals_have_reasons(self, explainer, scorer, applicants):
        counts = {0: set(), 1: set()}
        for inputs in applicants[:300]:
            decision = scorer.score(inputs)
            counts[decision.score].add(len(explainer.principal_reasons(inputs, decision)))
        assert counts[0] == {0}
        assert counts[1] <= {1, 2, 3, 4}
        assert 4 in counts[1]

    def test_reasons_are_the_strongest_factors_against(self, explainer, scorer, applicants):
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

    def test_factors_contain_every_contribution(self, explainer, applicants):
        explanation = explainer.explain(applicants[0])
        factors = explainer.factors(explanation)
        assert math.fsum(f.contribution for f in factors) == pytest.approx(
            explanation.contributions.sum(), abs=1e-12
        )
        named = [name for factor in factors for name in factor.features]
        assert len(named) == len(set(named)) == np.count_nonzero(explanation.contributions)
