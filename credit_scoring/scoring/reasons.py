"""The reasons of a decision: contributions added up by what a person understands, said in English and French.

Source: Regulation B, 12 CFR 1002.9(b)(2) and its official interpretation: specific principal reasons, up to four in
practice, the factors that actually counted; measured against the average applicant, as it allows.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from credit_scoring.features.feature import Feature
from credit_scoring.scoring.groups import Group, group_of, groups
from credit_scoring.scoring.scorer import Value
from credit_scoring.scoring.wording import in_words, meanings, wording

Floats = NDArray[np.float64]
MOST = 4  # principal reasons of a refusal
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
        return {**asdict(self), "features": list(self.features)}


class Reasons:
    """The factors of one model's decisions; `features` are the model's, in its order."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = tuple(features)
        self._group_of = tuple(group_of(feature) for feature in features)
        self._groups = _in_order(group for group in self._group_of if group)

    def factors(self, contributions: Floats) -> tuple[Factor, ...]:
        """Every group that counted, from the most against to the most for; `contributions` (features,)."""
        return tuple(map(self._factor, self._counted(contributions)))

    def principal(self, contributions: Floats, value_of: Callable[[int], Value]) -> tuple[Factor, ...]:
        """The reasons of a refusal: the `MOST` groups that counted most against the applicant, each in a sentence.

        `value_of` gives the applicant's value of a feature by its place in the model.
        """
        against = [counted for counted in self._counted(contributions)[:MOST] if counted.total > 0]
        return tuple(self._reason(counted, contributions, value_of) for counted in against)

    def _counted(self, contributions: Floats) -> list["_Counted"]:
        """The groups that counted, largest sum first; equal ones in the order of the groups."""
        found, members = contributions.tolist(), {group.code: list[int]() for group in self._groups}
        for place in np.argsort(-np.abs(contributions), kind="stable").tolist():
            group = self._group_of[place]
            if group and found[place]:
                members[group.code].append(place)
        counted = [_Counted(g, math.fsum(found[i] for i in members[g.code]), members[g.code]) for g in self._groups]
        return sorted((one for one in counted if one.members), key=lambda one: -one.total)

    def _factor(self, counted: "_Counted") -> Factor:
        names = tuple(self._features[member].name for member in counted.members)
        direction: Direction = "against" if counted.total > 0 else "for"
        return Factor(counted.group.code, counted.group.name, counted.total, direction, names)

    def _reason(self, counted: "_Counted", contributions: Floats, value_of: Callable[[int], Value]) -> Factor:
        """The factor with a sentence that names the feature which counted most against the applicant."""
        strongest = max(counted.members, key=lambda member: contributions[member])
        text = _said(counted.group, self._features[strongest], value_of(strongest))
        return replace(self._factor(counted), text=text)


class _Counted(NamedTuple):
    """A group, the sum of its contributions and the places of its features that counted, the strongest first."""

    group: Group
    total: float
    members: list[int]


def _in_order(found: Iterable[Group]) -> tuple[Group, ...]:
    """Each group once: those of the file in its order, then the lender's own columns in the model's."""
    listed = {group.code: group for group in found}
    known = [group for group in groups() if group.code in listed]
    return (*known, *(group for group in listed.values() if not group.of))


def _said(group: Group, feature: Feature, value: Value) -> dict[str, str]:
    """A reason in words, by language."""
    meaning, pattern = meanings(feature), "reason" if group.of else "own"
    return {
        language: str(words[pattern]).format(
            group=group.name.get(language, ""), meaning=meaning[language], value=in_words(feature, value, words)
        )
        for language, words in wording().items()
    }
