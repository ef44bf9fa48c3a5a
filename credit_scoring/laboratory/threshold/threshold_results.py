"""The results of the threshold study, as data."""

from dataclasses import dataclass
from typing import Any

from credit_scoring.training.metrics import Floats


@dataclass(frozen=True)
class ThresholdResults:
    """The optimal threshold, those of other cost ratios, the curves, and the profit per loan.

    `optimum` and each of `cost_ratios` are a threshold with its interval, cost per applicant and
    share refused. A curve holds arrays (points,) by column, by rising threshold. `per_loan` and
    `profit_curve` exist if the exposure is known.
    """

    facts: dict[str, Any]
    optimum: dict[str, float]
    cost_ratios: list[dict[str, float]]
    cost_curve: dict[str, Floats]
    maximum_profit: dict[str, float]
    per_loan: dict[str, Any] | None = None
    profit_curve: dict[str, Floats] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Everything except the curves, for JSON."""
        content = {
            **self.facts,
            "threshold": self.optimum,
            "cost_ratios": self.cost_ratios,
            "expected_maximum_profit": self.maximum_profit,
        }
        return content if self.per_loan is None else {**content, "per_loan": self.per_loan}
