"""The OpenAPI document: operations from a table, schemas from the types of requests and answers."""
