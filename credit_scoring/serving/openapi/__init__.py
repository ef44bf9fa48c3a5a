"""The HTTP contract for programs: OpenAPI 3.1, made from tables of routes and schemas and from the loaded model."""
