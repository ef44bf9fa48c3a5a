"""Records of the decision log, as written and as read."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from credit_scoring.decisions.input_encoding import InputNames
from credit_scoring.decisions.uuid7 import new_id, time_of_id
from credit_scoring.scoring.decision import Decision


@dataclass(frozen=True, slots=True)
class Durations:
    """How long a decision took, in milliseconds per applicant.

    `handler_ms`: from the start of the request until its commit. `model_ms`: the part of it in the
    model, which scores and explains.
    """

    handler_ms: float
    model_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A decision to store, with everything that reproduces it. Its id contains the time.

    `inputs` and `names`: as `encode_inputs` returns them. `model_digest`: SHA-256 of model.pkl.
    `kind`: the route, such as predict, batch, explain, what-if. `key_id`: the client's API key, ""
    if keys are off. `reasons`: values that JSON can hold. `durations`: if they are known before the
    commit, as those of a simulation are.
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
    durations: Durations | None = None

    def row(self) -> dict[str, Any]:
        """Return the columns of the table decisions that belong to one applicant's decision."""
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
    """The answer to a request with an Idempotency-Key.

    `body_digest`: SHA-256 of the route and the body. `answer`: a JSON text.
    """

    key_id: str
    idempotency_key: str
    body_digest: str
    answer: str


@dataclass(frozen=True, slots=True)
class Review:
    """A person's decision, ACCEPTED or REFUSED, by whom and why; `reason` is None once erased."""

    review_id: str
    made_at: datetime
    outcome: str
    reviewer: str
    reason: str | None
    key_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a loan: 0 repaid, 1 default."""

    outcome_id: str
    made_at: datetime
    outcome: int
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A stored decision with its reviews and outcomes, oldest first; the last of each is in force.

    `inputs` is the text of a JSON object. After an erasure `inputs` and `applicant_id` are None,
    `reasons` is empty, and `erased_because` is "erasure" or "retention". `damaged` names the
    columns that are empty because another program made the stored value unreadable. `handler_ms`
    and `model_ms` are those of `Durations`, None if nobody measured them.
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
    handler_ms: float | None
    model_ms: float | None
    reasons: list[Any] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    applicant_id: str | None
    erased_at: datetime | None
    erased_because: str | None
    reviews: list[Review] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def last_review(self) -> Review | None:
        """The review in force."""
        return self.reviews[-1] if self.reviews else None

    @property
    def in_force(self) -> str:
        """ACCEPTED or REFUSED: the person's decision, or else the model's."""
        return self.reviews[-1].outcome if self.reviews else self.decision

    def as_dict(self) -> dict[str, Any]:
        """Return values for JSON: times in ISO 8601, inputs as an object."""
        values = asdict(self, dict_factory=_json_values)
        return {**values, "inputs": None if self.inputs is None else json.loads(self.inputs)}


def _json_values(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in pairs
    }
