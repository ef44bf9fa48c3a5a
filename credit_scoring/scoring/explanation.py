"""The explanation of a probability: each feature's contribution to the applicant's log-odds.

Source: Lundberg et al. (2020), From local explanations to global understanding with explainable AI
for trees: exact path-dependent TreeSHAP, as LightGBM computes it. The calibration (Platt) is a line
in log-odds: every contribution is scaled by its slope, and its intercept is added to the base
value, so the sum explains the calibrated probability.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.reasons import Factor, Reasons, SpokenFactor
from credit_scoring.scoring.row_encoder import Inputs, Value
from credit_scoring.scoring.scorer import Scorer


@dataclass(frozen=True, eq=False)
class Explanation:
    """The contributions (features,) to one applicant's log-odds of default, in model order.

    `base_value` is the log-odds of the average applicant in training. Base value and contributions
    add up to the log-odds of the returned probability, to 1e-9. `inputs` and `row` are the
    explained applicant's.
    """

    features: tuple[ModelFeature, ...]
    inputs: Inputs
    row: Floats
    base_value: float
    contributions: Floats

    @property
    def log_odds(self) -> float:
        """The sum: log(p / (1 - p)) of the probability of default p."""
        return self.base_value + math.fsum(self.contributions)

    def value(self, index: int) -> Value:
        """The applicant's value of a feature, as sent or as computed; None if missing."""
        number = float(self.row[index])
        feature = self.features[index]
        if math.isnan(number):
            return None
        return self.inputs[feature.name] if feature.is_requested else _shortest(number)

    def as_dict(self) -> dict[str, Any]:
        """The explanation as JSON, features from the strongest contribution to the weakest."""
        order = np.argsort(-np.abs(self.contributions), kind="stable").tolist()
        values = self.contributions.tolist()
        rows = [
            {"feature": self.features[i].name, "value": self.value(i), "contribution": values[i]}
            for i in order
        ]
        for row, i in zip(rows, order, strict=True):
            if direction := self.features[i].feature.direction:
                row["direction"] = direction
        return {"base_value": self.base_value, "log_odds": self.log_odds, "contributions": rows}


class Explainer:
    """Explains the decisions of a bundle's scorer. Safe to use from several threads."""

    def __init__(self, bundle: Bundle, scorer: Scorer) -> None:
        self._model = bundle.model
        self._scorer = scorer
        by_name = {feature.name: feature for feature in bundle.manifest.features}
        self._features = tuple(by_name[str(name)] for name in bundle.model.feature_names_in_)
        features = [feature.feature for feature in self._features]
        self._reasons = Reasons(features, bundle.manifest.reference)

    def explain(self, inputs: Inputs) -> Explanation:
        """The contributions of one applicant's features; `inputs` as for `Scorer.score`."""
        row = self._scorer.row(inputs)
        return self._explanation(inputs, row, self._model.row_explain(row))

    def explain_rows(self, applicants: Sequence[Inputs], rows: Floats) -> list[Explanation]:
        """Explain one or more applicants as `explain` does, bit for bit, in one batch.

        `rows` (applicants, features) are theirs, see `Scorer.matrix`.
        """
        raw = self._model.matrix_explain(rows)
        return [
            self._explanation(inputs, row, values)
            for inputs, row, values in zip(applicants, rows, raw, strict=True)
        ]

    def _explanation(self, inputs: Inputs, row: Floats, raw: Floats) -> Explanation:
        """The explanation, given TreeSHAP's contributions to the `raw` log-odds, the base last."""
        slope, intercept = self._model.calibration_
        scaled = slope * raw
        return Explanation(self._features, inputs, row, float(scaled[-1]) + intercept, scaled[:-1])

    def principal_reasons(self, inputs: Inputs, decision: Decision) -> tuple[Factor, ...]:
        """Up to four reasons of a refusal, the strongest first; none of an acceptance.

        A refusal has none if no group that may be named counted against the applicant: then a
        person has to decide.
        """
        return self.reasons_of(self.explain(inputs), decision)

    def reasons_of(self, explanation: Explanation, decision: Decision) -> tuple[Factor, ...]:
        """The principal reasons from an explanation that was already computed."""
        if not decision.score:
            return ()
        return self._reasons.principal(explanation.contributions, explanation.value)

    def factors(self, explanation: Explanation) -> tuple[Factor, ...]:
        """Every group that counted, from the most against the applicant to the most for."""
        return self._reasons.factors(explanation.contributions)

    def spoken_factors(self, explanation: Explanation) -> tuple[SpokenFactor, ...]:
        """Every group that counted with a sentence, the strongest first."""
        return self._reasons.spoken(explanation.contributions, explanation.value)


def _shortest(number: float) -> float:
    """A 32-bit number with its shortest digits: 0.1, not 0.10000000149011612."""
    return float(str(np.float32(number)))
