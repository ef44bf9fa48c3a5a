"""Each rule of the history's summaries names a feature of its table and has its texts."""

import re

import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.assemble import catalogue
from credit_scoring.serving.pages.language import LANGUAGES, page_texts
from tests.server_process import ROOT

SCRIPT = ROOT / "credit_scoring/serving/pages/static/decide/history_rules.js"
STATES = {
    "count": ("none", "one", "many"),
    "amount": ("none", "some"),
    "share": ("none", "some", "all"),
}
RULE = re.compile(r'(count|amount|share)\("(\w+)", "(\w+)"\)')


def rules():
    """Kind, feature and text of every rule, by table."""
    tables = re.split(r"^  (\w+): \[", SCRIPT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        table: RULE.findall(text) for table, text in zip(tables[1::2], tables[2::2], strict=True)
    }


def test_every_feature_is_in_the_catalogue():
    features = {feature.name: feature.table for feature in catalogue(contracts())}
    named = {(name, table) for table, rows in rules().items() for _, name, _ in rows}
    assert len(named) > 10
    assert named <= set(features.items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_text(language):
    texts = page_texts("history", language)["history"]
    for table, rows in rules().items():
        assert texts[table]["nothing"]
        expected = {f"{text}_{state}" for kind, _, text in rows for state in STATES[kind]}
        assert expected == set(texts[table]) - {"nothing"}
