"""The app's OpenAPI document as a contract: checks whether responses agree with it."""

import gzip
import json
import re

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT_URI = "urn:openapi"


class ApiContract:
    """An OpenAPI `document`. Objects in responses may have only the members that it declares."""

    def __init__(self, document):
        self.document = document
        components = document["components"]
        schemas = {name: _closed(schema) for name, schema in components["schemas"].items()}
        closed = {**document, "components": {**components, "schemas": schemas}}
        resource = Resource.from_contents(closed, DRAFT202012)
        self._registry = Registry().with_resource(DOCUMENT_URI, resource)

    def operation(self, route):
        method, path = route.split()
        return self.document["paths"][path][method.lower()]

    def routes(self):
        return [
            f"{method.upper()} {path}"
            for path, operations in self.document["paths"].items()
            for method in operations
        ]

    def examples(self):
        """Each route with a body, with the example bodies."""
        for route in self.routes():
            content = self.operation(route).get("requestBody", {}).get("content", {})
            if "application/json" in content:
                body = content["application/json"]
                examples = [example["value"] for example in body.get("examples", {}).values()]
                yield route, examples or [self._resolve(body["schema"])["example"]]

    def check(self, route, response):
        """Fail if `response` is not one that the document declares for `route`."""
        responses = self.operation(route)["responses"]
        status = str(response.status_code)
        assert status in responses, f"{route} answers {status}: {response.get_data()[:300]}"
        declared = self._resolve(responses[status])
        assert response.mimetype in declared["content"], f"{route} answers {response.mimetype}"
        self._check_headers(f"{route} {status}", response, declared["headers"])
        is_json = response.mimetype.endswith("json")
        body = response.get_data()
        if response.content_encoding == "gzip":
            body = gzip.decompress(body)
        value = json.loads(body) if is_json else body.decode()
        self._validate(value, declared["content"][response.mimetype]["schema"])

    def _check_headers(self, place, response, declared):
        for name, header in declared.items():
            if name in response.headers:
                self._validate(response.headers[name], self._resolve(header)["schema"])
            else:
                is_required = self._resolve(header).get("required", False)
                assert not is_required, f"{place} has no header {name}"

    def check_value(self, route, value, status=None):
        """Fail if `value` is not a JSON answer of `route` with `status`; by default the success."""
        responses = self.operation(route)["responses"]
        declared = self._resolve(responses[status or min(responses)])
        ((_, content), *_) = declared["content"].items()
        self._validate(value, content["schema"])

    def _validate(self, value, schema):
        validator = Draft202012Validator(
            _absolute(schema), registry=self._registry, format_checker=FormatChecker()
        )
        validator.validate(value)

    def _resolve(self, node):
        while "$ref" in node:
            target = self.document
            for key in node["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            node = target
        return node


def _absolute(schema):
    """A schema outside the document, with its references into the document made absolute."""
    if isinstance(schema, list):
        return [_absolute(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: re.sub("^#", f"{DOCUMENT_URI}#", value) if key == "$ref" else _absolute(value)
        for key, value in schema.items()
    }


def _closed(schema):
    return {**schema, "unevaluatedProperties": False} if "properties" in schema else schema
