"""What is written to the log, and what is read from it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from credit_scoring.decisions.input_encoding import InputNames
from credit_scoring.decisions.uuid7 import new_id, time_of_id
from credit_scoring.scoring.decision import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One decision to be stored, with what reproduces it.

    `inputs`: the text of a JSON object, feature name to value, exactly as scored; with `names` that of the array of
    their values (`inputs.written`). `model_digest`: SHA-256 of model.pkl. `kind`: the route's, such as predict, batch,
    explain, what-if. `key_id`: whose API key asked, "" where keys are off. `reasons`: whatever JSON holds. The id is
    made here, and holds the time.
    """

    decision: Decision
    inputs: str
    names: InputNames | None = None
    model_digest: str
    request_id: str
    kind: str = "predict"
    reasons: Sequence[Any] = ()
    key_id: str = ""
    applicant_id: str | None = None
    decision_id: str = field(default_factory=new_id)

    def row(self) -> dict[str, Any]:
        """The columns of the table, but for the idempotency key."""
        decision = self.decision
        return {
            "decision_id": self.decision_id,
            "made_at": time_of_id(self.decision_id),
            "request_id": self.request_id,
            "key_id": self.key_id,
            "kind": self.kind,
            "model_digest": self.model_digest,
            "model_version": decision.model_version,
            "inputs": self.inputs,
            "names_id": self.names.names_id if self.names else None,
            "probability": decision.probability,
            "threshold": decision.threshold,
            "score": decision.score,
            "decision": decision.decision,
            "risk_level": decision.risk_level,
            "credit_score": decision.credit_score,
            "reasons": json.dumps(self.reasons, ensure_ascii=False) if self.reasons else None,
            "applicant_id": self.applicant_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """What a request with an Idempotency-Key was answered.

    `body_digest`: SHA-256 of what was asked, route and body. `answer`: its JSON text.
    """

    key_id: str
    idempotency_key: str
    body_digest: str
    answer: str


@dataclass(frozen=True, slots=True)
class Review:
    """A person's decision over the machine's: ACCEPTED or REFUSED, who and why (None once erased)."""

    review_id: str
    made_at: datetime
    outcome: str
    reviewer: str
    reason: str | None
    key_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the loan: 0 repaid, 1 default."""

    outcome_id: str
    made_at: datetime
    outcome: int
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A decision as the log has it, with its reviews and outcomes, oldest first; the last of each stands.

    `inputs` (a JSON object's text), `reasons` and `applicant_id` are None or empty once erased; then `erased_at`
    says when and `erased_because` why ("erasure", "retention").
    """

    decision_id: str
    made_at: datetime
    request_id: str
    key_id: str
    kind: str
    model_digest: str
    model_version: str
    inputs: str | None = None
    probability: float
    threshold: float
    score: int
    decision: str
    risk_level: str
    credit_score: int
    reasons: list[Any] = field(default_factory=list)
    applicant_id: str | None
    erased_at: datetime | None
    erased_because: str | None
    reviews: list[Review] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: moments in ISO 8601, inputs as an object."""
        row = asdict(self, dict_factory=_plain)
        return {**row, "inputs": None if self.inputs is None else json.loads(self.inputs)}


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in pairs
    }
