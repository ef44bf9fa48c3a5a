"""The loaded model, its request schema and the decision log: what the routes work with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, g

from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.input_encoding import InputNames, encode_inputs
from credit_scoring.decisions.records import LogEntry
from credit_scoring.scoring.counterfactual import CounterfactualSearch
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.reasons import Factor
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.scoring.validation.feature_schema import RequestSchema
from credit_scoring.serving.durations import in_model
from credit_scoring.serving.flask_objects import request_state
from credit_scoring.serving.requests.body_shape import BodyShape, body_shapes

EXTENSION = "credit_scoring"  # name of the Service in app.extensions


@dataclass(frozen=True)
class PendingDecisions:
    """The decisions of one request, not yet in the log, and the answer to give once they are."""

    entries: Sequence[LogEntry]
    answer: dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A loaded model, ready to decide, and the log of its decisions."""

    bundle: Bundle
    scorer: Scorer
    schema: RequestSchema
    log: DecisionLog
    explainer: Explainer
    counterfactuals: CounterfactualSearch
    names: InputNames
    shapes: Mapping[str, BodyShape]  # of the bodies with features, by wrapper

    @classmethod
    def of(cls, bundle: Bundle, log: DecisionLog) -> "Service":
        """Serve a verified bundle."""
        scorer = Scorer(bundle)
        manifest = bundle.manifest
        return cls(
            bundle=bundle,
            scorer=scorer,
            schema=RequestSchema(manifest.features),
            log=log,
            explainer=Explainer(bundle, scorer),
            counterfactuals=CounterfactualSearch(scorer),
            names=InputNames(tuple(feature.name for feature in scorer.requested_features)),
            shapes=body_shapes(manifest.features, manifest.golden_rows[0]["features"]),
        )

    def decide(self, features: dict[str, Any]) -> Decision:
        """The decision on one applicant; RequestError 422 names every invalid feature."""
        return in_model(self.scorer.score, self.schema.validate(features))

    def decide_changed(self, features: dict[str, Any], overrides: dict[str, Any]) -> Decision:
        """The decision on one applicant with `overrides`, at the price of the loan of `features`.

        RequestError 422 names every invalid feature: of `features`, or else of the result.
        """
        original = self.schema.validate(features)
        changed = self.schema.validate({**features, **overrides})
        (decision,) = in_model(self.scorer.score_changes, [changed], original)
        return decision

    def predict(self, features: dict[str, Any], **columns: Any) -> PendingDecisions:
        """The pending decision on one applicant, with further `columns` of the log.

        RequestError 422 names every invalid feature.
        """
        entry = self.log_entry(features, self.decide(features), **columns)
        return PendingDecisions([entry], decision_answer(entry))

    def log_entry(
        self,
        features: Mapping[str, Any],
        decision: Decision,
        kind: str = "predict",
        reasons: Sequence[Factor] | None = None,
        **columns: Any,
    ) -> LogEntry:
        """The log's row for a decision of the current request; `columns` are further columns.

        `reasons` are its principal reasons; they are computed if None.
        """
        if reasons is None and decision.score:
            reasons = in_model(self.explainer.principal_reasons, features, decision)
        inputs, names = encode_inputs(features, self.names)
        state = request_state()
        return LogEntry(
            decision=decision,
            inputs=inputs,
            names=names,
            model_digest=self.bundle.manifest.pickle["sha256"],
            request_id=state["request_id"],
            key_id=state.get("key_id", ""),
            kind=kind,
            reasons=[reason.as_dict() for reason in reasons or ()],
            **columns,
        )

    def example(self) -> dict[str, Any]:
        """The features of an example applicant: the first golden row."""
        return dict(self.bundle.manifest.golden_rows[0]["features"])


def decision_answer(entry: LogEntry) -> dict[str, Any]:
    """A decision as the API answers it, with its id in the log."""
    return {**entry.decision.as_dict(), "decision_id": entry.decision_id}


def service() -> Service:
    """The service of the current request, the same one from its first to its last line.

    A swap replaces the app's service at any time; it applies to the requests that begin later.
    """
    current: Service | None = g.get("service")
    if current is None:
        g.service = current = current_app.extensions[EXTENSION]
    return current
