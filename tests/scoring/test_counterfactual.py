"""Counterfactuals: accepted, small, and only changes that the applicant can make."""

import dataclasses
import math
import re
import tomllib

import pytest

from credit_scoring.features.definitions.application import application_features
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from credit_scoring.scoring.actions import ACTIONS_FILE, all_actions, column_clauses
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
        assert re.fullmatch(
            "Borrow [0-9]{3},000 instead of 420,000 and repay [0-9,]+ a month instead of 21,000\\.",
            text["en"],
        )
        assert re.fullmatch(
            "Empruntez [0-9]{3}\u202f000 au lieu de 420\u202f000 et remboursez [0-9\u202f]+ "
            "par mois au lieu de 21\u202f000\\.",
            text["fr"],
        )

    def test_a_combination_is_one_sentence(self, loans, search, refused):
        """Every clause once, and how the change is made at the end."""
        combined = [
            suggestion.text
            for inputs in refused
            for suggestion in search.search(inputs, loans.score(inputs)).suggestions
            if suggestion.change == ("amount", "duration")
        ]
        assert combined
        for text in combined:
            assert re.match(r"Borrow \S+ instead of \S+( and|,) ", text["en"])
            assert re.search(
                r" and repay \S+ a month instead of \S+, over a (longer|shorter) time\.$",
                text["en"],
            )
            assert text["en"].count("instead of") == text["fr"].count("au lieu de")

    def test_the_time_to_repay_is_longer_if_the_repayment_is_smaller(self, loans, search, refused):
        seen = set()
        for inputs in refused:
            for suggestion in search.search(inputs, loans.score(inputs)).suggestions:
                if suggestion.change == ("duration",):
                    is_smaller = suggestion.features["AMT_ANNUITY"] < inputs["AMT_ANNUITY"]
                    word = "longer" if is_smaller else "shorter"
                    assert f"over a {word} time" in suggestion.text["en"]
                    assert (
                        f"sur une durée plus {'longue' if is_smaller else 'courte'}"
                        in (suggestion.text["fr"])
                    )
                    seen.add(word)
        assert seen


class TestNoSuggestion:
    def test_without_a_suggestion_the_limits_are_listed(self, loans, search):
        inputs = {**applicant(800_000.0, 10.0), "AMT_INCOME_TOTAL": 30_000.0}
        result = search.search(inputs, loans.score(inputs))
        assert result.as_dict() == {"suggestions": [], "text": result.text}
        assert result.text["en"] == (
            "No realistic change would be enough; we tried down to half the amount and half to "
            "twice the time to repay."
        )
        assert result.text["fr"] == (
            "Aucun changement réaliste ne suffirait ; nous avons essayé jusqu’à la moitié "
            "du montant et de la moitié au double de la durée."
        )

    def test_an_acceptance_has_no_suggestion(self, loans, search):
        inputs = applicant(60_000.0, 30.0)
        result = search.search(inputs, loans.score(inputs))
        assert result.as_dict()["suggestions"] == []
        assert result.text["en"] == "Your application is accepted: nothing has to change."

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
        assert result.text["en"] == "We know of nothing in your application that you could change."
        assert result.text["fr"].startswith("Nous ne connaissons rien")

    def test_missing_and_zero_amounts_do_not_change(self, loans, search):
        inputs = {**applicant(450_000.0, 12.0), "AMT_CREDIT": 0, "AMT_ANNUITY": None}
        decision = dataclasses.replace(loans.score(inputs), score=1)
        assert search.search(inputs, decision).text["en"].startswith("We know of nothing")


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

    @pytest.mark.parametrize(
        ("code", "word", "limit"),
        [
            ("amount", "down to half", 0.5),
            ("duration", "half to twice", 0.5),
            ("duration", "half to twice", 2.0),
            ("down_payment", "up to 30%", 1 - 0.3),
        ],
    )
    def test_the_stated_limits_are_those_of_the_factors(self, code, word, limit):
        action = next(action for action in all_actions() if action.code == code)
        assert word in action.tried["en"]
        assert limit in (min(action.factors), max(action.factors))

    def test_every_changed_column_has_a_clause_in_both_languages(self):
        changed = {name for action in all_actions() for name in action.powers}
        assert set(column_clauses()) == changed
        for clause in column_clauses().values():
            assert clause.keys() == {"en", "fr"}
            assert all("{new}" in text and "{old}" in text for text in clause.values())

    def test_ratios_follow_the_training_formulas(self, loans):
        """A suggestion is scored with the ratios of its new amounts."""
        inputs = applicant(400_000.0, 20.0, AMT_GOODS_PRICE=400_000.0)
        less = {**inputs, "AMT_CREDIT": 200_000, "AMT_ANNUITY": 10_000}
        names = ["DAYS_BIRTH", *RATIOS]
        row = dict(zip(names, loans.row(less).tolist(), strict=True))
        assert set(RATIOS) <= set(ratios_by_name())
        assert row["application_credit_per_income"] == 2.0
        assert row["application_goods_per_credit"] == 2.0
