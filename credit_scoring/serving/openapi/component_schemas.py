"""The schemas of the document: those of schemas.toml written out, and those that the model and the contracts make."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from credit_scoring.serving.requests.feature_schema import RequestSchema
from credit_scoring.serving.requests.raw_records import APPLICATION, schemas

Schema = dict[str, Any]
WHAT_IF = {
    "type": "boolean",
    "description": "Whether to look for changes that would turn a refusal.",
}


def shapes(features: RequestSchema, *, takes_raw: bool) -> Schema:
    """Every schema by name, for a model that asks for `features` and perhaps takes raw records."""
    ways = ["Features", "FeaturesRequest", *(["RawRecords"] if takes_raw else [])]
    explained = _object(
        {"features": _ref("Features"), "what_would_change": WHAT_IF}, required=["features"]
    )
    made = {
        **written(),
        "Features": of_request(features),
        "PredictRequest": {"anyOf": list(map(_ref, ways))},
        "ExplainRequest": {
            "description": "As in /predict; `what_would_change` may stand beside whatever is sent.",
            "anyOf": [explained, *map(_ref, [ways[0], *ways[2:]])],
        },
    }
    return made | _records() if takes_raw else made


def of_request(schema: RequestSchema) -> Schema:
    """The JSON schema of a check; the source's own marks for "no value" stand beside null."""
    made = schema.model.model_json_schema()
    for name, marks in schema.marks.items():
        made["properties"][name]["anyOf"].append(
            {"enum": list(marks), "description": "the source's mark for no value"}
        )
    for about in made["properties"].values():
        about.pop("title")
        about.pop("default", None)
    return {**made, "title": "Features"}


def _records() -> Schema:
    """Raw records by source table."""
    rows = {
        f"{name}_record": {**of_request(schema), "title": name}
        for name, schema in schemas().items()
    }
    tables = {name: {"type": "array", "items": _ref(f"{name}_record")} for name in schemas()}
    about = {
        "description": "An applicant's rows of the source tables, their own columns.",
        "title": "Raw records",
    }
    tables[APPLICATION] = _ref(f"{APPLICATION}_record")
    return {**rows, "RawRecords": {**_object(tables, required=[APPLICATION]), **about}}


@cache
def written() -> Schema:
    """The schemas of schemas.toml."""
    raw = tomllib.loads(Path(__file__).with_name("schemas.toml").read_text(encoding="utf-8"))
    return {name: _expanded(schema) for name, schema in raw.items()}


def _expanded(raw: Any) -> Any:
    """A schema without our shorthand."""
    if isinstance(raw, list):
        return [_expanded(each) for each in raw]
    if not isinstance(raw, dict):
        return raw
    if "ref" in raw:
        return {**_ref(raw["ref"]), **{key: value for key, value in raw.items() if key != "ref"}}
    if "list" in raw:
        return {
            "type": "array",
            "items": _ref(raw["list"]),
            **{k: v for k, v in raw.items() if k != "list"},
        }
    shorthand = {
        key for key in ("optional", "nullable") if isinstance(raw.get(key), list)
    }  # not a member called so
    rest = {key: _expanded(value) for key, value in raw.items() if key not in shorthand}
    if isinstance(raw.get("properties"), dict) and "type" not in raw:
        optional, nullable = raw.get("optional", ()), raw.get("nullable", ())
        properties = {n: _or_null(s) if n in nullable else s for n, s in rest["properties"].items()}
        return {**rest, **_object(properties, [n for n in properties if n not in optional], rest)}
    return rest


def _object(properties: Schema, required: list[str], about: Schema | None = None) -> Schema:
    closed = (about or {"additionalProperties": False}).get("additionalProperties", True)
    made = {"type": "object", "properties": properties, "required": required}
    return made if closed else {**made, "additionalProperties": False}


def _or_null(schema: Schema) -> Schema:
    kinds = schema["type"]
    return {**schema, "type": [*(kinds if isinstance(kinds, list) else [kinds]), "null"]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
