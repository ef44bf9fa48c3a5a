"""The reasons of a decision: contributions added up by what a person understands, said in English and French.

Source: Regulation B, 12 CFR 1002.9(b)(2) and its official interpretation: specific principal reasons, up to four in
practice, the factors that actually counted; measured against the average applicant, as it allows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from credit_scoring.features.feature import Feature
from credit_scoring.scoring.reason_groups import Group, group_of, groups
from credit_scoring.scoring.scorer import Value
from credit_scoring.scoring.translations import in_words, meanings, wording

Floats = NDArray[np.float64]
MOST = 4  # principal reasons of a refusal
LEAST = 0.1  # of the strongest reason: what counted less is no principal one
Direction = Literal["against", "for"]


@dataclass(frozen=True)
class Factor:
    """A group of features that counted in a decision.

    `contribution` in log-odds of default is the sum of those of its `features`, which stand the strongest first;
    above 0 it counts "against" the applicant. `text` is by language ("en", "fr"): of a factor its name, of a
    reason a sentence with the value that counted most.
    """

    code: str
    text: dict[str, str]
    contribution: float
    direction: Direction
    features: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The factor as JSON has it."""
        return {**vars(self), "features": list(self.features)}


class Reasons:
    """The factors of one model's decisions; `features` are the model's, in its order."""

    def __init__(self, features: Sequence[Feature]) -> None:
        found = [group_of(feature) for feature in features]
        self._groups = _in_order(group for group in found if group)
        self._names = [feature.name for feature in features]
        self._says = [
            _sayings(group, feature) if group else {}
            for group, feature in zip(found, features, strict=True)
        ]
        place = {group.code: i for i, group in enumerate(self._groups)}
        barred = len(self._groups)
        self._place = np.array(
            [place[group.code] if group else barred for group in found], dtype=np.intp
        )
        self._members = [np.flatnonzero(self._place == i).tolist() for i in range(barred)]

    def factors(self, contributions: Floats) -> tuple[Factor, ...]:
        """Every group that counted, from the most against to the most for; `contributions` (features,)."""
        found = contributions.tolist()
        return tuple(
            self._factor(index, total, found, self._groups[index].name)
            for index, total in self._ranked(contributions)
            if any(found[member] for member in self._members[index])
        )

    def principal(
        self, contributions: Floats, value_of: Callable[[int], Value]
    ) -> tuple[Factor, ...]:
        """The reasons of a refusal: up to `MOST` groups that counted most against the applicant, each in a sentence.

        `value_of` gives the applicant's value of a feature by its place in the model.
        """
        found = contributions.tolist()
        ranked = self._ranked(contributions)[:MOST]
        against = [
            (index, total) for index, total in ranked if total > 0 and total >= LEAST * ranked[0][1]
        ]
        return tuple(self._reason(index, total, found, value_of) for index, total in against)

    def _ranked(self, contributions: Floats) -> list[tuple[int, float]]:
        """The groups and their sums, largest first; equal ones in the order of the groups."""
        sums = np.bincount(self._place, contributions, len(self._groups) + 1)[:-1]
        order = np.argsort(-sums, kind="stable")
        return list(zip(order.tolist(), sums[order].tolist(), strict=True))

    def _factor(self, index: int, total: float, found: list[float], text: dict[str, str]) -> Factor:
        counted = [member for member in self._members[index] if found[member]]
        counted.sort(key=lambda member: -abs(found[member]))
        direction: Direction = "against" if total > 0 else "for"
        return Factor(
            self._groups[index].code, text, total, direction, tuple(self._names[m] for m in counted)
        )

    def _reason(
        self, index: int, total: float, found: list[float], value_of: Callable[[int], Value]
    ) -> Factor:
        """The factor with a sentence that names the feature which counted most against the applicant."""
        strongest = max(self._members[index], key=found.__getitem__)
        value = value_of(strongest)
        return self._factor(
            index, total, found, {lang: say(value) for lang, say in self._says[strongest].items()}
        )


def _in_order(found: Iterable[Group]) -> tuple[Group, ...]:
    """Each group once: those of the file in its order, then the lender's own columns in the model's."""
    listed = {group.code: group for group in found}
    known = [group for group in groups() if listed.get(group.code) is group]
    return (*known, *(group for group in listed.values() if not group.of))


def _sayings(group: Group, feature: Feature) -> dict[str, Callable[[Value], str]]:
    """By language, what turns the applicant's value of a feature into the sentence of a reason."""
    meaning, pattern = meanings(feature), "reason" if group.of else "own"
    return {
        language: partial(
            _said,
            words[pattern].format(group=group.name[language], meaning=meaning[language]),
            feature,
            language,
        )
        for language, words in wording().items()
    }


def _said(sentence: str, feature: Feature, language: str, value: Value) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]} ({in_words(feature, value, language)})."
