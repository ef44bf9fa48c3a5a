"""The document's component schemas, generated from the types of the requests and the answers.

`schema_details.toml` adds what types do not tell: descriptions, bounds, formats and examples.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from credit_scoring.decisions.decision_queries import DETAILS
from credit_scoring.decisions.records import Outcome, Review, StoredDecision
from credit_scoring.deployments.deployment_log import Deployment
from credit_scoring.deployments.stored_models import ModelDescription
from credit_scoring.errors import FieldError
from credit_scoring.features.feature import Feature
from credit_scoring.monitoring.drift.results import DriftVerdict, FeatureDrift, MovedFeature
from credit_scoring.monitoring.performance.results import (
    CalibrationVerdict,
    ExpectedPerformance,
    PerformanceReport,
    RealisedPerformance,
)
from credit_scoring.monitoring.summary_shape import FeatureSummary, MonitoringSummary
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.validation.feature_schema import RequestSchema
from credit_scoring.serving import answers
from credit_scoring.serving.requests.raw_records import APPLICATION, record_schemas
from credit_scoring.serving.requests.request_models import (
    BatchRequest,
    DeployRequest,
    ExplainOptions,
    OutcomeRequest,
    ReviewRequest,
)

Schema = dict[str, Any]
DETAILS_FILE = Path(__file__).with_name("schema_details.toml")
LEFT_OUT_IF_NONE = (FieldError, Feature)  # answered without the members that are None
SINGLE_TYPES = (
    answers.Problem, answers.Links, answers.Health, answers.Live, answers.Ready, answers.ModelInfo,
    answers.ModelFeatures, answers.Batch, answers.ApplicantAnswer, answers.DecisionPage,
    answers.Models, FieldError, StoredDecision, Deployment, ModelDescription, BatchRequest,
    ReviewRequest, OutcomeRequest, DeployRequest, MonitoringSummary, FeatureSummary,
    ExpectedPerformance,
)  # fmt: skip
COMPONENTS: dict[str, tuple[Any, ...]] = {
    **{single_type.__name__: (single_type,) for single_type in SINGLE_TYPES},
    # Answers with the members of several types:
    "ModelFeature": (Feature, answers.FeatureRole),
    "Decision": (Decision, answers.DecisionId),
    "WhatIf": (Decision, answers.WhatIf),
    "BatchDecision": (answers.BatchIndex, Decision, answers.DecisionId),
    "Explanation": (Decision, answers.DecisionId, answers.ExplanationAnswer),
    "ReviewAnswer": (answers.DecisionId, Review),
    "DeploymentAnswer": (answers.DeploymentAnswer,),
    "OutcomeAnswer": (answers.DecisionId, Outcome),
    "FeatureDrift": (FeatureDrift, answers.DriftBand),
    "MovedFeature": (answers.FeatureName, MovedFeature, answers.Finding),
    "DriftVerdict": (answers.Verdict, DriftVerdict),
    "RealisedPerformance": (RealisedPerformance, answers.KnownOutcomes),
    "PerformanceReport": (PerformanceReport,),
    "CalibrationVerdict": (answers.Verdict, CalibrationVerdict, answers.CalibrationState),
}


class ComponentGenerator(GenerateJsonSchema):
    """Schemas of what JSON holds: an answer's members are all present, an option is never null.

    The mode "serialization" is for answers. "validation" is for requests, and for answers that
    leave out members that are None.
    """

    def nullable_schema(self, schema: Any) -> Schema:
        """In a request, None is a member that is left out."""
        if self.mode == "validation":
            return self.generate_inner(schema["schema"])
        return super().nullable_schema(schema)

    def default_schema(self, schema: Any) -> Schema:
        """Do not declare defaults."""
        return self.generate_inner(schema["schema"])

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: FBT001 - pydantic's
        """A dataclass is answered with all its fields."""
        is_answered = self.mode == "serialization" and field["type"] == "dataclass-field"
        return is_answered or super().field_is_required(field, total)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's
        """The names of fields are enough."""
        return False


def component_schemas(features: RequestSchema, *, takes_raw: bool) -> Schema:
    """Every schema by name, for a model of these `features` that may also take raw records."""
    bodies = ["Features", "FeaturesRequest", *(["RawRecords"] if takes_raw else [])]
    explained = {"features": _ref("Features"), **query_properties(ExplainOptions)}
    changed = {"features": _ref("Features"), "overrides": _ref("ChangedFeatures")}
    schemas = {
        **fixed_schemas(),
        "Features": request_schema(features),
        "PredictRequest": {"anyOf": [_ref(name) for name in bodies]},
        "ExplainRequest": {
            "description": "As in /predict, with `what_would_change` and `applicant_id`.",
            "anyOf": _bodies(explained, bodies),
        },
        "WhatIfRequest": {
            "description": "As in /predict, with `overrides` next to `features`.",
            "anyOf": _bodies(changed, bodies),
        },
    }
    return schemas | _raw_record_schemas() if takes_raw else schemas


def _bodies(wrapped: Schema, bodies: list[str]) -> list[Schema]:
    """The schemas of `bodies`; features in a wrapper have the members `wrapped`."""
    others = [_ref(name) for name in bodies if name != "FeaturesRequest"]
    return [_object(wrapped, ["features"], additionalProperties=False), *others]


def request_schema(schema: RequestSchema) -> Schema:
    """The JSON schema of a `RequestSchema`; the sentinel values are allowed, too."""
    json_schema = schema.model.model_json_schema()
    for name, marks in schema.missing_marks.items():
        json_schema["properties"][name]["anyOf"].append(
            {"enum": list(marks), "description": "a sentinel value: missing"}
        )
    for field in json_schema["properties"].values():
        field.pop("title")
        field.pop("default", None)
    return {**json_schema, "title": "Features"}


def _raw_record_schemas() -> Schema:
    """The schemas of raw records: one per source table, and the body that holds them."""
    rows = {
        f"{name}_record": {**request_schema(schema), "title": name}
        for name, schema in record_schemas().items()
    }
    tables = {name: {"type": "array", "items": _ref(f"{name}_record")} for name in record_schemas()}
    tables[APPLICATION] = _ref(f"{APPLICATION}_record")
    body = _object(
        tables,
        [APPLICATION],
        additionalProperties=False,
        title="Raw records",
        description="An applicant's rows of the source tables, with the tables' own columns.",
    )
    return {**rows, "RawRecords": body}


@cache
def fixed_schemas() -> Schema:
    """The schemas that do not depend on the loaded model."""
    details = tomllib.loads(DETAILS_FILE.read_text(encoding="utf-8"))
    members = details.pop("members")
    nested: Schema = {}
    schemas = {name: _merge(types, nested) for name, types in COMPONENTS.items()}
    described = {
        name: _with_details(schema, members, details.get(name, {}))
        for name, schema in {**details, **nested, **schemas}.items()
    }
    return {**described, "StoredSummary": _without(described["StoredDecision"], DETAILS)}


def query_properties(model: type[BaseModel]) -> Schema:
    """The schemas of the fields of a query or of options, by name."""
    properties: Schema = _schema_of(model)["properties"]
    return properties


def _merge(types: tuple[Any, ...], nested: Schema) -> Schema:
    """The schema with the properties of all `types`; the types they refer to go to `nested`."""
    merged = _object({}, [])
    for answer_type in types:
        schema = _schema_of(answer_type)
        nested.update(schema.pop("$defs", {}))
        merged["properties"] |= schema["properties"]
        merged["required"] += schema.get("required", [])
        merged |= {key: schema[key] for key in ("additionalProperties", "example") if key in schema}
    return merged


def _schema_of(answer_type: Any) -> Schema:
    is_request = isinstance(answer_type, type) and issubclass(answer_type, BaseModel)
    return TypeAdapter(answer_type).json_schema(
        ref_template=_ref("{model}")["$ref"],
        schema_generator=ComponentGenerator,
        mode="validation" if is_request or answer_type in LEFT_OUT_IF_NONE else "serialization",
    )


def _without(schema: Schema, names: tuple[str, ...]) -> Schema:
    kept = {name: value for name, value in schema["properties"].items() if name not in names}
    return _object(kept, list(kept))


def _with_details(schema: Schema, members: Schema, details: Schema) -> Schema:
    """`schema` with the details of its own members; else with those of `members` so called."""
    if "properties" not in schema:
        return schema
    own = details.get("properties", {})
    described = {
        name: _override(member, own.get(name, members.get(name, {})))
        for name, member in schema["properties"].items()
    }
    return {**schema, **details, "properties": described}


def _override(member: Schema, details: Schema) -> Schema:
    """A type in `details` replaces the generated schema; other details are added to it."""
    replaces = not details.keys().isdisjoint({"type", "enum", "$ref"})
    return details if replaces else {**member, **details}


def _object(members: Schema, required: list[str], **details: Any) -> Schema:
    return {"type": "object", "properties": members, "required": required, **details}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
