"""The reasons of a decision: contributions summed by reason group, as English and French texts.

Source: Regulation B, 12 CFR 1002.9(b)(2) and its official interpretation: specific principal
reasons, the factors that actually counted, up to four in practice; measured against the average
applicant, as the interpretation allows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from credit_scoring.bundle.reference import Reference
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.reason_groups import ReasonGroup, reason_group_of, reason_groups
from credit_scoring.scoring.risk_side import RiskSides
from credit_scoring.scoring.row_encoder import Value
from credit_scoring.scoring.sentences.sentence import sentence_of
from credit_scoring.scoring.translations import texts_by_language

MAX_PRINCIPAL_REASONS = 4
MIN_SHARE_OF_STRONGEST = 0.1  # a group that counted less is not a principal reason
Direction = Literal["against", "for"]


@dataclass(frozen=True)
class Factor:
    """A group of features that counted in a decision.

    `contribution` is the sum of its features' contributions in log-odds of default; above 0 it
    counts "against" the applicant. `features` are sorted from the strongest. `text` by language
    ("en", "fr") is the group's name or, for a reason, a sentence on the value that counted most.
    """

    code: str
    text: dict[str, str]
    contribution: float
    direction: Direction
    features: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The factor as JSON."""
        return {**vars(self), "features": list(self.features)}


@dataclass(frozen=True)
class SpokenFactor:
    """A factor with a sentence by language on the value that counted most in its direction.

    `strongest` is the position of that value's feature in the model. If every such value is on the
    wrong side of its feature's direction, the sentence is the group's name.
    """

    factor: Factor
    sentence: dict[str, str]
    strongest: int


class Reasons:
    """The factors of one model's decisions; `features` are the model's, in its order.

    `reference` has the training applicants: a sentence never says that a value on the safe side of
    a direction counted against the applicant, nor that one on the risky side counted for.
    """

    def __init__(self, features: Sequence[Feature], reference: Reference | None = None) -> None:
        self._sides = RiskSides(features, reference)
        groups = [reason_group_of(feature) for feature in features]
        self._groups = _ordered(group for group in groups if group)
        self._names = [feature.name for feature in features]
        self._sentences = [
            {language: sentence_of(feature, language) for language in texts_by_language()}
            if group
            else {}
            for group, feature in zip(groups, features, strict=True)
        ]
        index = {group.code: i for i, group in enumerate(self._groups)}
        unnamed = len(self._groups)  # the index of features without a group
        self._group_index = np.array([index[g.code] if g else unnamed for g in groups], np.intp)
        self._members = [np.flatnonzero(self._group_index == i).tolist() for i in range(unnamed)]

    def factors(self, contributions: Floats) -> tuple[Factor, ...]:
        """Every group that counted, from the most against to the most for.

        `contributions` (features,) are in log-odds.
        """
        values = contributions.tolist()
        return tuple(
            self._factor(index, total, values, self._groups[index].name)
            for index, total in self._ranked(contributions)
            if any(values[member] for member in self._members[index])
        )

    def spoken(
        self, contributions: Floats, value_of: Callable[[int], Value]
    ) -> tuple[SpokenFactor, ...]:
        """Every factor with a sentence, the largest contribution in either direction first.

        `value_of` gives the applicant's value of a feature by its position in the model.
        """
        values = contributions.tolist()
        ranked = sorted(self._ranked(contributions), key=lambda row: -abs(row[1]))
        return tuple(
            self._spoken(index, total, values, value_of)
            for index, total in ranked
            if any(values[member] for member in self._members[index])
        )

    def principal(
        self, contributions: Floats, value_of: Callable[[int], Value]
    ) -> tuple[Factor, ...]:
        """The groups that counted most against a refused applicant, each with a sentence.

        `value_of` gives the applicant's value of a feature by its position in the model.
        """
        values = contributions.tolist()
        ranked = self._ranked(contributions)[:MAX_PRINCIPAL_REASONS]
        return tuple(
            self._reason(index, total, values, value_of)
            for index, total in ranked
            if total > 0 and total >= MIN_SHARE_OF_STRONGEST * ranked[0][1]
        )

    def _ranked(self, contributions: Floats) -> list[tuple[int, float]]:
        """The groups and their sums, largest first; ties in the order of the groups."""
        sums = np.bincount(self._group_index, contributions, len(self._groups) + 1)[:-1]
        order = np.argsort(-sums, kind="stable")
        return list(zip(order.tolist(), sums[order].tolist(), strict=True))

    def _factor(
        self, index: int, total: float, values: list[float], text: dict[str, str]
    ) -> Factor:
        counted = [member for member in self._members[index] if values[member]]
        counted.sort(key=lambda member: -abs(values[member]))
        names = tuple(self._names[member] for member in counted)
        direction: Direction = "against" if total > 0 else "for"
        return Factor(self._groups[index].code, text, total, direction, names)

    def _reason(
        self, index: int, total: float, values: list[float], value_of: Callable[[int], Value]
    ) -> Factor:
        """The factor with a sentence about the feature that counted most against the applicant."""
        spoken = self._spoken(index, total, values, value_of)
        return replace(spoken.factor, text=spoken.sentence)

    def _spoken(
        self, index: int, total: float, values: list[float], value_of: Callable[[int], Value]
    ) -> SpokenFactor:
        ranked = sorted(self._members[index], key=values.__getitem__, reverse=total > 0)
        true_members = (i for i in ranked if self._may_be_said(i, value_of(i), values[i], total))
        strongest = next(true_members, None)
        name = self._groups[index].name
        factor = self._factor(index, total, values, name)
        if strongest is None:
            return SpokenFactor(factor, name, ranked[0])
        value = value_of(strongest)
        sentences = self._sentences[strongest].items()
        return SpokenFactor(
            factor, {language: say(value) for language, say in sentences}, strongest
        )

    def _may_be_said(self, member: int, value: Value, contribution: float, total: float) -> bool:
        """Whether the value counted in the direction of the group, and on its own risky side."""
        counts = contribution * total > 0 or not total
        return counts and not self._sides.contradicts(member, value, contribution)


def _ordered(groups: Iterable[ReasonGroup]) -> tuple[ReasonGroup, ...]:
    """Each group once: those of the file in its order, then the lender's own columns."""
    by_code = {group.code: group for group in groups}
    of_file = [group for group in reason_groups() if by_code.get(group.code) is group]
    return (*of_file, *(group for group in by_code.values() if not group.patterns))
