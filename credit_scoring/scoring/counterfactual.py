"""What would have changed a refusal: the smallest changes to what the applicant can change that lead to an acceptance.

Source: Wachter, Mittelstadt and Russell (2017), Counterfactual explanations without opening the black box; the Court
of Justice of the EU, C-203/22, holds that saying how other data would have changed the result is apt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from credit_scoring.scoring.actions import Change, Lever, changes, movable, usable
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.scorer import Inputs, Scorer, Value
from credit_scoring.scoring.translations import in_words, meanings, number, wording

MOST = 3  # suggestions in an answer
Text = dict[str, str]


@dataclass(frozen=True)
class Suggestion:
    """A change that leads to an acceptance: the levers' codes, the new inputs, the decision on them, in words."""

    change: tuple[str, ...]
    features: dict[str, float]
    decision: Decision
    text: Text

    def as_dict(self) -> dict[str, Any]:
        """The suggestion as the API answers it."""
        return {
            "change": list(self.change),
            "features": self.features,
            "probability": self.decision.probability,
            "text": self.text,
        }


@dataclass(frozen=True)
class WhatWouldChange:
    """The suggestions, the smallest change first; where there is none, `text` says why, by language."""

    suggestions: tuple[Suggestion, ...]
    text: Text

    def as_dict(self) -> dict[str, Any]:
        """The finding as the API answers it."""
        found = [suggestion.as_dict() for suggestion in self.suggestions]
        return {"suggestions": found, **({} if found else {"text": self.text})}


class Counterfactuals:
    """Searches for one scorer's model: a fixed grid, the same answer for the same applicant."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer, self._features = scorer, movable(scorer.asked)

    def search(self, inputs: Inputs, decision: Decision) -> WhatWouldChange:
        """What would have turned the `decision` on `inputs` into an acceptance.

        Each lever alone first; two and more together only where none alone is enough.
        """
        chosen = usable(self._features, inputs)
        if not decision.score:
            return WhatWouldChange((), _text("accepted"))
        if not chosen:
            return WhatWouldChange((), _text("nothing"))
        alone = self._accepted(inputs, changes(chosen, 1, self._features, inputs))
        together = (
            change
            for count in range(2, len(chosen) + 1)
            for change in changes(chosen, count, self._features, inputs)
        )
        found = alone or self._accepted(inputs, together)
        return WhatWouldChange(tuple(found), {} if found else _none(chosen))

    def _accepted(self, inputs: Inputs, tried: Iterable[Change]) -> list[Suggestion]:
        """Of each set of levers the smallest change that is accepted, the `MOST` smallest of them."""
        ordered = sorted(tried, key=lambda change: change.size)
        decisions = (
            self._scorer.score_all([{**inputs, **change.values} for change in ordered])
            if ordered
            else []
        )
        smallest: dict[tuple[str, ...], Change] = {}
        for change, decision in zip(ordered, decisions, strict=True):
            if not decision.score:
                smallest.setdefault(change.codes, change)
        found = [self._suggestion(change, inputs) for change in list(smallest.values())[:MOST]]
        return [suggestion for suggestion in found if not suggestion.decision.score]

    def _suggestion(self, change: Change, inputs: Inputs) -> Suggestion:
        """The change with the decision on it as /predict makes it, one row by itself."""
        decision = self._scorer.score({**inputs, **change.values})
        return Suggestion(change.codes, change.values, decision, self._said(change, inputs))

    def _said(self, change: Change, inputs: Inputs) -> Text:
        """In words, by language: "Borrow less: amount of the loan 405,000 instead of 450,000; …"."""
        return {
            language: words["change"].format(
                action=" + ".join(lever.name[language] for lever in change.levers),
                changes=words["separator"].join(
                    self._instead(name, value, inputs[name], language)
                    for name, value in change.values.items()
                ),
            )
            for language, words in wording().items()
        }

    def _instead(self, name: str, new: Value, old: Value, language: str) -> str:
        feature = self._features[name].feature
        new_text, old_text = (in_words(feature, value, language) for value in (new, old))
        text: str = wording()[language]["instead"]
        return text.format(meaning=meanings(feature)[language], new=new_text, old=old_text)


def _text(key: str) -> Text:
    return {language: str(words[key]) for language, words in wording().items()}


def _none(tried: Sequence[Lever]) -> Text:
    """That nothing was found, and within which limits."""
    return {
        language: words["none"].format(
            tried=words["separator"].join(
                words["tried"].format(
                    action=lever.name[language],
                    low=number(min(lever.factors), words),
                    high=number(max(lever.factors), words),
                )
                for lever in tried
            )
        )
        for language, words in wording().items()
    }
