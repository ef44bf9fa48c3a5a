"""The document: the table of operations, put together with the schemas and with what the running app asks for."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask

from credit_scoring.access.api_key import SCOPES
from credit_scoring.features.catalogue import everything
from credit_scoring.serving.middleware.authentication import PUBLIC
from credit_scoring.serving.middleware.problems import MEDIA_TYPE, kind_of
from credit_scoring.serving.openapi.component_schemas import shapes
from credit_scoring.serving.service import Service

JSON = "application/json"
KEY = "key"
EVERYWHERE, KEYED, WITH_BODY = ("500",), ("401", "403", "429", "503"), ("400", "413", "415", "422")
RAW_EXAMPLE = Path(__file__).parents[3] / "examples/raw.json"
ABOUT = """\
Probability of default, a cost-optimal decision and its reasons. Every error is a problem of RFC 9457 that names \
every offending field at once; every answer carries `X-Request-ID`. What a request holds is decided by the model that \
is loaded: this document is made from it."""
Table = dict[str, Any]


def document(app: Flask, current: Service) -> Table:
    """OpenAPI 3.1 of the routes of `app`, for the model that it serves."""
    table, scopes = operations(), dict(routes(app))
    takes_raw = current.schema.names <= {feature.name for feature in everything()}
    examples = _examples(current, takes_raw=takes_raw)
    paths: Table = {}
    for route, row in table["operations"].items():
        if route in scopes:
            method, path = route.split()
            paths.setdefault(path, {})[method.lower()] = _operation(
                route, row, scopes[route], examples
            )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Credit scoring", "version": current.scorer.version, "description": ABOUT,
                 "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in table["tags"].items()],
        "paths": paths,
        "components": _components(table, shapes(current.schema, takes_raw=takes_raw)),
    }  # fmt: skip


@cache
def operations() -> Table:
    """The table of operations."""
    return tomllib.loads(Path(__file__).with_name("operations.toml").read_text(encoding="utf-8"))


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Every route as "GET /decisions/{decision_id}", with the scope that it asks for; files and HEAD are no routes."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield (
                    f"{method} {path}",
                    getattr(app.view_functions[rule.endpoint], "scope", "admin"),
                )


def _operation(route: str, row: Table, scope: str, examples: Mapping[str, Table]) -> Table:
    names = [
        *re.findall(r"{(\w+)}", route),
        *row.get("query", ()),
        *row.get("headers", ()),
        "X-Request-ID",
    ]
    made = {
        "operationId": re.sub(r"\W+", "_", route.lower()).strip("_"),
        "tags": [row["tag"]],
        "summary": row["summary"],
        "description": row.get("description", row["summary"]),
        "parameters": [_ref("parameters", name) for name in names],
        "responses": _responses(row, scope),
    }
    if scope != PUBLIC:
        made["security"] = [{KEY: [scope]}]
    if "body" in row:
        content: Table = {"schema": _ref("schemas", row["body"])}
        if row["body"] in examples:
            content["examples"] = examples[row["body"]]
        made["requestBody"] = {"required": True, "content": {JSON: content}}
    return made


def _responses(row: Table, scope: str) -> Table:
    """The answer, and every problem that can occur instead."""
    headers = ["X-Request-ID", *(["Idempotent-Replayed"] if row.get("headers") else [])]
    status = str(row.get("status", HTTPStatus.OK))
    content = {
        media: {
            "schema": _ref(
                "schemas", row["answer"] if media == row.get("media", [JSON])[0] else "Page"
            )
        }
        for media in row.get("media", [JSON])
    }
    answer = {"description": row["summary"], "headers": _headers(headers), "content": content}
    problems = {
        *EVERYWHERE,
        *(KEYED if scope != PUBLIC else ()),
        *(WITH_BODY if "body" in row else ()),
    }
    problems |= set(map(str, row.get("problems", ())))
    return {status: answer, **{problem: _ref("responses", problem) for problem in sorted(problems)}}


def _components(table: Table, schemas: Table) -> Table:
    return {
        "schemas": schemas,
        "parameters": {name: _parameter(name, row) for name, row in table["parameters"].items()},
        "headers": table["headers"],
        "responses": {status: _problem(int(status), row) for status, row in table["problems"].items()},
        "securitySchemes": {KEY: {
            "type": "http", "scheme": "bearer",
            "description": "A key of `python model.py keys create`, asked for as soon as there is one. Scopes: "
            + "; ".join(f"`{scope}`: {text}" for scope, text in SCOPES.items()) + ".",
        }},
    }  # fmt: skip


def _parameter(name: str, row: Table) -> Table:
    return {"name": name, **row, **({"required": True} if row["in"] == "path" else {})}


def _problem(status: int, row: Table) -> Table:
    title = row.get("title", HTTPStatus(status).phrase)
    example = {
        "type": kind_of(status, title),
        "title": title,
        "status": status,
        "detail": row["detail"],
    }
    if "errors" in row:
        example["errors"] = row["errors"]
    return {
        "description": row["description"],
        "headers": _headers(["X-Request-ID", *row.get("headers", ())]),
        "content": {MEDIA_TYPE: {"schema": _ref("schemas", "Problem"), "example": example}},
    }


def _examples(current: Service, *, takes_raw: bool) -> dict[str, Table]:
    """Requests that the model answers, by the schema of their body."""
    rows = {
        row.get("name", "example"): row["features"] for row in current.bundle.manifest.golden_rows
    }
    first = next(iter(rows.values()))
    predict = {name: {"value": {"features": features}} for name, features in rows.items()}
    if takes_raw:
        predict["raw records"] = {"value": json.loads(RAW_EXAMPLE.read_text(encoding="utf-8"))}
    explain = {
        name: {"value": {"features": f, "what_would_change": True}} for name, f in rows.items()
    }
    batch = {
        "all of them": {
            "value": {"applicants": [{"features": features} for features in rows.values()]}
        }
    }
    changed = {name: value for name, value in first.items() if name == "AMT_CREDIT"}
    overrides = {"as stored": {"value": {}}, "what if": {"value": {"overrides": changed}}}
    return {
        "PredictRequest": predict,
        "ExplainRequest": explain,
        "BatchRequest": batch,
        "Overrides": overrides,
    }


def _headers(names: list[str]) -> Table:
    return {name: _ref("headers", name) for name in names}


def _ref(kind: str, name: str) -> Table:
    return {"$ref": f"#/components/{kind}/{name}"}
