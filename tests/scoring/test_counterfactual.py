"""What would have changed a refusal: true, small, and only what the applicant can change."""

import dataclasses
import math
import re
import tomllib

import pytest

from credit_scoring.features.definitions.application import raw_features
from credit_scoring.features.definitions.row_ratios import by_name
from credit_scoring.scoring.actions import FILE, levers
from credit_scoring.scoring.counterfactual import Counterfactuals
from credit_scoring.scoring.scorer import Scorer
from tests.scoring.loan_bundle import RATIOS, loan_bundle

INCOME = 100_000.0
PLAIN = {"AMT_INCOME_TOTAL": INCOME, "AMT_GOODS_PRICE": None, "DAYS_BIRTH": -45 * 365}


@pytest.fixture(scope="module")
def loans():
    return Scorer(loan_bundle())


@pytest.fixture(scope="module")
def search(loans):
    return Counterfactuals(loans)


def applicant(credit, length, **more):
    return {**PLAIN, "AMT_CREDIT": credit, "AMT_ANNUITY": credit / length, **more}


@pytest.fixture(scope="module")
def refused(loans):
    """Refused applicants, from nearly accepted to hopeless."""
    found = [
        applicant(credit, length, AMT_GOODS_PRICE=goods)
        for credit in (320_000.0, 450_000.0, 520_000.0, 620_000.0, 790_000.0, 990_000.0)
        for length in (12.0, 20.0, 30.0)
        for goods in (None, credit)
    ]
    found = [inputs for inputs in found if loans.score(inputs).score]
    assert len(found) > 10
    return found


class TestSuggestions:
    def test_each_one_really_is_accepted(self, loans, search, refused):
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
        """Who borrows less repays less and buys for less; only the duration parts the repayment from the amount."""
        inputs = applicant(420_000.0, 20.0, AMT_GOODS_PRICE=420_000.0)
        found = search.search(inputs, loans.score(inputs)).suggestions
        by_lever = {suggestion.change: suggestion.features for suggestion in found}
        amount = by_lever["amount",]
        assert amount.keys() == {"AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"}
        shares = [value / inputs[name] for name, value in amount.items()]
        assert max(shares) - min(shares) < 0.01

    def test_no_smaller_step_of_the_same_lever_would_do(self, loans, search, refused):
        factors = {lever.code: lever.factors for lever in levers()}
        for inputs in refused:
            for suggestion in search.search(inputs, loans.score(inputs)).suggestions:
                if suggestion.change != ("amount",):
                    continue
                found = suggestion.features["AMT_CREDIT"] / inputs["AMT_CREDIT"]
                for factor in (f for f in factors["amount"] if f > found + 0.01):
                    scaled = {
                        name: value * factor
                        for name, value in inputs.items()
                        if name in suggestion.features
                    }
                    rounded = {name: float(f"{value:.3g}") for name, value in scaled.items()}
                    assert loans.score({**inputs, **rounded}).score == 1

    def test_the_smallest_change_stands_first(self, search, loans, refused):
        for inputs in refused:
            found = search.search(inputs, loans.score(inputs)).suggestions
            sizes = [
                max(
                    abs(math.log(value / inputs[name]))
                    for name, value in suggestion.features.items()
                )
                for suggestion in found
                if len(suggestion.change) == 1
            ]
            assert sizes == pytest.approx(sorted(sizes), abs=0.01)

    def test_a_combination_is_offered_only_where_no_lever_alone_is_enough(
        self, loans, search, refused
    ):
        counts = [
            {
                len(suggestion.change)
                for suggestion in search.search(inputs, loans.score(inputs)).suggestions
            }
            for inputs in refused
        ]
        assert {1} in counts
        assert any(found and 1 not in found for found in counts)
        assert not any(1 in found and len(found) > 1 for found in counts)

    def test_the_same_question_has_the_same_answer(self, loans, search, refused):
        for inputs in refused[:5]:
            decision = loans.score(inputs)
            again = Counterfactuals(loans).search(dict(reversed(inputs.items())), decision)
            assert search.search(inputs, decision) == again

    def test_values_have_three_digits_and_stay_within_the_contract(self, loans, search, refused):
        bounds = {feature.name: (feature.minimum, feature.maximum) for feature in raw_features()}
        for inputs in refused:
            for suggestion in search.search(inputs, loans.score(inputs)).suggestions:
                for name, value in suggestion.features.items():
                    low, high = bounds[name]
                    assert low <= value <= high
                    assert float(f"{value:.3g}") == value

    def test_it_is_said_in_both_languages(self, loans, search):
        inputs = applicant(420_000.0, 20.0)
        found = search.search(inputs, loans.score(inputs)).suggestions
        text = next(suggestion.text for suggestion in found if suggestion.change == ("amount",))
        amount = "[0-9]{3},000"
        assert re.fullmatch(
            f"Borrow less: amount of the loan {amount} instead of 420,000; "
            "monthly repayment of the loan [0-9,]+ instead of 21,000.",
            text["en"],
        )
        assert text["fr"].startswith("Emprunter moins : montant du crédit demandé ")
        assert "au lieu de 420\u202f000 ; mensualité du crédit demandé" in text["fr"]


class TestNoSuggestion:
    def test_within_the_limits_nothing_helps_and_the_answer_says_which_limits(self, loans, search):
        inputs = {**applicant(800_000.0, 10.0), "AMT_INCOME_TOTAL": 30_000.0}
        found = search.search(inputs, loans.score(inputs))
        assert found.as_dict() == {"suggestions": [], "text": found.text}
        assert found.text["en"] == (
            "No change that was tried leads to an acceptance: Borrow less (× 0.5 to × 0.95); "
            "Repay over another duration (× 0.5 to × 2)."
        )
        assert "(× 0,5 à × 0,95) ; Rembourser" in found.text["fr"]

    def test_an_acceptance_needs_none(self, loans, search):
        inputs = applicant(60_000.0, 30.0)
        found = search.search(inputs, loans.score(inputs))
        assert found.as_dict()["suggestions"] == []
        assert found.text["en"] == "The application is accepted: nothing has to change."

    def test_a_table_where_nothing_is_known_as_changeable_says_so(self):
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
        found = Counterfactuals(flat).search(inputs, flat.score(inputs))
        assert found.suggestions == ()
        assert (
            found.text["en"]
            == "The model has no input that the applicant is known to be able to change."
        )
        assert found.text["fr"].startswith("Le modèle n’a aucune donnée")

    def test_amounts_that_are_missing_or_zero_are_left_alone(self, loans, search):
        inputs = {**applicant(450_000.0, 12.0), "AMT_CREDIT": 0, "AMT_ANNUITY": None}
        decision = dataclasses.replace(loans.score(inputs), score=1)
        assert search.search(inputs, decision).text["en"].startswith("The model has no input")


class TestLevers:
    def test_they_move_amounts_of_the_loan_and_nothing_of_the_person(self):
        sensitive = {feature.name for feature in raw_features() if feature.sensitive}
        moved = {name for lever in levers() for name in lever.powers}
        assert moved == {"AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"}
        assert not moved & sensitive
        assert tomllib.loads(FILE.read_text(encoding="utf-8"))["table"] == "application"

    def test_their_factors_change_something_and_are_given_once(self):
        for lever in levers():
            assert 1 not in lever.factors
            assert min(lever.factors) > 0
            assert len(set(lever.factors)) == len(lever.factors)

    def test_the_ratios_follow_by_the_training_formulas(self, loans):
        """What a suggestion is scored on is the row of the new amounts, derived inputs included."""
        inputs = applicant(400_000.0, 20.0, AMT_GOODS_PRICE=400_000.0)
        less = {**inputs, "AMT_CREDIT": 200_000, "AMT_ANNUITY": 10_000}
        names = ["DAYS_BIRTH", *RATIOS]
        found = dict(zip(names, loans.row(less).tolist(), strict=True))
        assert set(RATIOS) <= set(by_name())
        assert found["application_credit_per_income"] == 2.0
        assert found["application_goods_per_credit"] == 2.0
