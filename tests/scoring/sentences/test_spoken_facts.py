"""Spoken facts: a sentence states what the value says about the applicant, and nothing more."""

import tomllib
from pathlib import Path

import pytest

from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.scoring.sentences.sentence import sentence_of

BY_NAME = {feature.name: feature for feature in full_catalogue()}
LAST_5_REFUSED = "previous_last_5_status_refused_share"
FACTS = tomllib.loads(Path(__file__).with_name("spoken_facts.toml").read_text("utf-8"))["facts"]
LATE = "instalments_last_year_late"


def say(name, value, language="en"):
    return sentence_of(BY_NAME[name], language)(value)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["feature"])
def test_the_fact_is_said_as_it_is_spoken(fact):
    for language in ("en", "fr"):
        assert say(fact["feature"], fact.get("value"), language) == fact[language]


class TestStatistics:
    """0, all and some, for every statistic of a flag."""

    @pytest.mark.parametrize(
        ("statistic", "value", "start"),
        [
            ("mean", 0, "As far as we know, none of"),
            ("mean", 1, "As far as we know, all of"),
            ("mean", 0.996, "99.6% of"),
            ("mean", 0.0004, "Less than 0.1% of"),
            ("mean", 0.9999, "More than 99.9% of"),
            ("max", 0, "As far as we know, none of"),
            ("max", 1, "At least one of"),
            ("sum", 0, "As far as we know, none of"),
            ("sum", 1, "One of"),
            ("sum", 12, "12 of"),
        ],
    )
    def test_none_one_some_or_all_rows(self, statistic, value, start):
        assert say(f"{LATE}_{statistic}", value).startswith(
            f"{start} your payments due here in the last year "
        )

    def test_only_zero_and_one_are_called_none_and_all(self):
        for share in (1e-9, 0.001, 0.5, 0.999, 1 - 1e-9):
            text = say(f"{LATE}_mean", share)
            assert not any(word in text for word in ("none", "all of", " 0%", "100%"))

    def test_a_known_column_has_no_reservation(self):
        """The outcome of an application is known for every row, so "all" needs no reservation."""
        assert "As far as we know" not in say(LAST_5_REFUSED, 1)
        assert "As far as we know" in say("previous_insured_mean", 1)

    @pytest.mark.parametrize(
        ("value", "word"), [(30, "before"), (-30, "after"), (1, "1 day before")]
    )
    def test_the_sign_is_said_in_words(self, value, word):
        text = say("bureau_ended_early_mean", value)
        assert f"{word} the date first planned" in text
        assert "-" not in text
