"""Sentences of monitoring: both languages have the same, and every alarm has its words in both."""

import re
from datetime import date

import numpy as np
import pytest

from credit_scoring.monitoring.alarms.evaluate import evaluate
from credit_scoring.monitoring.alarms.rules import shipped_rules
from credit_scoring.monitoring.alarms.value_texts import VALUES, limit_text, rule_text, value_text
from credit_scoring.monitoring.sentence import Sentence, texts
from tests.monitoring.model_counts import draw_days, facts_of

ENGLISH_ONLY = re.compile(r"\b(the|of|from|is|are|not|with|decisions)\b")


class NoAlarm:
    newest = 0

    def on(self, _digest):
        return {}


def places(template):
    return sorted(re.findall(r"\{(\w+)", str(template)))


def test_both_languages_have_the_same_templates_with_the_same_values():
    english, french = texts("en"), texts("fr")
    assert french.keys() - english.keys() == {"titles", "actions"}
    for section, templates in english.items():
        assert french[section].keys() == templates.keys()
        for key, template in templates.items():
            assert places(french[section][key]) == places(template), (section, key)


@pytest.mark.parametrize("part", ["title", "action"])
def test_shipped_rules_have_french_texts_and_own_rules_their_own(part):
    rules = shipped_rules()
    assert texts("fr")[f"{part}s"].keys() == rules.keys()
    for rule in rules.values():
        assert rule_text(rule, part, "fr") != rule_text(rule, part) == getattr(rule, part)
    own = type(rule)(**{**{f: getattr(rule, f) for f in rule.__slots__}, part: "Ma règle"})
    assert rule_text(own, part, "fr") == rule_text(own, part, "en") == "Ma règle"


def test_values_have_the_notation_of_the_language():
    measured = {"decisions": 12500, "usual": 13000.0}
    assert Sentence("measures.volume", measured).text() == "12,500 decisions, usually 13,000"
    french = "12\u202f500 décisions, contre 13\u202f000 d’habitude"
    assert Sentence("measures.volume", measured).text("fr") == french
    moved = {"name": "AGE", "since": date(2026, 10, 1), "psi": 0.214, "by_chance": 0.0}
    text = Sentence("drift.feature", moved).text("fr")
    since = "AGE a changé depuis le 1er octobre environ : PSI depuis ce jour 0,21"
    assert text == f"{since} (0,00 attendu par hasard)"
    two = {"features": [Sentence("drift.feature", moved)] * 2}
    assert "hasard) ; AGE a changé" in Sentence("measures.moved", two).text("fr")
    overdue = {"known": 1, "accepted": 2, "since": date(2026, 1, 1), "until": date(2026, 2, 3)}
    text = Sentence("measures.outcomes_overdue", overdue).text("fr")
    assert "du 1er janvier 2026 au 3 février 2026" in text
    months = Sentence("performance.incomplete", {"months": ["2026-03", "2026-04"]})
    assert "incomplètes en mars 2026, avril 2026." in months.text("fr")
    assert "incomplete in 2026-03, 2026-04." in months.text()
    verdict = {"since": "2026-04", "outcomes": 1200}
    assert "depuis avril 2026 environ" in Sentence("calibration.alarm", verdict).text("fr")


@pytest.mark.parametrize("measure", VALUES)
def test_value_and_limits_of_every_measure_are_french(measure):
    (rule,) = (rule for rule in shipped_rules().values() if rule.measure == measure)
    for is_on in (False, True):
        assert not ENGLISH_ONLY.search(limit_text(rule, is_on=is_on, language="fr"))
    for value in (-0.5, 0.0, 0.5, 1.0, 1e12):
        assert not ENGLISH_ONLY.search(value_text(measure, value, "fr") or "")


def test_alarm_of_a_new_service_says_in_french_why_it_is_not_evaluated():
    facts = facts_of(None, draw_days(np.random.default_rng(0), 2, 10))
    alarms = {a.rule.name: a for a in evaluate(facts, shipped_rules().values(), NoAlarm())}
    french = alarms["latency"].as_dict("fr")
    assert french["title"] == "Les décisions sont lentes"
    assert french["message"] == "10 décisions : évaluée à partir de 100"
    assert alarms["latency"].as_dict()["message"] == "10 decisions: evaluated from 100 on"
