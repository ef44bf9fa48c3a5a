"""Why one applicant has this probability: each feature's contribution to its log-odds.

Source: Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees: exact
path-dependent TreeSHAP, as LightGBM computes it. The calibration (Platt) is a line in log-odds, so scaling every
contribution by its slope and adding its intercept to the base value explains the very probability that is answered.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.reasons import Factor, Reasons
from credit_scoring.scoring.scorer import Inputs, Scorer, Value

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Explanation:
    """The contributions (features,) to one applicant's log-odds of default, in the order of the model's `features`.

    `base_value` is the log-odds of the average applicant of the training; it and the contributions add up to the
    log-odds of the answered probability, to 1e-9. `inputs` and `row` are what was explained.
    """

    features: tuple[ModelFeature, ...]
    inputs: Inputs
    row: Floats
    base_value: float
    contributions: Floats

    @property
    def log_odds(self) -> float:
        """Base value and contributions together: log(p / (1 - p)) of the probability of default p."""
        return self.base_value + math.fsum(self.contributions)

    def value(self, index: int) -> Value:
        """The applicant's value of a feature: as sent, or as computed from what was sent; None where missing."""
        number, described = float(self.row[index]), self.features[index]
        if math.isnan(number):
            return None
        return self.inputs[described.name] if described.asked else _short(number)

    def as_dict(self) -> dict[str, Any]:
        """The explanation as the API answers it: features from the strongest contribution to the weakest."""
        order = np.argsort(-np.abs(self.contributions), kind="stable").tolist()
        found = self.contributions.tolist()
        rows = [
            {"feature": self.features[i].name, "value": self.value(i), "contribution": found[i]}
            for i in order
        ]
        return {"base_value": self.base_value, "log_odds": self.log_odds, "contributions": rows}


class Explainer:
    """Explains the decisions of one scorer, made from the same bundle. Safe to use from several threads."""

    def __init__(self, bundle: Bundle, scorer: Scorer) -> None:
        self._model, self._scorer = bundle.model, scorer
        described = {feature.name: feature for feature in bundle.manifest.features}
        self._features = tuple(described[str(name)] for name in bundle.model.feature_names_in_)
        self._reasons = Reasons([feature.feature for feature in self._features])

    def explain(self, inputs: Inputs) -> Explanation:
        """The contributions of one applicant's features; `inputs` as for `Scorer.score`."""
        row = self._scorer.row(inputs)
        slope, intercept = self._model.calibration_
        scaled = slope * self._model.row_explain(row)
        return Explanation(self._features, inputs, row, float(scaled[-1]) + intercept, scaled[:-1])

    def principal_reasons(self, inputs: Inputs, decision: Decision) -> tuple[Factor, ...]:
        """Up to four reasons of a refusal, the strongest first; none of an acceptance.

        None either where nothing that may be named counted against the applicant: then a person has to decide.
        """
        return self.reasons_of(self.explain(inputs), decision)

    def reasons_of(self, explanation: Explanation, decision: Decision) -> tuple[Factor, ...]:
        """The same from an explanation that is already there."""
        return (
            self._reasons.principal(explanation.contributions, explanation.value)
            if decision.score
            else ()
        )

    def factors(self, explanation: Explanation) -> tuple[Factor, ...]:
        """Everything that counted, by group, from the most against the applicant to the most for."""
        return self._reasons.factors(explanation.contributions)


def _short(number: float) -> float:
    """A 32-bit number by its shortest digits: 0.1, not 0.10000000149011612."""
    return float(str(np.float32(number)))
