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
    TextByLanguage,
    applicable_actions,
    changeable_features,
    possible_changes,
)
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.row_encoder import Inputs
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.scoring.suggestion_texts import text_of, text_of_change, text_of_limits

MAX_SUGGESTIONS = 3


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
            return CounterfactualResult((), text_of("accepted"))
        if not actions:
            return CounterfactualResult((), text_of("nothing"))
        suggestions = self._suggestions(inputs, actions, [1])
        if not suggestions:
            suggestions = self._suggestions(inputs, actions, range(2, len(actions) + 1))
        text = {} if suggestions else text_of_limits(actions)
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
        smallest: dict[tuple[str, ...], tuple[Change, Decision]] = {}
        for change, decision in self._accepted(sorted(changes, key=attrgetter("size")), inputs):
            if change.codes not in smallest and self._is_accepted_anew(change, inputs):
                smallest[change.codes] = change, decision
        chosen = list(smallest.values())[:MAX_SUGGESTIONS]
        return [self._suggestion(change, decision, inputs) for change, decision in chosen]

    def _accepted(self, changes: list[Change], inputs: Inputs) -> list[tuple[Change, Decision]]:
        """The accepted changes with their decisions, at the price of the loan applied for."""
        if not changes:
            return []
        changed = [{**inputs, **change.values} for change in changes]
        decisions = self._scorer.score_changes(changed, inputs)
        scored = zip(changes, decisions, strict=True)
        return [(change, decision) for change, decision in scored if not decision.score]

    def _is_accepted_anew(self, change: Change, inputs: Inputs) -> bool:
        """Whether a new request is accepted, too, for which the price is inferred again."""
        return not self._scorer.score({**inputs, **change.values}).score

    def _suggestion(self, change: Change, decision: Decision, inputs: Inputs) -> Suggestion:
        is_at_price = self._scorer.has_price(inputs)
        text = text_of_change(change, self._features, inputs, is_at_price=is_at_price)
        return Suggestion(change.codes, change.values, decision, text)
