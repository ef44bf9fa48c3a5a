"""Encoding of a decision's inputs: a JSON array of values, with the names stored once.

The names of a hundred features take five times the space of their values, and writing them takes
five times as long.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic_core import from_json, to_json


@dataclass(frozen=True)
class InputNames:
    """The names of a model's inputs, in order."""

    names: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The names as a JSON array."""
        return json.dumps(self.names, ensure_ascii=False)

    @cached_property
    def names_id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of `text`."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def encode_values(self, inputs: Mapping[str, Any]) -> str | None:
        """Return the values as a JSON array; None if the inputs have other names."""
        try:
            values = [*map(inputs.__getitem__, self.names)]
        except KeyError:
            return None
        return to_json(values).decode() if len(values) == len(inputs) else None


def encode_inputs(inputs: Mapping[str, Any], names: InputNames) -> tuple[str, InputNames | None]:
    """Return the text to store and the names it needs.

    Inputs with other names than `names` become a JSON object, which needs none.
    """
    values = names.encode_values(inputs)
    return (to_json(inputs).decode(), None) if values is None else (values, names)


def decode_inputs(stored: str, names: str | None) -> str:
    """Return the inputs as the text of a JSON object.

    `names`: the JSON array of names if `stored` is an array of values. ValueError if the two do not
    fit together, because another program changed them.
    """
    if names is None:
        return stored
    inputs = dict(zip(json.loads(names), json.loads(stored), strict=True))
    return json.dumps(inputs, ensure_ascii=False)


def parse_inputs(stored: str, names: Sequence[str] | None) -> dict[str, Any]:
    """Return the inputs by name; ValueError if they are not what `encode_inputs` returned.

    `names` are those of the values if `stored` is an array.
    """
    values = from_json(stored, allow_inf_nan=False)
    if names is None:
        if not isinstance(values, dict):
            raise ValueError("expected a JSON object")
        return values
    return dict(zip(names, values, strict=True))
