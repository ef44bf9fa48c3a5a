"""Validation of one applicant's features against the loaded model: strict, names every error."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.column_check import bounds
from credit_scoring.contracts.scalar_check import missing_marks
from credit_scoring.errors import FieldError, RequestError
from credit_scoring.serving.requests.batch_validation import BatchValidator
from credit_scoring.serving.requests.messages import (
    MAX_ERRORS,
    invalid_error,
    missing_error,
    unknown_name_errors,
)

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())


class RequestSchema:
    """The features that a request may hold, made from the model's manifest.

    `model` is the pydantic model with a field per feature. `names` are the names of the features.
    `missing_marks` are the source's own values for "no value" (365243, "XNA"), by name, of the
    features that may be missing. `batch_validator` is the fast check of many applicants. `kind`
    completes the message "X is not …" for an unknown name.
    """

    def __init__(
        self, features: Sequence[ModelFeature], kind: str = "a feature of this model"
    ) -> None:
        self._kind = kind
        self._features = {feature.name: feature for feature in features if feature.is_requested}
        self._derived = {feature.name: feature for feature in features if not feature.is_requested}
        self.names = frozenset(self._features)
        self.missing_marks = {
            name: marks
            for name, feature in self._features.items()
            if feature.nullable and (marks := missing_marks(feature.feature))
        }
        self.model = features_model(self._features)
        self.batch_validator = BatchValidator(list(self._features.values()), self.missing_marks)

    def validate(self, features: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `features` unchanged; RequestError 422 names every invalid one."""
        if errors := self.errors(features):
            raise refusal(errors, len(errors) + self._unlisted(features))
        return features

    def errors(self, features: Mapping[str, Any]) -> tuple[FieldError, ...]:
        """Every invalid field of `features`; at most `MAX_ERRORS` of them are unknown names."""
        try:
            self.model.model_validate(self._with_nulls(features))
        except ValidationError:  # its text repeats values, which must not be logged
            known = {name: value for name, value in features.items() if name in self._features}
            unknown = [name for name in features if name not in self._features]
            name_errors = unknown_name_errors(
                unknown, list(self._features), self._kind, self._derived
            )
            return (*self._value_errors(known), *name_errors)
        return ()

    def _with_nulls(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """A copy with null for the source's marks for "no value"."""
        values = dict(features)
        for name, marks in self.missing_marks.items():
            if values.get(name) in marks:
                values[name] = None
        return values

    def _unlisted(self, features: Mapping[str, Any]) -> int:
        """The number of unknown names that are not among the errors."""
        return max(0, sum(name not in self._features for name in features) - MAX_ERRORS)

    def _value_errors(self, features: dict[str, Any]) -> Iterator[FieldError]:
        """The errors of the model's own features, in the order of the model."""
        try:
            self.model.model_validate(self._with_nulls(features))
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False, include_input=False)
            for detail in details:
                feature = self._features[str(detail["loc"][0])]
                if feature.name in features:
                    yield invalid_error(feature, features[feature.name])
                else:
                    yield missing_error(feature)


def refusal(errors: tuple[FieldError, ...], count: int) -> RequestError:
    """The 422 with `errors`, the listed ones of `count`."""
    first = errors[0].message
    detail = first if count == 1 else f"{count} fields are refused, the first: {first}"
    return RequestError(detail, status=422, title="Features refused", errors=errors)


def features_model(features: Mapping[str, ModelFeature]) -> type[BaseModel]:
    """The pydantic model of a request's features.

    Fields are found by alias because a lender may call a feature "_id" or "model_config".
    """
    fields: dict[str, Any] = {f"f{i}": _field(f) for i, f in enumerate(features.values())}
    return create_model("Features", __config__=STRICT, **fields)


def _field(feature: ModelFeature) -> tuple[Any, Any]:
    levels = feature.feature.levels
    value_type = Literal[levels] if levels else _number(feature)
    field = Field(
        default=None if feature.nullable else ...,
        alias=feature.name,
        title=feature.name,
        description=feature.feature.meaning,
    )
    return (Optional[value_type] if feature.nullable else value_type), field  # noqa: UP045 - a value


def _number(feature: ModelFeature) -> Any:
    """3.0 is a whole number: JSON has one type of number, and data frames write integers so."""
    low, high = bounds(feature.feature)
    multiple = 1 if feature.feature.whole else None
    return Annotated[float, Field(ge=low, le=high, multiple_of=multiple)]
