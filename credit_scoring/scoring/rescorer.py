"""Scores applicants with another model than the one whose request they were.

The other model may request other features. An applicant is not scored if a value would have to be
guessed: the result names the feature instead.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Literal

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.contracts.scalar_check import is_valid, missing_marks
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.row_encoder import Inputs
from credit_scoring.scoring.scorer import Scorer, verified_scorer
from credit_scoring.scoring.validation.batch_validation import BatchValidator

Obstacle = Literal["feature not requested", "value required", "value not allowed"]
NO_FEATURES: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Incomparable:
    """Why a model cannot score an applicant, and the first feature that says so."""

    obstacle: Obstacle
    feature: str


def requested_names(bundle: Bundle) -> AbstractSet[str]:
    """The features that a request to the bundle's model may have."""
    return {feature.name for feature in bundle.manifest.features if feature.is_requested}


class Rescorer:
    """Scores applicants with `bundle`; BundleError if it does not reproduce its golden rows.

    `requested` are the features of the applicants' own models, by digest. One of them that an
    applicant left out is missing; any other was never asked for.
    """

    def __init__(self, bundle: Bundle, requested: Mapping[str, AbstractSet[str]]) -> None:
        self.scorer: Scorer = verified_scorer(bundle)
        self._features = {feature.name: feature for feature in self.scorer.requested_features}
        self._marks = {
            name: marks
            for name, feature in self._features.items()
            if feature.nullable and (marks := missing_marks(feature.feature))
        }
        self._validator = BatchValidator([*self._features.values()], self._marks)
        self._requested = requested

    @property
    def names(self) -> AbstractSet[str]:
        """The features that this model requests."""
        return self._features.keys()

    def score(
        self, applicants: Sequence[Inputs], own_digests: Sequence[str]
    ) -> list[Decision | Incomparable]:
        """Score the applicants, or say why it is not possible; features of no use are ignored.

        `own_digests` identify the model that each applicant's request was made for.
        """
        known = [self._project(inputs) for inputs in applicants]
        certainly_valid, numbers = self._validator.certainly_valid(known)
        results = [
            None if valid else self._obstacle(inputs, self._requested.get(digest, NO_FEATURES))
            for inputs, valid, digest in zip(known, certainly_valid, own_digests, strict=True)
        ]
        comparable = [
            inputs for inputs, obstacle in zip(known, results, strict=True) if obstacle is None
        ]
        decisions = iter(self.scorer.score_all(comparable, numbers) if comparable else ())
        return [next(decisions) if obstacle is None else obstacle for obstacle in results]

    def _project(self, inputs: Inputs) -> dict[str, Any]:
        """The inputs that this model requests."""
        try:
            return {name: inputs[name] for name in self._features}
        except KeyError:
            return {name: inputs[name] for name in self._features if name in inputs}

    def _obstacle(self, inputs: Inputs, requested: AbstractSet[str]) -> Incomparable | None:
        for name, feature in self._features.items():
            if name not in inputs and name not in requested:
                return Incomparable("feature not requested", name)
            if (obstacle := self._value_obstacle(inputs.get(name), feature)) is not None:
                return Incomparable(obstacle, name)
        return None

    def _value_obstacle(self, value: Any, feature: ModelFeature) -> Obstacle | None:
        if value is None:
            return None if feature.nullable else "value required"
        is_mark = value in self._marks.get(feature.name, ())
        return None if is_mark or is_valid(value, feature.feature) else "value not allowed"
