"""The pydantic models of queries and small bodies, and their validation.

A refusal names every offending field: "limit is 0: expected a whole number from 1 to 500".
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from flask import request
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    WithJsonSchema,
)

from credit_scoring.contracts.scalar_check import is_whole_number
from credit_scoring.errors import FieldError, RequestError
from credit_scoring.scoring.validation.error_budget import ErrorBudget
from credit_scoring.scoring.validation.identifier import INVISIBLE, MAX_LENGTH, ONE_LINE
from credit_scoring.scoring.validation.messages import error_value, quote, unknown_name_errors

DIGITS = re.compile(r"(0|[1-9][0-9]*)(\.0+)?")  # a number as JSON writes it
LINES = rf"^(?![\s\S]*[\x00-\x08\x0b\x0c\x0e-\x1f{INVISIBLE}])\s*\S"
YEAR = "(197[1-9]|19[89][0-9]|[2-9][0-9]{3})"  # the ids of decisions count milliseconds from 1970
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
TIME = rf"{YEAR}-[0-9]{{2}}-[0-9]{{2}}(T{CLOCK}:[0-5][0-9](\.[0-9]+)?(Z|[+-]{CLOCK}))?"
TIME_SCHEMA = {
    "type": "string",
    "pattern": f"^{TIME}$",
    "anyOf": [{"format": "date"}, {"format": "date-time"}],
}
UUID_TEXT = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
EXPECTED = {
    "boolean": "true or false",
    "array": "a list of objects",
    "date or date-time": "a date such as 2026-11-21, or a time such as 2026-11-21T14:00:00Z",
    "uuid": "a decision_id",
}
Model = TypeVar("Model", bound="RequestModel")


def _whole_to_int(value: object) -> object:
    return int(value) if is_whole_number(value) else value  # type: ignore[call-overload]


def _parse_digits(value: object) -> int:
    match = DIGITS.fullmatch(str(value))
    if not match:
        raise ValueError("not digits")
    return int(match[1])


def _parse_boolean(value: object) -> bool:
    return ("false", "true").index(str(value)) == 1


def _parse_time(value: object) -> datetime:
    if not re.fullmatch(TIME, str(value)):
        raise ValueError("not a date or time")
    time = datetime.fromisoformat(str(value))
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _parse_uuid(value: object) -> UUID:
    if not re.fullmatch(UUID_TEXT, str(value)):
        raise ValueError("not a UUID")
    return UUID(str(value))


AcceptedOrRefused = Literal["ACCEPTED", "REFUSED"]
OneLine = Annotated[str, Field(pattern=ONE_LINE)]
Identifier = Annotated[OneLine, Field(min_length=1, max_length=MAX_LENGTH)]
Version = Annotated[OneLine, Field(min_length=1, max_length=64)]
Time = Annotated[datetime, BeforeValidator(_parse_time), WithJsonSchema(TIME_SCHEMA)]
Cursor = Annotated[UUID, BeforeValidator(_parse_uuid)]
LoanOutcome = Annotated[int, Field(ge=0, le=1), BeforeValidator(_whole_to_int)]
# As a query writes them:
Digits = BeforeValidator(_parse_digits)
Boolean = Annotated[bool, BeforeValidator(_parse_boolean)]


def _with_example(**example: JsonValue) -> ConfigDict:
    """The configuration of a body with an example, for errors and the OpenAPI document."""
    return ConfigDict(json_schema_extra={"example": example})


class RequestModel(BaseModel):
    """A body or a query: no unknown fields, no implicit conversion of types."""

    # Python's regular expressions, because Rust's do not look ahead.
    model_config = ConfigDict(
        extra="forbid", strict=True, protected_namespaces=(), regex_engine="python-re"
    )


class DecisionQuery(RequestModel):
    """The query of GET /decisions."""

    decision: AcceptedOrRefused | None = Field(None, description="Only these decisions.")
    applicant_id: Identifier | None = Field(None, description="Only decisions on this applicant.")
    model_version: Version | None = Field(None, description="Only decisions of this model.")
    since: Time | None = Field(
        None, description="Only decisions from this time on; a date begins at midnight UTC."
    )
    until: Time | None = Field(None, description="Only decisions before this time.")
    reviewed: Boolean | None = Field(
        None, description="Only decisions that a person reviewed, or did not review."
    )
    outcome: Annotated[LoanOutcome, Digits] | None = Field(
        None, description="Only decisions whose loan was repaid (0) or defaulted (1)."
    )
    cursor: Cursor | None = Field(None, description="The `next` of the previous page.")
    limit: Annotated[int, Digits] = Field(50, ge=1, le=500, description="Decisions per page.")


class MonitoringQuery(RequestModel):
    """The query of GET /monitoring/summary and GET /monitoring/features/{name}."""

    since: Time | None = Field(
        None, description="Days from this one on, in UTC. By default 90 days before the last one."
    )
    until: Time | None = Field(
        None, description="Days before this time; midnight excludes its day. By default today."
    )
    against_since: Time | None = Field(
        None, description="Start of another window that drift compares with, instead of training."
    )
    against_until: Time | None = Field(None, description="End of that window.")
    model: Version | None = Field(
        None, description="Version, or start of the digest; by default the model in use."
    )
    language: Literal["en", "fr"] = Field("en", description="Language of the sentences.")


class ReviewRequest(RequestModel):
    """A person's decision over the model's."""

    model_config = _with_example(
        outcome="ACCEPTED",
        reviewer="A. Martin",
        reason="The late payments were a bank's error, since corrected.",
    )
    outcome: AcceptedOrRefused
    reviewer: Identifier = Field(description="One line.")
    reason: str = Field(min_length=1, max_length=2000, pattern=LINES)


class OutcomeRequest(RequestModel):
    """The outcome of a loan."""

    model_config = _with_example(outcome=0)
    outcome: LoanOutcome = Field(description="0 repaid, 1 default.")


class DeployRequest(RequestModel):
    """The model to deploy: the one at a `source`, or a stored `version`."""

    model_config = _with_example(version="0a1b2c3d4e5f", reason="The new one refuses too many.")
    source: Annotated[OneLine, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Where the service fetches it from: the configured source, for example."
    )
    version: Version | None = Field(None, description="A version that GET /admin/models lists.")
    reason: str = Field(
        min_length=1,
        max_length=2000,
        pattern=LINES,
        description="Reason, for the log of deployments.",
    )


class BatchRequest(RequestModel):
    """Applicants to decide on together; each is validated separately."""

    applicants: list[Any]


class ExplainOptions(RequestModel):
    """What POST /predict/explain takes next to the features."""

    what_would_change: bool = Field(
        False, description="Whether to search for changes that would turn a refusal."
    )
    applicant_id: Identifier | None = Field(
        None, description="The applicant's number, under which the log finds the decision."
    )


def example_of(model: type[RequestModel]) -> str:
    """The example of a body, as JSON."""
    return json.dumps(model.model_json_schema()["example"], ensure_ascii=False)


def query_values() -> dict[str, Any]:
    """The query's parameters; a repeated one becomes a list, which no parameter accepts."""
    return {
        name: values[0] if len(values) == 1 else values for name, values in request.args.lists()
    }


def validate(
    model: type[Model], values: Mapping[str, Any], title: str = "Request refused", example: str = ""
) -> Model:
    """Return `values` as a `model`; RequestError 422 names every offending field.

    The errors of lists show `example`.
    """
    known = {name: value for name, value in values.items() if name in model.model_fields}
    unknown = [name for name in values if name not in known]
    errors = []
    try:
        validated = model.model_validate(known)
    except ValidationError as error:
        errors = list(_field_errors(model, known, error, example))
    errors += unknown_name_errors(
        unknown, model.model_fields, "a field of this request", ErrorBudget()
    )
    if errors:
        raise RequestError(errors[0].message, status=422, title=title, errors=tuple(errors))
    return validated


def _field_errors(
    model: type[RequestModel], values: Mapping[str, Any], error: ValidationError, example: str
) -> Iterator[FieldError]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(detail["loc"][0])
        schema = properties(model)[name]
        such_as = f" such as {example}" if schema.get("type") == "array" and example else ""
        remedy = f"expected {expected(schema)}{such_as}"
        if name in values:
            message = f"{name} is {quote(values[name])}: {remedy}"
            yield FieldError(name, message, error_value(values[name]))
        else:
            yield FieldError(name, f"{name} is missing: {remedy}")


@cache
def properties(model: type[RequestModel]) -> dict[str, dict[str, Any]]:
    """The JSON schema of each field of `model`."""
    schemas: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
    return {name: schema.get("anyOf", [schema])[0] for name, schema in schemas.items()}


def expected(schema: Mapping[str, Any]) -> str:
    """The values that a JSON schema allows, in words.

    >>> expected({"type": "integer", "minimum": 0, "maximum": 1})
    'a whole number from 0 to 1'
    """
    if "enum" in schema:
        return f"one of {', '.join(map(quote, schema['enum']))}"
    if "maxLength" in schema:
        low, high = schema["minLength"], schema["maxLength"]
        return f"a text of {low} to {high} printable characters"
    if schema["type"] == "integer":
        return f"a whole number from {schema['minimum']} to {schema['maximum']}"
    formats = [option["format"] for option in schema.get("anyOf", [schema]) if "format" in option]
    return EXPECTED[" or ".join(formats) or schema["type"]]
