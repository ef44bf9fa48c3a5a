"""The loaded model, the check of requests made from it and the decision log: what the routes work with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app, g

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.read_bundle import Bundle, read_bundle
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.input_encoding import Names, written
from credit_scoring.decisions.records import Entry
from credit_scoring.scoring.counterfactual import Counterfactuals
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.reasons import Factor
from credit_scoring.scoring.scorer import Scorer, verified
from credit_scoring.serving.requests.feature_schema import RequestSchema

KEY = "credit_scoring"


@dataclass(frozen=True)
class Made:
    """What one request led to: the decisions to be stored, and the answer to be given once they are."""

    entries: Sequence[Entry]
    answer: dict[str, Any]


@dataclass(frozen=True)
class Service:
    """One model, ready to decide, and the log of what it decided."""

    bundle: Bundle
    scorer: Scorer
    schema: RequestSchema
    log: DecisionLog
    explainer: Explainer
    counterfactuals: Counterfactuals
    names: Names

    @classmethod
    def load(cls, folder: Path, log: DecisionLog) -> "Service":
        """Read the bundle in `folder`; BundleError where it cannot be served."""
        bundle = read_bundle(folder)
        scorer, schema = verified(bundle), RequestSchema(bundle.manifest.features)
        names = Names(tuple(feature.name for feature in scorer.asked))
        return cls(
            bundle, scorer, schema, log, Explainer(bundle, scorer), Counterfactuals(scorer), names
        )

    def decide(self, features: dict[str, Any]) -> Decision:
        """The decision on one applicant; RequestError 422 names every field that is not as the model expects."""
        return self.scorer.score(self.schema.check(features))

    def predict(self, features: dict[str, Any], **more: Any) -> Made:
        """The decision on one applicant, to be stored (with `more` columns) and answered; RequestError as `decide`."""
        entry = self.entry(features, self.decide(features), **more)
        return Made([entry], answer_of(entry))

    def entry(
        self,
        features: Mapping[str, Any],
        decision: Decision,
        kind: str = "predict",
        reasons: Sequence[Factor] | None = None,
        **more: Any,
    ) -> Entry:
        """The running request's decision as it will stand in the log; `more` are further columns.

        `reasons` are its principal reasons where they are known already; else they are worked out here.
        """
        if reasons is None:
            reasons = self.explainer.principal_reasons(features, decision) if decision.score else ()
        inputs, names = written(features, self.names)
        return Entry(
            decision=decision,
            inputs=inputs,
            names=names,
            model_digest=self.bundle.manifest.pickle["sha256"],
            request_id=g.request_id,
            key_id=g.get("key_id", ""),
            kind=kind,
            reasons=[reason.as_dict() for reason in reasons],
            **more,
        )

    def info(self) -> dict[str, Any]:
        """What the model is and how good it is: the manifest without its rows."""
        manifest = self.bundle.manifest
        names = (
            "version",
            "created_at",
            "made_by",
            "algorithm",
            "metrics",
            "costs",
            "threshold",
            "data",
            "settings",
        )
        return {
            **{name: getattr(manifest, name) for name in names},
            "features": len(self.scorer.asked),
        }

    def features(self) -> dict[str, Any]:
        """The features a request holds, and those that the server computes from them."""
        rows = self.bundle.manifest.features
        return {
            "features": [{**f.as_dict(), "type": value_type(f)} for f in rows if f.asked],
            "derived": [f.as_dict() for f in rows if not f.asked],
        }

    def example(self) -> dict[str, Any]:
        """An applicant to try: the features of the first golden row."""
        return dict(self.bundle.manifest.golden_rows[0]["features"])


def answer_of(entry: Entry) -> dict[str, Any]:
    """A decision as the API answers it, with the id under which it is stored."""
    return {**entry.decision.as_dict(), "decision_id": entry.decision_id}


def value_type(asked: ModelFeature) -> str:
    """The JSON Schema type of a feature: "string", "integer" or "number"."""
    if asked.feature.levels:
        return "string"
    return "integer" if asked.feature.whole else "number"


def service() -> Service:
    """The running app's service."""
    found: Service = current_app.extensions[KEY]
    return found
