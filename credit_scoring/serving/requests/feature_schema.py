"""What a request must hold, made from the model's own features: strict, every offending field named at once."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.errors import FieldError, RequestError
from credit_scoring.serving.requests.batch_validation import AtOnce, bounds
from credit_scoring.serving.requests.messages import (
    HINTS,
    MOST_ERRORS,
    derived,
    missing,
    unknown,
    wrong,
)

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())


class RequestSchema:
    """The check of one applicant's features. `model` is its pydantic model, a field per asked feature.

    `names` are the features'; `marks` the source's own values for "no value" (365243, "XNA") of each feature that has
    any and may be missing.
    `at_once` tells of many whether they are plainly right. `kind` is what a name must be, for the refusal of one that
    is not.
    """

    def __init__(
        self, features: Sequence[ModelFeature], kind: str = "a feature of this model"
    ) -> None:
        self._kind = kind
        self._asked = {feature.name: feature for feature in features if feature.asked}
        self._derived = {feature.name: feature for feature in features if not feature.asked}
        self.names = frozenset(self._asked)
        self.marks = {
            name: marks for name, feature in self._asked.items() if (marks := _marks(feature))
        }
        self.model = features_model(self._asked)
        self.at_once = AtOnce(list(self._asked.values()), self.marks)

    def check(self, features: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `features` as they are, all valid; else RequestError 422 names every offending one."""
        if errors := self.errors(features):
            raise refusal(errors, len(errors) + self._unlisted(features))
        return features

    def errors(self, features: Mapping[str, Any]) -> tuple[FieldError, ...]:
        """Every offending field of `features`, none where all are valid; of unknown names `MOST_ERRORS`."""
        try:
            self.model.model_validate(self._without_marks(features))
        except ValidationError:  # its text repeats values, which no log may hold
            known = {name: value for name, value in features.items() if name in self._asked}
            return (
                *self._wrong(known),
                *self._foreign([name for name in features if name not in self._asked]),
            )
        return ()

    def _without_marks(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """A copy where the source's own marks for "no value" (365243, "XNA") are None."""
        values = dict(features)
        for name, marks in self.marks.items():
            if values.get(name) in marks:
                values[name] = None
        return values

    def _unlisted(self, features: Mapping[str, Any]) -> int:
        """How many unknown names are not listed among the errors."""
        return max(0, sum(name not in self._asked for name in features) - MOST_ERRORS)

    def _wrong(self, known: dict[str, Any]) -> Iterator[FieldError]:
        """The errors of the model's own features, in the order of the model."""
        try:
            self.model.model_validate(self._without_marks(known))
        except ValidationError as error:
            for found in error.errors(
                include_url=False, include_context=False, include_input=False
            ):
                asked = self._asked[str(found["loc"][0])]
                yield wrong(asked, known[asked.name]) if asked.name in known else missing(asked)

    def _foreign(self, names: list[str]) -> Iterator[FieldError]:
        """The errors of names that a request may not hold, in the order sent; beyond `MOST_ERRORS` none."""
        hints = iter([list(self._asked)] * HINTS)
        for name in islice(names, MOST_ERRORS):
            known = self._derived.get(name)
            yield derived(known) if known else unknown(name, next(hints, []), self._kind)


def refusal(errors: tuple[FieldError, ...], count: int) -> RequestError:
    """The 422 that names `errors`, the listed ones of `count`."""
    detail = (
        errors[0].message
        if count == 1
        else f"{count} fields are refused, the first: {errors[0].message}"
    )
    return RequestError(detail, status=422, title="Features refused", errors=errors)


def features_model(asked: Mapping[str, ModelFeature]) -> type[BaseModel]:
    """The pydantic model of the features a request holds, by alias: a lender may call one "_id" or "model_config"."""
    fields: dict[str, Any] = {f"f{i}": _field(feature) for i, feature in enumerate(asked.values())}
    return create_model("Features", __config__=STRICT, **fields)


def _field(asked: ModelFeature) -> tuple[Any, Any]:
    kind = Literal[asked.feature.levels] if asked.feature.levels else _float(asked)
    default = None if asked.nullable else ...
    about = Field(
        default=default, alias=asked.name, title=asked.name, description=asked.feature.meaning
    )
    return (Optional[kind] if asked.nullable else kind), about  # noqa: UP045 - `|` is not for values


def _float(asked: ModelFeature) -> Any:
    """3.0 is whole: JSON has one kind of number, and data frames write their integers so."""
    low, high = bounds(asked)
    return Annotated[float, Field(ge=low, le=high, multiple_of=1 if asked.feature.whole else None)]


def _marks(asked: ModelFeature) -> tuple[Any, ...]:
    """The values that mean "no value"; none where the feature may not be missing."""
    sentinel = asked.feature.sentinel
    return (
        (*asked.feature.missing, *(() if sentinel is None else (sentinel,)))
        if asked.nullable
        else ()
    )
