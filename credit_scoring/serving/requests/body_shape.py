"""The bodies that hold features: the wrapper, an example, and envelopes meant for others."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.errors import FieldError, RequestError
from credit_scoring.scoring.validation.error_budget import MAX_ERRORS, ErrorBudget
from credit_scoring.scoring.validation.messages import quote, shorten
from credit_scoring.serving.requests.json_body import JsonObject, expected_object

MODEL_SERVERS = "MLflow, KServe or TensorFlow Serving"
ENVELOPES = {  # members that hold the inputs elsewhere, by whom they are meant for
    "dataframe_split": "MLflow",
    "dataframe_records": "MLflow",
    "instances": MODEL_SERVERS,
    "inputs": MODEL_SERVERS,
    "features": "POST /predict",
    "applicants": "POST /predict/batch",
    "overrides": "POST /applicants/{applicant_id}/predict",
}


@dataclass(frozen=True)
class BodyShape:
    """The body of a route, which holds features in its member `wrapper`.

    `example` is a short body for the loaded model, as JSON. `names` are those of the model's
    features; a lender may have one that is called like the wrapper or like an envelope.
    """

    wrapper: str
    example: str
    names: Collection[str]

    def unwrap(self, body: JsonObject, budget: ErrorBudget | None = None) -> JsonObject:
        """The features in `body`: the object in the wrapper, or `body` itself.

        RequestError 422 for another shape; `budget` is that of the request.
        """
        budget = budget or ErrorBudget()
        if not self.is_wrapped(body):
            self.refuse_envelope(body, budget)
            return body
        features = self.wrapped_object(body, budget)
        if extra := [name for name in body if name != self.wrapper]:
            listed = (_next_to(self.wrapper, name) for name in extra[:MAX_ERRORS])
            raise budget.refusal(listed, len(extra))
        return features

    def refuse_envelope(self, body: JsonObject, budget: ErrorBudget) -> None:
        """RequestError 422 if `body` is meant for a model server or for another route."""
        for name, addressee in ENVELOPES.items():
            if name not in self.names and isinstance(body.get(name), dict | list):
                envelope = f"the body is a request to {addressee} ({quote(name)})"
                error = FieldError(name, f"{envelope}: {expected_object(self.example)}")
                raise budget.refusal(iter((error,)), 1)

    def is_wrapped(self, body: JsonObject) -> bool:
        """Whether `body` has the wrapper, and not a lender's feature that is called like it."""
        is_feature = self.wrapper in self.names and not isinstance(body.get(self.wrapper), dict)
        return self.wrapper in body and not is_feature

    def wrapped_object(self, body: JsonObject, budget: ErrorBudget) -> JsonObject:
        """The object in the wrapper; RequestError 422 if it holds another value."""
        features: Any = body[self.wrapper]
        if isinstance(features, dict):
            return features
        message = f"{self.wrapper} is {quote(features)}: {expected_object(self.example)}"
        raise budget.refusal(iter((FieldError(self.wrapper, message),)), 1)

    def split(self, body: JsonObject, changes: "BodyShape") -> tuple[JsonObject, JsonObject]:
        """`body` without the wrapper of `changes`, and the features in it; {} without one.

        RequestError 422 if it holds no object, or without the wrapper of this shape next to it.
        """
        name = changes.wrapper
        if not self.is_wrapped(body):
            if changes.is_wrapped(body):
                raise self._bare_refusal(changes)
            return body, {}
        if name not in body:
            return body, {}
        rest = {member: value for member, value in body.items() if member != name}
        return rest, changes.wrapped_object(body, ErrorBudget())

    def _bare_refusal(self, changes: "BodyShape") -> RequestError:
        example = json.loads(self.example) | json.loads(changes.example)
        expected = expected_object(json.dumps(example, ensure_ascii=False))
        message = f'"{changes.wrapper}" is sent without "{self.wrapper}": {expected}'
        return ErrorBudget().refusal(iter((FieldError(changes.wrapper, message),)), 1)


def body_shapes(
    features: Sequence[ModelFeature], applicant: Mapping[str, Any]
) -> dict[str, BodyShape]:
    """The shapes of the bodies for a model of these `features`, by wrapper.

    The examples have one feature of `applicant`.
    """
    name = example_feature(features, applicant).name
    part = {name: applicant.get(name)}
    bodies = {"features": part, "overrides": part, "applicants": [part]}
    names = frozenset(feature.name for feature in features if feature.is_requested)
    return {
        wrapper: BodyShape(wrapper, json.dumps({wrapper: held}, ensure_ascii=False), names)
        for wrapper, held in bodies.items()
    }


def example_feature(features: Sequence[ModelFeature], applicant: Mapping[str, Any]) -> ModelFeature:
    """The most important feature of a request that `applicant` has."""
    requested = [feature for feature in features if feature.is_requested]
    return max(requested, key=lambda f: (applicant.get(f.name) is not None, f.importance))


def _next_to(wrapper: str, name: str) -> FieldError:
    return FieldError(shorten(name), f'{quote(name)} is next to "{wrapper}": remove it')
