"""Replay of stored decisions: the same model and inputs must give identical bits."""

import json
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.records import StoredDecision
from credit_scoring.progress import ReportProgress
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.row_encoder import Inputs
from credit_scoring.scoring.scorer import Scorer, verified_scorer

# Errors of reading and scoring inputs that someone changed.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Difference:
    """A column in which the replayed decision differs from the stored one."""

    decision_id: str
    column: str
    stored: Any
    replayed: Any

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.column} was {self.stored!r}, is {self.replayed!r}"


@dataclass(slots=True)
class ReplayCounts:
    """The numbers of identical and differing decisions, and of those that cannot be replayed.

    `erased`: decisions without inputs. `unknown`: decisions of models whose bundle is not given, by
    the digest of the model.
    """

    same: int = 0
    differing: int = 0
    erased: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


class Replayer:
    """Replays decisions with the given bundles; BundleError if one fails its own golden rows."""

    def __init__(self, bundles: list[Bundle]) -> None:
        self._models: dict[str, tuple[Scorer, Explainer]] = {}
        for bundle in bundles:
            scorer = verified_scorer(bundle)
            digest = bundle.manifest.pickle["sha256"]
            self._models[digest] = (scorer, Explainer(bundle, scorer))

    def run(
        self, log: DecisionLog, on_difference: Callable[[Difference], None], report: ReportProgress
    ) -> ReplayCounts:
        """Replay every decision of `log`; call `on_difference` for each difference."""
        counts = ReplayCounts()
        total = log.count()
        for number, stored in enumerate(log.iterate(), 1):
            for difference in self._replay(stored, counts):
                on_difference(difference)
            report(number, max(number, total))
        return counts

    def _replay(self, stored: StoredDecision, counts: ReplayCounts) -> list[Difference]:
        """Replay one decision, count it and return its differences."""
        model = self._models.get(stored.model_digest)
        if stored.damaged:
            counts.differing += 1
            columns = stored.damaged
            return [Difference(stored.decision_id, name, "readable", "damaged") for name in columns]
        if stored.inputs is None:
            counts.erased += 1
            return []
        if model is None:
            counts.unknown[stored.model_digest] += 1
            return []
        differences = _differences(stored, stored.inputs, *model)
        if differences:
            counts.differing += 1
        else:
            counts.same += 1
        return differences


def _differences(
    stored: StoredDecision, inputs: str, scorer: Scorer, explainer: Explainer
) -> list[Difference]:
    try:
        return list(_compare(stored, json.loads(inputs), scorer, explainer))
    except UNREADABLE as error:
        problem = f"unreadable ({type(error).__name__})"
        return [Difference(stored.decision_id, "inputs", "readable", problem)]


def _compare(
    stored: StoredDecision, inputs: Inputs, scorer: Scorer, explainer: Explainer
) -> Iterator[Difference]:
    decision = scorer.score(inputs)
    for name, value in asdict(decision).items():
        stored_value = getattr(stored, name)
        if stored_value != value:
            yield Difference(stored.decision_id, name, stored_value, value)
    factors = explainer.principal_reasons(inputs, decision) if decision.score else ()
    reasons = _without_texts([factor.as_dict() for factor in factors])
    stored_reasons = _without_texts(stored.reasons)
    if stored_reasons != reasons:
        yield Difference(stored.decision_id, "reasons", _codes(stored_reasons), _codes(reasons))


def _without_texts(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Remove the texts: the wording of a reason may change between versions."""
    return [{name: value for name, value in reason.items() if name != "text"} for reason in reasons]


def _codes(reasons: list[dict[str, Any]]) -> list[Any]:
    return [(reason.get("code"), reason.get("contribution")) for reason in reasons]
