"""The app's own OpenAPI document, held against what the app answers."""

import re

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

PLACE = "urn:openapi"


class Contract:
    """A document; `check` fails where an answer is none that it declares. Objects may hold only what they declare."""

    def __init__(self, document):
        self.document = document
        components = document["components"]
        tight = {**document, "components": {**components, "schemas": _tight(components["schemas"])}}
        self._registry = Registry().with_resource(PLACE, Resource.from_contents(tight, DRAFT202012))

    def operation(self, route):
        method, path = route.split()
        return self.document["paths"][path][method.lower()]

    def routes(self):
        return [
            f"{method.upper()} {path}"
            for path, row in self.document["paths"].items()
            for method in row
        ]

    def examples(self):
        """Every route with a body, with the examples of it."""
        for path, row in self.document["paths"].items():
            for method, operation in row.items():
                content = (
                    operation.get("requestBody", {}).get("content", {}).get("application/json")
                )
                if content:
                    shape = self._resolved(content["schema"])
                    examples = [each["value"] for each in content.get("examples", {}).values()]
                    yield f"{method.upper()} {path}", examples or [shape["example"]]

    def check(self, route, answer):
        responses = self.operation(route)["responses"]
        assert str(answer.status_code) in responses, (
            f"{route} answers {answer.status_code}: {answer.get_data()[:300]}"
        )
        declared = self._resolved(responses[str(answer.status_code)])
        kind = answer.mimetype
        assert kind in declared["content"], f"{route} answers {kind}"
        for name, header in declared["headers"].items():
            assert name in answer.headers or name == "Idempotent-Replayed", (
                f"{route} {answer.status_code} has no {name}"
            )
            if name in answer.headers:
                self._validate(answer.headers[name], self._resolved(header)["schema"])
        value = answer.json if kind.endswith("json") else answer.get_data(as_text=True)
        self._validate(value, declared["content"][kind]["schema"])

    def check_value(self, route, value, status=None):
        """Fail where `value` is no JSON that the route answers; with its success, where no status is said."""
        responses = self.operation(route)["responses"]
        declared = self._resolved(responses[status or min(responses)])
        ((_, content), *_) = declared["content"].items()
        self._validate(value, content["schema"])

    def _validate(self, value, schema):
        schema = _absolute(schema)
        Draft202012Validator(
            schema, registry=self._registry, format_checker=FormatChecker()
        ).validate(value)

    def _resolved(self, node):
        while "$ref" in node:
            found = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


def _absolute(schema):
    """References into the document, from a schema that stands alone."""
    if isinstance(schema, list):
        return [_absolute(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        k: re.sub("^#", f"{PLACE}#", v) if k == "$ref" else _absolute(v) for k, v in schema.items()
    }


def _tight(schemas):
    """The schemas with no members but those they declare; parts of others are closed where they are put together."""
    parts = {
        part.get("$ref", "").rpartition("/")[2]
        for schema in schemas.values()
        for part in schema.get("allOf", ())
    }
    return {name: schema if name in parts else _closed(schema) for name, schema in schemas.items()}


def _closed(schema):
    return (
        {**schema, "unevaluatedProperties": False}
        if {"properties", "allOf"} & schema.keys()
        else schema
    )
