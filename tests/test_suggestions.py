"""The hint that names the most similar candidate."""

import pytest

from credit_scoring.suggestions import did_you_mean

FEATURES = ["EXT_SOURCE_2", "AMT_CREDIT"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("EXT_SOURCE2", " (did you mean EXT_SOURCE_2?)"),
        ("AMT_CREDITS", " (did you mean AMT_CREDIT?)"),
        ("ext_source_2", " (did you mean EXT_SOURCE_2?)"),
        ("Ext-Source 2", " (did you mean EXT_SOURCE_2?)"),
        ("amtcredit", " (did you mean AMT_CREDIT?)"),
        ("zzz", ""),
        ("", ""),
        ("--", ""),
    ],
)
def test_most_similar_candidate_is_suggested(name, hint):
    assert did_you_mean(name, FEATURES) == hint


def test_accented_letters_count_as_letters():
    assert did_you_mean("pret", ["dette", "Prêt"]) == " (did you mean Prêt?)"


def test_label_is_shown_for_a_candidate():
    labels = {"PORT": "CREDIT_SCORING_PORT"}
    assert did_you_mean("PRT", labels, labels) == " (did you mean CREDIT_SCORING_PORT?)"
