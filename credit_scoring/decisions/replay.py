"""Deciding again on what the log holds, with the same model and the same inputs: the answers must be the same bits."""

import json
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.records import StoredDecision
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.scorer import Inputs, Scorer, verified

ReportProgress = Callable[[int, int], None]
# What reading and scoring raise of inputs that somebody changed.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a replayed decision has otherwise than the log."""

    decision_id: str
    what: str
    stored: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.what} was {self.stored!r}, is {self.now!r}"


@dataclass(slots=True)
class ReplayCounts:
    """How many decisions came out the same, how many otherwise, and how many could not be replayed.

    `erased`: their inputs are gone. `unknown`: by digest of the model, those for which no bundle was given.
    """

    same: int = 0
    differing: int = 0
    erased: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


class Replayer:
    """Decides again with the bundles given; BundleError where one does not reproduce its own examples."""

    def __init__(self, bundles: list[Bundle]) -> None:
        scorers = {
            bundle.manifest.pickle["sha256"]: (bundle, verified(bundle)) for bundle in bundles
        }
        self._models = {
            digest: (scorer, Explainer(bundle, scorer))
            for digest, (bundle, scorer) in scorers.items()
        }

    def run(
        self, log: DecisionLog, tell: Callable[[Difference], None], report: ReportProgress
    ) -> ReplayCounts:
        """Replay every decision of `log`; `tell` hears of each difference, `report` how far it is."""
        found, total = ReplayCounts(), log.count()
        for number, stored in enumerate(log.iterate(), 1):
            self._one(stored, found, tell)
            report(number, max(number, total))
        return found

    def _one(
        self, stored: StoredDecision, found: ReplayCounts, tell: Callable[[Difference], None]
    ) -> None:
        model = self._models.get(stored.model_digest)
        if stored.inputs is None:
            found.erased += 1
        elif model is None:
            found.unknown[stored.model_digest] += 1
        elif differences := _differences(stored, stored.inputs, *model):
            found.differing += 1
            for difference in differences:
                tell(difference)
        else:
            found.same += 1


def _differences(
    stored: StoredDecision, inputs: str, scorer: Scorer, explainer: Explainer
) -> list[Difference]:
    try:
        return list(_compared(stored, json.loads(inputs), scorer, explainer))
    except UNREADABLE as error:
        return [
            Difference(
                stored.decision_id, "inputs", "readable", f"unreadable ({type(error).__name__})"
            )
        ]


def _compared(
    stored: StoredDecision, inputs: Inputs, scorer: Scorer, explainer: Explainer
) -> Iterator[Difference]:
    decision = scorer.score(inputs)
    for name, now in asdict(decision).items():
        if (then := getattr(stored, name)) != now:
            yield Difference(stored.decision_id, name, then, now)
    found = explainer.principal_reasons(inputs, decision) if decision.score else ()
    reasons = _without_words([reason.as_dict() for reason in found])
    if (then := _without_words(stored.reasons)) != reasons:
        yield Difference(stored.decision_id, "reasons", _codes(then), _codes(reasons))


def _without_words(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Codes, contributions and features: how a reason is worded may change from one version to the next."""
    return [{name: value for name, value in reason.items() if name != "text"} for reason in reasons]


def _codes(reasons: list[dict[str, Any]]) -> list[Any]:
    return [(reason.get("code"), reason.get("contribution")) for reason in reasons]
