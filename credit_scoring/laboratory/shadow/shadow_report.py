"""The shadow report: champion and challenger on the same decisions.

Refused applicants have no outcomes. What the challenger would cost on those whom only it accepts
cannot be measured (reject inference would be a guess), and the report says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from credit_scoring.decisions.shadow_scores import ModelPair
from credit_scoring.laboratory.paired_bootstrap import (
    MetricSamples,
    bootstrap_metrics,
    metric_difference,
)
from credit_scoring.laboratory.shadow.scored_decisions import ScoredDecisions
from credit_scoring.training.calibration_metrics import calibration_curve, calibration_line
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.metrics import Costs, Intervals, RankedOutcomes, metrics_with_intervals

MIN_PER_OUTCOME = 10  # loans that were repaid, and that defaulted: with fewer nothing is estimated
NO_OUTCOMES = (
    "Refused applicants have no outcomes. The cost of the applicants whom only the challenger "
    "accepts is not known, and no figure here includes it."
)
MODELS = ("champion", "challenger")


@dataclass(frozen=True)
class ModelPerformance:
    """A model on the decisions with outcomes: metrics with intervals, and its calibration."""

    metrics: Intervals
    calibration: list[dict[str, float]]


@dataclass(frozen=True)
class ShadowReport:
    """Both models on the same decisions.

    `performance` by model and `difference`, the challenger's metric minus the champion's, are empty
    if too few outcomes are known.
    """

    pair: ModelPair
    decisions: ScoredDecisions
    costs: Costs
    performance: Mapping[str, ModelPerformance]
    difference: Intervals

    @property
    def extra_cost(self) -> dict[str, float] | None:
        """How much more the challenger costs per decision, with the interval; None if unknown."""
        return self.difference.get("cost_per_applicant")

    def count(self, champion: int, challenger: int, *outcomes: int | None) -> int:
        """The decisions with these scores (1 is a refusal) and one of the outcomes, if given."""
        return sum(
            number
            for (own, other, outcome), number in self.decisions.decided.items()
            if (own, other) == (champion, challenger) and (not outcomes or outcome in outcomes)
        )

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        total = self.decisions.total
        agreeing = self.count(0, 0) + self.count(1, 1)
        return {
            "champion": self.pair.champion,
            "challenger": self.pair.challenger,
            "costs": vars(self.costs),
            "decisions": total,
            "with_outcome": self.decisions.with_outcome,
            "sampled_outcomes": len(self.decisions.labelled),
            "agreement": agreeing / total if total else None,
            "both_accept": self._outcomes(0, 0),
            "both_refuse": self._outcomes(1, 1),
            "swap_in": self._outcomes(1, 0),
            "swap_out": self._outcomes(0, 1),
            "probability_difference": self.decisions.difference_summary() if total else None,
            "metrics": {name: model.metrics for name, model in self.performance.items()},
            "calibration": {name: model.calibration for name, model in self.performance.items()},
            "difference": self.difference,
            "note": NO_OUTCOMES,
        }

    def _outcomes(self, champion: int, challenger: int) -> dict[str, int]:
        return {
            "decisions": self.count(champion, challenger),
            "defaulted": self.count(champion, challenger, 1),
            "repaid": self.count(champion, challenger, 0),
            "unknown": self.count(champion, challenger, None),
        }


def make_report(
    pair: ModelPair, decisions: ScoredDecisions, costs: Costs, seed: int = 0
) -> ShadowReport:
    """Compare both models by the paired bootstrap, with the same costs."""
    target = np.array([row[4] for row in decisions.labelled], dtype=np.int8)
    defaults = int(target.sum())
    if min(defaults, len(target) - defaults) < MIN_PER_OUTCOME:
        return ShadowReport(pair, decisions, costs, {}, {})
    predictions = _predictions(decisions)
    samples = bootstrap_metrics(predictions, target, costs, seed)
    performance = {
        name: _performance(model, target, costs, seed) for name, model in predictions.items()
    }
    return ShadowReport(pair, decisions, costs, performance, _difference(samples))


def _predictions(decisions: ScoredDecisions) -> dict[str, Predictions]:
    table = np.array(decisions.labelled, dtype=np.float64)
    rows = np.arange(len(table))
    return {
        name: Predictions(rows, table[:, index], table[:, 2 + index] == 1)
        for index, name in enumerate(MODELS)
    }


def _performance(
    predictions: Predictions, target: Any, costs: Costs, seed: int
) -> ModelPerformance:
    outcomes = RankedOutcomes.of(target, predictions.probability, predictions.refused, costs)
    metrics = metrics_with_intervals(outcomes, seed, calibration_line(outcomes))
    return ModelPerformance(metrics, calibration_curve(outcomes))


def _difference(samples: Mapping[str, MetricSamples]) -> Intervals:
    champion, challenger = (samples[name] for name in MODELS)
    return {name: metric_difference(values, champion[name]) for name, values in challenger.items()}
