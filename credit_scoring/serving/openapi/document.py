"""The OpenAPI 3.1 document, made from `operations.toml`, the schemas and the app's routes."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask
from pydantic import BaseModel

from credit_scoring.access.api_key import SCOPES
from credit_scoring.scoring.validation.error_budget import ErrorBudget
from credit_scoring.scoring.validation.messages import invalid_error
from credit_scoring.serving.middleware.authentication import PUBLIC
from credit_scoring.serving.middleware.problems import MEDIA_TYPE, problem_type
from credit_scoring.serving.openapi.component_schemas import component_schemas, query_properties
from credit_scoring.serving.pages.page import is_for_people_only
from credit_scoring.serving.requests.body_shape import example_feature
from credit_scoring.serving.requests.json_body import expected_object
from credit_scoring.serving.requests.raw_records import takes_raw_records
from credit_scoring.serving.requests.request_models import DecisionQuery, MonitoringQuery
from credit_scoring.serving.service import Service

JSON = "application/json"
KEY, SESSION, TOKEN = "key", "session", "token"  # names of [security]
EVERYWHERE = ("500",)
WITH_KEY = ("401", "403", "429", "503")
WITH_BODY = ("400", "408", "413", "415", "422")
QUERIES: dict[str, type[BaseModel]] = {
    "GET /decisions": DecisionQuery,
    "GET /monitoring/summary": MonitoringQuery,
    "GET /monitoring/features/{name}": MonitoringQuery,
}
REFUSED_VALUE = "a lot"  # in the example of a refusal
RAW_EXAMPLE = Path(__file__).parents[3] / "examples/raw.json"  # not in an installed package
Table = dict[str, Any]


def document(app: Flask, current: Service, cookie: str) -> Table:
    """The OpenAPI document of the routes of `app`, for the model that it serves.

    `cookie` is the name of the session's cookie.
    """
    table = operations()
    scopes = dict(routes(app))
    takes_raw = takes_raw_records(current.schema.names)
    examples = _examples(current, takes_raw=takes_raw)
    paths: Table = {}
    for route, row in table["operations"].items():
        if route in scopes:
            method, path = route.split()
            text = _description(row, takes_raw=takes_raw)
            operation = _operation(route, {**row, **text}, scopes[route], examples)
            paths.setdefault(path, {})[method.lower()] = operation
    fixed = table["document"]
    return {
        **fixed,
        "info": {**fixed["info"], "version": current.scorer.version},
        "tags": [{"name": name, "description": text} for name, text in table["tags"].items()],
        "paths": paths,
        "components": _components(
            {**table, "problems": _problems(table, current)},
            component_schemas(current.schema, takes_raw=takes_raw),
            cookie,
        ),
    }


@cache
def operations() -> Table:
    """The content of `operations.toml`."""
    return tomllib.loads(Path(__file__).with_name("operations.toml").read_text(encoding="utf-8"))


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Each route as "GET /decisions/{decision_id}", with the scope it requires.

    Static files and pages for people only (`for_people_only`) are left out.
    """
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if rule.endpoint != "static" and not is_for_people_only(view):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            scope = getattr(view, "scope", "admin")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield f"{method} {path}", scope


def _operation(route: str, row: Table, scope: str, examples: Mapping[str, Table]) -> Table:
    operation = {
        "operationId": re.sub(r"\W+", "_", route.lower()).strip("_"),
        "tags": [row["tag"]],
        "summary": row["summary"],
        "description": row["description"],
        "parameters": _parameters(route, row),
        "responses": _responses(row, scope),
    }
    if scope != PUBLIC:
        operation["security"] = _security(route, scope)
    if "body" in row:
        content: Table = {"schema": _ref("schemas", row["body"])}
        if row["body"] in examples:
            content["examples"] = examples[row["body"]]
        operation["requestBody"] = {"required": True, "content": {JSON: content}}
    return operation


def _security(route: str, scope: str) -> list[Table]:
    """The two ways to authenticate: a key, or the session of a browser."""
    token: Table = {} if route.startswith("GET ") else {TOKEN: []}
    return [{KEY: [scope]}, {SESSION: [scope], **token}]


def _description(row: Table, *, takes_raw: bool) -> Table:
    """The description of an operation, with that of raw records if the model takes them."""
    texts = (
        row.get("description", row["summary"]),
        *([row["raw"]] * takes_raw if "raw" in row else ()),
    )
    return {"description": " ".join(texts)}


def _problems(table: Table, current: Service) -> Table:
    """The rows of problems by status; the examples of 400 and 422 are those of the model."""
    manifest = current.bundle.manifest
    feature = example_feature(manifest.features, current.example())
    error = invalid_error(feature, REFUSED_VALUE, ErrorBudget())
    shown = expected_object(current.shapes["features"].example)
    malformed = f"the body is not JSON (Expecting value, line 1, column 14): {shown}"
    changes: Table = {
        "400": {"detail": malformed},
        "422": {"detail": error.message, "errors": [vars(error)]},
    }
    return {s: row | changes.get(s, {}) for s, row in table["problems"].items()}


def _parameters(route: str, row: Table) -> list[Table]:
    in_path = re.findall(r"{(\w+)}", route)
    shared = [*in_path, *row.get("query", ()), *row.get("headers", ()), "X-Request-ID"]
    query = query_properties(QUERIES[route]) if route in QUERIES else {}
    return [
        *(_query_parameter(name, schema) for name, schema in query.items()),
        *(_ref("parameters", name) for name in shared),
    ]


def _query_parameter(name: str, schema: Table) -> Table:
    described = {"name": name, "in": "query", "description": schema["description"]}
    return {**described, "schema": {key: v for key, v in schema.items() if key != "description"}}


def _responses(row: Table, scope: str) -> Table:
    """The answer of an operation and its possible problems, by status."""
    media_types = row.get("media", [JSON])
    schemas = {media_types[0]: row["answer"]}
    headers = ["X-Request-ID", *(["Idempotent-Replayed"] if row.get("headers") else [])]
    answer = {
        "description": row["summary"],
        "headers": _headers(headers),
        "content": {
            media_type: {"schema": _ref("schemas", schemas.get(media_type, "Page"))}
            for media_type in media_types
        },
    }
    problems = {
        *EVERYWHERE,
        *(WITH_KEY if scope != PUBLIC else ()),
        *(WITH_BODY if "body" in row else ()),
        *map(str, row.get("problems", ())),
    }
    return {
        str(row.get("status", HTTPStatus.OK)): answer,
        **{status: _ref("responses", status) for status in sorted(problems)},
    }


def _security_schemes(schemes: Table, cookie: str) -> Table:
    scopes = "; ".join(f"`{scope}`: {text}" for scope, text in SCOPES.items())
    description = f"{schemes[KEY]['description']} Scopes: {scopes}."
    return {
        **schemes,
        KEY: {**schemes[KEY], "description": description},
        SESSION: {**schemes[SESSION], "name": cookie},
    }


def _components(table: Table, schemas: Table, cookie: str) -> Table:
    problems = table["problems"].items()
    return {
        "schemas": schemas,
        "parameters": {name: _parameter(name, row) for name, row in table["parameters"].items()},
        "headers": table["headers"],
        "responses": {status: _problem(int(status), row) for status, row in problems},
        "securitySchemes": _security_schemes(table["security"], cookie),
    }


def _parameter(name: str, row: Table) -> Table:
    return {"name": name, **row, **({"required": True} if row["in"] == "path" else {})}


def _problem(status: int, row: Table) -> Table:
    title = row.get("title", HTTPStatus(status).phrase)
    example = {
        "type": problem_type(status, title),
        "title": title,
        "status": status,
        "detail": row["detail"],
        **({"errors": row["errors"]} if "errors" in row else {}),
    }
    return {
        "description": row["description"],
        "headers": _headers(["X-Request-ID", *row.get("headers", ())]),
        "content": {MEDIA_TYPE: {"schema": _ref("schemas", "Problem"), "example": example}},
    }


def _examples(current: Service, *, takes_raw: bool) -> dict[str, Table]:
    """Requests that the model answers, by the schema of their body."""
    golden_rows = current.bundle.manifest.golden_rows
    applicants = {row.get("name", "example"): row["features"] for row in golden_rows}
    bodies = {name: {"features": features} for name, features in applicants.items()}
    predict: Table = dict(bodies)
    if takes_raw and RAW_EXAMPLE.exists():
        predict["raw records"] = json.loads(RAW_EXAMPLE.read_text(encoding="utf-8"))
    explain = {name: {**body, "what_would_change": True} for name, body in bodies.items()}
    changed = {name: v for name, v in current.example().items() if name == "AMT_CREDIT"}
    examples = {
        "PredictRequest": predict,
        "ExplainRequest": explain,
        "WhatIfRequest": {
            **predict,
            "changed": {"features": current.example(), "overrides": changed},
        },
        "BatchRequest": {"all of them": {"applicants": list(bodies.values())}},
        "DeployRequest": {
            "the version in use": {"version": current.scorer.version, "reason": "an example"}
        },
        "Overrides": {"as stored": {}, "what if": {"overrides": changed}},
    }
    return {
        schema: {name: {"value": body} for name, body in rows.items()}
        for schema, rows in examples.items()
    }


def _headers(names: list[str]) -> Table:
    return {name: _ref("headers", name) for name in names}


def _ref(kind: str, name: str) -> Table:
    return {"$ref": f"#/components/{kind}/{name}"}
