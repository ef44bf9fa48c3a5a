"""Validation of one applicant's features against the loaded model: strict, names every error."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Annotated, Any, Literal, Optional

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    create_model,
)

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.column_check import bounds
from credit_scoring.contracts.scalar_check import is_whole_number, missing_marks
from credit_scoring.errors import FieldError
from credit_scoring.scoring.validation.batch_validation import BatchValidator
from credit_scoring.scoring.validation.error_budget import ErrorBudget
from credit_scoring.scoring.validation.messages import (
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

    def validate(
        self, features: Mapping[str, Any], budget: ErrorBudget | None = None
    ) -> Mapping[str, Any]:
        """Return `features` unchanged; RequestError 422 names every invalid one.

        `budget` is that of the request, if it has further features to validate.
        """
        if self._violations(features) is None:
            return features
        budget = budget or ErrorBudget()
        errors, count = self._errors_and_count(features, budget)
        raise budget.refusal(errors, count)

    def errors(self, features: Mapping[str, Any], budget: ErrorBudget) -> Iterator[FieldError]:
        """Every invalid field of `features`; at most `MAX_ERRORS` of them are unknown names."""
        if self._violations(features) is None:
            return iter(())
        return self._errors_and_count(features, budget)[0]

    def _errors_and_count(
        self, features: Mapping[str, Any], budget: ErrorBudget
    ) -> tuple[Iterator[FieldError], int]:
        """The errors of invalid features, computed as they are read, and their number."""
        known = {name: value for name, value in features.items() if name in self._features}
        unknown = [name for name in features if name not in self._features]
        violations = self._violations(known)
        errors = chain(
            self._value_errors(known, violations, budget),
            unknown_name_errors(unknown, list(self._features), self._kind, budget, self._derived),
        )
        return errors, len(unknown) + (0 if violations is None else violations.error_count())

    def _violations(self, features: Mapping[str, Any]) -> ValidationError | None:
        """The violations; None if all is valid. Their text repeats values: never log it."""
        try:
            self.model.model_validate(self._with_nulls(features))
        except ValidationError as error:
            return error
        return None

    def _with_nulls(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """A copy with null for the sentinel values."""
        values = dict(features)
        for name, marks in self.missing_marks.items():
            if values.get(name) in marks:
                values[name] = None
        return values

    def _value_errors(
        self, features: Mapping[str, Any], violations: ValidationError | None, budget: ErrorBudget
    ) -> Iterator[FieldError]:
        """The errors of the model's own features, in the order of the model."""
        if violations is None:
            return
        details = violations.errors(include_url=False, include_context=False, include_input=False)
        for detail in details:
            feature = self._features[str(detail["loc"][0])]
            if feature.name in features:
                yield invalid_error(feature, features[feature.name], budget)
            else:
                yield missing_error(feature)


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
    is_exclusive = feature.feature.exclusive_minimum
    limits = Field(gt=low, le=high) if is_exclusive else Field(ge=low, le=high)
    number = Annotated[float, limits]
    if not feature.feature.whole:
        return number
    lowest = "exclusiveMinimum" if is_exclusive else "minimum"
    schema = {"type": "integer", lowest: low, "maximum": high}
    return Annotated[number, AfterValidator(_require_whole), WithJsonSchema(schema)]


def _require_whole(value: float) -> float:
    """The exact check: pydantic's `multiple_of` accepts 2.9999999999."""
    if not is_whole_number(value):
        raise ValueError("not whole")
    return value
