"""Decides the requests of the log again under another bundle: who would be decided differently.

Only counts stay in memory, however long the log is.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.decisions.input_encoding import parse_inputs
from credit_scoring.decisions.stored_requests import StoredRequest
from credit_scoring.estimator.threshold import cost_per_applicant
from credit_scoring.progress import ReportProgress
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.reasons import Factor
from credit_scoring.scoring.rescorer import Incomparable, Rescorer, requested_names

Change = Literal["accepted to refused", "refused to accepted"]
CHANGES: dict[tuple[int, int], Change] = {
    (0, 1): "accepted to refused",
    (1, 0): "refused to accepted",
}
# The columns of a changed decision as a flat row.
COLUMNS: dict[str, type] = {
    **dict.fromkeys(("decision_id", "applicant_id", "change", "model_version"), str),
    **dict.fromkeys(("probability", "threshold"), float),
    "other_model_version": str,
    **dict.fromkeys(("other_probability", "other_threshold"), float),
    "outcome": int,
    **dict.fromkeys(("stored_reasons", "other_reasons", "other_reasons_text"), str),
}


@dataclass(frozen=True, slots=True)
class ChangedDecision:
    """A decision that another bundle would change: the request, and the decision under it.

    `reasons` are the principal reasons of a refusal under the other bundle.
    """

    request: StoredRequest
    decision: Decision
    change: Change
    reasons: Sequence[Factor]

    def as_row(self) -> dict[str, Any]:
        """The values of `COLUMNS`; reasons are codes, and sentences in English."""
        request = self.request
        return {
            "decision_id": request.decision_id,
            "applicant_id": request.applicant_id,
            "change": self.change,
            "model_version": request.model_version,
            "probability": request.probability,
            "threshold": request.threshold,
            "other_model_version": self.decision.model_version,
            "other_probability": self.decision.probability,
            "other_threshold": self.decision.threshold,
            "outcome": request.outcome,
            "stored_reasons": "; ".join(_codes(request.reasons)),
            "other_reasons": "; ".join(reason.code for reason in self.reasons),
            "other_reasons_text": " ".join(reason.text["en"] for reason in self.reasons),
        }


def _codes(reasons: str | None) -> Iterator[str]:
    """The codes of stored reasons; none if another program made them unreadable."""
    try:
        stored = json.loads(reasons or "[]")
    except ValueError:
        return
    for reason in stored if isinstance(stored, list) else ():
        if isinstance(reason, dict):
            yield str(reason.get("code"))


@dataclass(slots=True)
class RedecisionCounts:
    """The numbers of decisions by what the other bundle would do.

    `decided`: by score of the log, score under the other bundle (1 is a refusal) and last outcome
    of the loan, None if unknown. `incomparable`: by obstacle and feature. `ignored`: requests by
    feature that the other bundle does not use. `reasons`: new refusals by reason code.
    """

    decided: Counter[tuple[int, int, int | None]] = field(default_factory=Counter)
    incomparable: Counter[tuple[str, str]] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    erased: int = 0
    unreadable: int = 0

    @property
    def total(self) -> int:
        """All decisions that were read."""
        left_out = self.erased + self.unreadable + self.incomparable.total()
        return self.decided.total() + left_out

    def changed(self, change: Change, *outcomes: int | None) -> int:
        """The number of such changes, with one of the outcomes, or with any."""
        return sum(
            count
            for (before, after, outcome), count in self.decided.items()
            if CHANGES.get((before, after)) == change and (not outcomes or outcome in outcomes)
        )

    @property
    def with_outcome(self) -> int:
        """The decisions whose outcome is known."""
        return sum(count for (*_, outcome), count in self.decided.items() if outcome is not None)

    def costs(self, false_negative: float, false_positive: float) -> tuple[float, float]:
        """The cost per decision with a known outcome: as decided, and under the other bundle."""
        costs = (false_negative, false_positive)
        return self._cost(0, *costs), self._cost(1, *costs)

    def _cost(self, position: Literal[0, 1], *costs: float) -> float:
        errors: Counter[tuple[int, int | None]] = Counter()  # by score and outcome
        for key, count in self.decided.items():
            errors[key[position], key[2]] += count
        return float(cost_per_applicant(errors[0, 1], errors[1, 0], self.with_outcome, *costs))


class Redecider:
    """Decides stored requests under `bundle`; BundleError if it fails its golden rows.

    `own_bundles` made decisions of the log, see `Rescorer`.
    """

    def __init__(self, bundle: Bundle, own_bundles: Iterable[Bundle] = ()) -> None:
        requested = {
            own.manifest.pickle["sha256"]: requested_names(own) for own in (bundle, *own_bundles)
        }
        self._rescorer = Rescorer(bundle, requested)
        self._explainer = Explainer(bundle, self._rescorer.scorer)

    def run(
        self,
        requests: Iterable[Sequence[StoredRequest]],
        on_change: Callable[[ChangedDecision], None],
        report: ReportProgress,
        total: int,
    ) -> RedecisionCounts:
        """Decide pages of requests again; call `on_change` for each that would change."""
        counts = RedecisionCounts()
        for page in requests:
            for changed in self._redecide(page, counts):
                on_change(changed)
            report(counts.total, max(counts.total, total))
        return counts

    def _redecide(
        self, page: Sequence[StoredRequest], counts: RedecisionCounts
    ) -> Iterator[ChangedDecision]:
        readable = list(self._read(page, counts))
        inputs = [values for _, values in readable]
        results = self._rescorer.score(inputs, [request.model_digest for request, _ in readable])
        for (request, values), result in zip(readable, results, strict=True):
            if isinstance(result, Incomparable):
                counts.incomparable[result.obstacle, result.feature] += 1
                continue
            counts.decided[request.score, result.score, request.outcome] += 1
            change = CHANGES.get((request.score, result.score))
            if change:
                reasons = self._explainer.principal_reasons(values, result)
                counts.reasons.update(reason.code for reason in reasons)
                yield ChangedDecision(request, result, change, reasons)

    def _read(
        self, page: Sequence[StoredRequest], counts: RedecisionCounts
    ) -> Iterator[tuple[StoredRequest, dict[str, Any]]]:
        """The requests whose inputs can be read; the others are counted."""
        for request in page:
            if request.inputs is None:
                counts.erased += 1
                continue
            try:
                values = parse_inputs(request.inputs, request.names)
            except (ValueError, TypeError):
                counts.unreadable += 1
                continue
            counts.ignored.update(values.keys() - self._rescorer.names)
            yield request, values
