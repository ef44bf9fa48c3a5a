"""The routes of the OpenAPI document as the page /docs lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY = "key"  # the security scheme whose list is the scopes
Table = Mapping[str, Any]


@dataclass(frozen=True)
class Route:
    """An operation: what its parameters and its answers are, and the scope that its key needs."""

    operation_id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    body: str
    parameters: dict[str, str]
    answers: dict[str, str]

    @property
    def parts(self) -> list[str]:
        """The path in parts that begin with "/": a line may break before each."""
        return [f"/{part}" for part in self.path[1:].split("/")]


@dataclass(frozen=True)
class RouteGroup:
    """The operations with the same tag."""

    name: str
    description: str
    routes: list[Route]


def route_groups(document: Table) -> list[RouteGroup]:
    """The operations of an OpenAPI document by tag, in the order of its tags."""
    routes = [
        (operation["tags"][0], _route(document, method, path, operation))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return [
        RouteGroup(
            name=tag["name"],
            description=tag["description"],
            routes=[route for name, route in routes if name == tag["name"]],
        )
        for tag in document["tags"]
    ]


def _route(document: Table, method: str, path: str, operation: Table) -> Route:
    parameters = [_resolved(document, row) for row in operation["parameters"]]
    answers = operation["responses"].items()
    return Route(
        operation_id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        scope=next((s[KEY][0] for s in operation.get("security", ()) if KEY in s), ""),
        body=_body(operation),
        parameters={row["name"]: row["description"] for row in parameters},
        answers={status: _resolved(document, row)["description"] for status, row in answers},
    )


def _body(operation: Table) -> str:
    """The name of the schema of the body, or ""."""
    if "requestBody" not in operation:
        return ""
    (media,) = operation["requestBody"]["content"].values()
    return str(media["schema"]["$ref"].rsplit("/", 1)[1])


def _resolved(document: Table, row: Table) -> Table:
    """The row, or the component that it refers to."""
    if "$ref" not in row:
        return row
    _, kind, name = row["$ref"].rsplit("/", 2)
    return dict(document["components"][kind][name])
