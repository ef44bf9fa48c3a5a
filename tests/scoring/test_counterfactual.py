"""Counterfactuals: accepted, small, and only changes that the applicant can make."""

import dataclasses
import math
import re
import tomllib

import pytest

from credit_scoring.features.definitions.application import application_features
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from credit_scoring.scoring.actions import ACTIONS_FILE, all_actions
from credit_scoring.scoring.counterfactual import CounterfactualSearch
from credit_scoring.scoring.scorer import Scorer
from tests.scoring.loan_bundle import RATIOS, loan_bundle

INCOME = 100_000.0
PLAIN = {"AMT_INCOME_TOTAL": INCOME, "AMT_GOODS_PRICE": None, "DAYS_BIRTH": -45 * 365}


@pytest.fixture(scope="module")
def loans():
    return Scorer(loan_bundle())


@pytest.fixture(scope="module")
def search(loans):
    return CounterfactualSearch(loans)


def applicant(credit, length, **values):
    return {**PLAIN, "AMT_CREDIT": credit, "AMT_ANNUITY": credit / length, **values}


@pytest.fixture(scope="module")
def refused(loans):
    """Refused applicants, from nearly accepted to hopeless."""
    applicants = [
        applicant(credit, length, AMT_GOODS_PRICE=goods)
        for credit in (320_000.0, 450_000.0, 520_000.0, 620_000.0, 790_000.0, 990_000.0)
        for length in (12.0, 20.0, 30.0)
        for goods in (None, credit)
    ]
    refused = [inputs for inputs in applicants if loans.score(inputs).score]
    assert len(refused) > 10
    return refused


class TestSuggestions:
    def test_every_suggestion_is_accepted(self, loans, search, refused):
        suggested = 0
        for inputs in refused:
            for suggestion in search.search(inputs, loans.score(inputs)).suggestions:
                decision = loans.score({**inputs, **suggestion.features})
                assert decision == suggestion.decision
                assert (decision.decision, decision.score) == ("ACCEPTED", 0)
                suggested += 1
        assert suggested > 10

    def test_only_amounts_of_the_loan_change(self, loans, search, refused):
        for inputs in refused:
            for suggestion in search.search(inputs, loans.score(inputs)).suggestions:
                assert suggestion.features.keys() <= {
                    "AMT_CREDIT",
                    "AMT_ANNUITY",
                    "AMT_GOODS_PRICE",
                }
                assert all(value != inputs[name] for name, value in suggestion.features.items())

    def test_amounts_move_together(self, loans, search):
        """A smaller loan has a smaller repayment and price; only the duration separates them."""
        inputs = applicant(420_000.0, 20.0, AMT_GOODS_PRICE=420_000.0)
        suggestions = search.search(inputs, loans.score(inputs)).suggestions
        by_action = {suggestion.change: suggestion.features for suggestion in suggestions}
        amount = by_action["amount",]
        assert amount.keys() == {"AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"}
        shares = [value / inputs[name] for name, value in amount.items()]
        assert max(shares) - min(shares) < 0.01

    def test_no_smaller_step_is_accepted(self, loans, search, refused):
        factors = {action.code: action.factors for action in all_actions()}
        for inputs in refused:
            for suggestion in search.search(inputs, loans.score(inputs)).suggestions:
                if suggestion.change != ("amount",):
                    continue
                suggested = suggestion.features["AMT_CREDIT"] / inputs["AMT_CREDIT"]
                for factor in (f for f in factors["amount"] if f > suggested + 0.01):
                    scaled = {
                        name: value * factor
                        for name, value in inputs.items()
                        if name in suggestion.features
                    }
                    rounded = {name: float(f"{value:.3g}") for name, value in scaled.items()}
                    assert loans.score({**inputs, **rounded}).score == 1

    def test_the_smallest_change_comes_first(self, search, loans, refused):
        for inputs in refused:
            suggestions = search.search(inputs, loans.score(inputs)).suggestions
            sizes = [
                max(
                    abs(math.log(value / inputs[name]))
                    for name, value in suggestion.features.items()
                )
                for suggestion in suggestions
                if len(suggestion.change) == 1
            ]
            assert sizes == pytest.approx(sorted(sizes), abs=0.01)

    def test_combinations_only_if_no_action_is_enough(self, loans, search, refused):
        counts = [
            {
                len(suggestion.change)
                for suggestion in search.search(inputs, loans.score(inputs)).suggestions
            }
            for inputs in refused
        ]
        assert {1} in counts
        assert any(count and 1 not in count for count in counts)
        assert not any(1 in count and len(count) > 1 for count in counts)

    def test_equal_applicants_get_equal_suggestions(self, loans, search, refused):
        for inputs in refused[:5]:
            decision = loans.score(inputs)
            again = CounterfactualSearch(loans).search(dict(reversed(inputs.items())), decision)
            assert search.search(inputs, decision) == again

    def test_values_are_rounded_and_in_range(self, loans, search, refused):
        bounds = {
            feature.name: (feature.minimum, feature.maximum) for feature in application_features()
        }
        for inputs in refused:
            for suggestion in search.search(inputs, loans.score(inputs)).suggestions:
                for name, value in suggestion.features.items():
                    low, high = bounds[name]
                    assert low <= value <= high
                    assert float(f"{value:.3g}") == value

    def test_text_is_in_both_languages(self, loans, search):
        inputs = applicant(420_000.0, 20.0)
        suggestions = search.search(inputs, loans.score(inputs)).suggestions
        text = next(
            suggestion.text for suggestion in suggestions if suggestion.change == ("amount",)
        )
        amount = "[0-9]{3},000"
        assert re.fullmatch(
            f"Borrow less: amount of the loan {amount} instead of 420,000; "
            "monthly repayment of the loan [0-9,]+ instead of 21,000.",
            text["en"],
        )
        assert text["fr"].startswith("Emprunter moins : montant du crédit demandé ")
        assert "au lieu de 420\u202f000 ; mensualité du crédit demandé" in text["fr"]


class TestNoSuggestion:
    def test_without_a_suggestion_the_limits_are_listed(self, loans, search):
        inputs = {**applicant(800_000.0, 10.0), "AMT_INCOME_TOTAL": 30_000.0}
        result = search.search(inputs, loans.score(inputs))
        assert result.as_dict() == {"suggestions": [], "text": result.text}
        assert result.text["en"] == (
            "No change that was tried leads to an acceptance: Borrow less (× 0.5 to × 0.95); "
            "Repay over another duration (× 0.5 to × 2)."
        )
        assert "(× 0,5 à × 0,95) ; Rembourser" in result.text["fr"]

    def test_an_acceptance_has_no_suggestion(self, loans, search):
        inputs = applicant(60_000.0, 30.0)
        result = search.search(inputs, loans.score(inputs))
        assert result.as_dict()["suggestions"] == []
        assert result.text["en"] == "The application is accepted: nothing has to change."

    def test_a_table_without_actions_says_so(self):
        bundle = loan_bundle()
        features = tuple(
            dataclasses.replace(
                feature, feature=dataclasses.replace(feature.feature, table="loans")
            )
            for feature in bundle.manifest.features
        )
        flat = Scorer(
            dataclasses.replace(
                bundle, manifest=dataclasses.replace(bundle.manifest, features=features)
            )
        )
        inputs = applicant(450_000.0, 12.0)
        result = CounterfactualSearch(flat).search(inputs, flat.score(inputs))
        assert result.suggestions == ()
        assert (
            result.text["en"]
            == "The model has no input that the applicant is known to be able to change."
        )
        assert result.text["fr"].startswith("Le modèle n’a aucune donnée")

    def test_missing_and_zero_amounts_do_not_change(self, loans, search):
        inputs = {**applicant(450_000.0, 12.0), "AMT_CREDIT": 0, "AMT_ANNUITY": None}
        decision = dataclasses.replace(loans.score(inputs), score=1)
        assert search.search(inputs, decision).text["en"].startswith("The model has no input")


class TestActions:
    def test_actions_change_amounts_not_the_person(self):
        sensitive = {feature.name for feature in application_features() if feature.sensitive}
        moved = {name for action in all_actions() for name in action.powers}
        assert moved == {"AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"}
        assert not moved & sensitive
        assert tomllib.loads(ACTIONS_FILE.read_text(encoding="utf-8"))["table"] == "application"

    def test_factors_are_distinct_and_not_one(self):
        for action in all_actions():
            assert 1 not in action.factors
            assert min(action.factors) > 0
            assert len(set(action.factors)) == len(action.factors)

    def test_ratios_follow_the_training_formulas(self, loans):
        """A suggestion is scored with the ratios of its new amounts."""
        inputs = applicant(400_000.0, 20.0, AMT_GOODS_PRICE=400_000.0)
        less = {**inputs, "AMT_CREDIT": 200_000, "AMT_ANNUITY": 10_000}
        names = ["DAYS_BIRTH", *RATIOS]
        row = dict(zip(names, loans.row(less).tolist(), strict=True))
        assert set(RATIOS) <= set(ratios_by_name())
        assert row["application_credit_per_income"] == 2.0
        assert row["application_goods_per_credit"] == 2.0
