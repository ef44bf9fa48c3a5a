"""How a decision's inputs stand in the log: their values, in the order of names that stand there once.

The names of a hundred features take five times the room of their values, and writing them as much of the time.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic_core import to_json


@dataclass(frozen=True)
class InputNames:
    """The names of a model's inputs."""

    names: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """Their JSON array."""
        return json.dumps(self.names, ensure_ascii=False)

    @cached_property
    def names_id(self) -> str:
        """The beginning of its SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def values(self, inputs: Mapping[str, Any]) -> str | None:
        """The JSON array of the inputs' values; None where they have not the very names."""
        try:
            found = [*map(inputs.__getitem__, self.names)]
        except KeyError:
            return None
        return to_json(found).decode() if len(found) == len(inputs) else None


def encode_inputs(inputs: Mapping[str, Any], names: InputNames) -> tuple[str, InputNames | None]:
    """The text to be stored, and the names it needs: none where it is a JSON object that has its own."""
    values = names.values(inputs)
    return (to_json(inputs).decode(), None) if values is None else (values, names)


def decode_inputs(stored: str, names: str | None) -> str:
    """The JSON object that was stored, once as its values where `names`, a JSON array, are given.

    ValueError where another program made it something else.
    """
    if names is None:
        return stored
    return json.dumps(
        dict(zip(json.loads(names), json.loads(stored), strict=True)), ensure_ascii=False
    )
