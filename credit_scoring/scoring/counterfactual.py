"""Counterfactuals: the smallest changes by the applicant that turn a refusal into an acceptance.

Source: Wachter, Mittelstadt and Russell (2017), Counterfactual explanations without opening the
black box. The Court of Justice of the EU, C-203/22, considers it apt to say how other data would
have changed the result.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from credit_scoring.scoring.actions import (
    Action,
    Change,
    applicable_actions,
    changeable_features,
    possible_changes,
)
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.scorer import Inputs, Scorer, Value
from credit_scoring.scoring.translations import (
    format_number,
    format_value,
    meanings,
    texts_by_language,
)

MAX_SUGGESTIONS = 3
TextByLanguage = dict[str, str]


@dataclass(frozen=True)
class Suggestion:
    """A change that is accepted: the actions' codes, the new inputs, their decision, a sentence."""

    change: tuple[str, ...]
    features: dict[str, float]
    decision: Decision
    text: TextByLanguage

    def as_dict(self) -> dict[str, Any]:
        """The suggestion as JSON."""
        return {
            "change": list(self.change),
            "features": self.features,
            "probability": self.decision.probability,
            "text": self.text,
        }


@dataclass(frozen=True)
class CounterfactualResult:
    """The suggestions, the smallest change first; if there is none, `text` says why."""

    suggestions: tuple[Suggestion, ...]
    text: TextByLanguage

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        suggestions = [suggestion.as_dict() for suggestion in self.suggestions]
        return {"suggestions": suggestions, **({} if suggestions else {"text": self.text})}


class CounterfactualSearch:
    """Searches a fixed grid of changes for one scorer: equal applicants get equal suggestions."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._features = changeable_features(scorer.requested_features)

    def search(self, inputs: Inputs, decision: Decision) -> CounterfactualResult:
        """The changes of `inputs` that would have turned the `decision` into an acceptance.

        Each action is tried alone; combinations are tried only if no single action is enough.
        """
        actions = applicable_actions(self._features, inputs)
        if not decision.score:
            return CounterfactualResult((), _text("accepted"))
        if not actions:
            return CounterfactualResult((), _text("nothing"))
        suggestions = self._suggestions(inputs, actions, [1])
        if not suggestions:
            suggestions = self._suggestions(inputs, actions, range(2, len(actions) + 1))
        text = {} if suggestions else _text_of_limits(actions)
        return CounterfactualResult(tuple(suggestions), text)

    def _suggestions(
        self, inputs: Inputs, actions: Sequence[Action], counts: Iterable[int]
    ) -> list[Suggestion]:
        """The smallest accepted change of each combination, at most `MAX_SUGGESTIONS`."""
        changes = [
            change
            for count in counts
            for change in possible_changes(actions, count, self._features, inputs)
        ]
        smallest: dict[tuple[str, ...], Change] = {}
        for change in self._accepted(sorted(changes, key=attrgetter("size")), inputs):
            smallest.setdefault(change.codes, change)
        chosen = list(smallest.values())[:MAX_SUGGESTIONS]
        suggestions = [self._suggestion(change, inputs) for change in chosen]
        return [suggestion for suggestion in suggestions if not suggestion.decision.score]

    def _accepted(self, changes: list[Change], inputs: Inputs) -> list[Change]:
        if not changes:
            return []
        decisions = self._scorer.score_all([{**inputs, **change.values} for change in changes])
        scored = zip(changes, decisions, strict=True)
        return [change for change, decision in scored if not decision.score]

    def _suggestion(self, change: Change, inputs: Inputs) -> Suggestion:
        """The change with its decision by the single-row path, as /predict would decide."""
        decision = self._scorer.score({**inputs, **change.values})
        return Suggestion(change.codes, change.values, decision, self._text_of(change, inputs))

    def _text_of(self, change: Change, inputs: Inputs) -> TextByLanguage:
        """For example "Borrow less: amount of the loan 405,000 instead of 450,000; …"."""
        return {
            language: texts["change"].format(
                action=" + ".join(action.name[language] for action in change.actions),
                changes=texts["separator"].join(
                    self._text_of_value(name, value, inputs[name], language)
                    for name, value in change.values.items()
                ),
            )
            for language, texts in texts_by_language().items()
        }

    def _text_of_value(self, name: str, new: Value, old: Value, language: str) -> str:
        feature = self._features[name].feature
        template: str = texts_by_language()[language]["instead"]
        return template.format(
            meaning=meanings(feature)[language],
            new=format_value(feature, new, language),
            old=format_value(feature, old, language),
        )


def _text(key: str) -> TextByLanguage:
    return {language: str(texts[key]) for language, texts in texts_by_language().items()}


def _text_of_limits(actions: Sequence[Action]) -> TextByLanguage:
    """Says that no change within the limits of the actions is accepted."""
    return {
        language: texts["none"].format(
            tried=texts["separator"].join(
                texts["tried"].format(
                    action=action.name[language],
                    low=format_number(min(action.factors), texts),
                    high=format_number(max(action.factors), texts),
                )
                for action in actions
            )
        )
        for language, texts in texts_by_language().items()
    }
