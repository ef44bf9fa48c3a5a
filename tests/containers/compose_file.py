"""Reads compose.yaml with the variables of a `.env` file, as Docker Compose does."""

import re

import yaml

from tests.server_process import ROOT

VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


class MissingVariableError(Exception):
    """A variable that compose.yaml requires is not set."""


def read_services(variables):
    """The services by name, with the values of `variables`."""
    return interpolated(yaml.safe_load((ROOT / "compose.yaml").read_text()), variables)["services"]


def interpolated(value, variables):
    """`value` with ${NAME:-default} and ${NAME:?message} replaced, and $$ by $."""

    def replacement(match):
        name, kind, text = match.groups()
        if name is None:
            return "$"
        if variables.get(name):
            return variables[name]
        if kind == "?":
            raise MissingVariableError(f"{name}: {text}")
        return text or ""

    if isinstance(value, dict):
        return {key: interpolated(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolated(item, variables) for item in value]
    return VARIABLE.sub(replacement, value) if isinstance(value, str) else value
