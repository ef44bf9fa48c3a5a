"""The counts of the decisions of a day and model: all that monitoring keeps of the decision log.

They hold no input, id or time of an applicant, only numbers of decisions per bin.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic_core import to_json

from credit_scoring.bundle.reference import SCORE_BINS

# Inner edges of the bins of a duration, in milliseconds: 60 steps by a quarter, 0.05 ms to 60 s.
LATENCY_EDGES = tuple(float(f"{edge:.4g}") for edge in np.geomspace(0.05, 60_000, 60))
LATENCY_BINS = len(LATENCY_EDGES) + 1
DECISIONS = ("ACCEPTED", "REFUSED")
OUTCOMES = ("repaid", "default")  # by number: 0 repaid, 1 default

Count: TypeAlias = Annotated[int, Field(ge=0, le=2**53)]
Bins: TypeAlias = list[Count]
ScoreBins: TypeAlias = Annotated[Bins, Field(min_length=SCORE_BINS, max_length=SCORE_BINS)]
LatencyBins: TypeAlias = Annotated[Bins, Field(min_length=LATENCY_BINS, max_length=LATENCY_BINS)]


def _no_scores() -> dict[str, list[int]]:
    return {decision: [0] * SCORE_BINS for decision in DECISIONS}


def _no_latencies() -> list[int]:
    return [0] * LATENCY_BINS


def _no_outcomes() -> dict[str, dict[str, list[int]]]:
    return {decision: {outcome: [0] * SCORE_BINS for outcome in OUTCOMES} for decision in DECISIONS}


@with_config(ConfigDict(strict=True, extra="forbid"))
@dataclass
class DayCounts:
    """Numbers of decisions, without what-ifs except in `kinds`; all add up over days.

    `features`: per feature of the model's reference and bin; the last bin is "missing".
    `uncounted_features`: decisions without features in these counts: erased before they were
    counted, damaged, or of a model whose bundle or reference is missing.
    `scores`: per decision and bin of the probability. `kinds`: per route. `handler_ms`, `model_ms`:
    per bin of `LATENCY_EDGES`; decisions of earlier versions have no durations.
    `outcomes`: per decision, last outcome and bin of the probability, by the decision's day.
    """

    features: dict[str, Bins] = field(default_factory=dict)
    uncounted_features: Count = 0
    scores: dict[str, ScoreBins] = field(default_factory=_no_scores)
    kinds: dict[str, Count] = field(default_factory=dict)
    handler_ms: LatencyBins = field(default_factory=_no_latencies)
    model_ms: LatencyBins = field(default_factory=_no_latencies)
    outcomes: dict[str, dict[str, ScoreBins]] = field(default_factory=_no_outcomes)

    @property
    def decisions(self) -> int:
        """The number of decisions, without what-ifs."""
        return sum(map(sum, self.scores.values()))

    def to_json(self) -> str:
        """The counts as a JSON object."""
        return to_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "DayCounts":
        """Read the text of `to_json`; ValueError names what is not a count."""
        try:
            counts = COUNTS.validate_json(text)
        except ValidationError as error:
            raise ValueError(f"damaged counts: {_first_problem(error)}") from None
        _require_keys("scores", counts.scores, DECISIONS)
        _require_keys("outcomes", counts.outcomes, DECISIONS)
        for decision, by_outcome in counts.outcomes.items():
            _require_keys(f"outcomes.{decision}", by_outcome, OUTCOMES)
        return counts

    def __add__(self, other: "DayCounts") -> "DayCounts":
        """The counts of both; ValueError if a feature has another number of bins in `other`."""
        return self._combine(other, 1)

    def __sub__(self, other: "DayCounts") -> "DayCounts":
        """The counts without those of `other`, which are a part of them; ValueError as of `+`."""
        return self._combine(other, -1)

    def _combine(self, other: "DayCounts", sign: int) -> "DayCounts":
        values = {
            f.name: _combined(getattr(self, f.name), getattr(other, f.name), sign, f.name)
            for f in fields(self)
        }
        return DayCounts(**values)


COUNTS = TypeAdapter(DayCounts)


def _combined(left: Any, right: Any, sign: int, name: str) -> Any:
    """Add counts, lists of counts or mappings of them; None is zero."""
    if isinstance(left, dict) or isinstance(right, dict):
        left, right = left or {}, right or {}
        return {
            key: _combined(left.get(key), right.get(key), sign, f"{name}.{key}")
            for key in {**left, **right}
        }
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise ValueError(f"{name} has {len(left)} bins, and {len(right)} in other counts")
        return [a + sign * b for a, b in zip(left, right, strict=True)]
    if isinstance(left, list) or right is None:
        return left
    if isinstance(right, list):
        return [sign * count for count in right]
    return (left or 0) + sign * right


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"])) or "the text"
    return f"{place}: {first['msg']}"


def _require_keys(name: str, values: Mapping[str, Any], expected: tuple[str, ...]) -> None:
    if values.keys() != {*expected}:
        raise ValueError(
            f"damaged counts: {name} has {', '.join(values) or 'nothing'}: "
            f"expected {', '.join(expected)}"
        )
