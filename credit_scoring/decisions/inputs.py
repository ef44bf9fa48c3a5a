"""How a decision's inputs stand in the log: their values, in the order of names that stand there once.

The names of a hundred features take five times the room of their values, and writing them as much of the time.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a model's inputs; `text` is their JSON array, `names_id` begins its SHA-256."""

    names: tuple[str, ...]
    text: str = field(init=False, compare=False)
    names_id: str = field(init=False)

    def __post_init__(self) -> None:
        text = json.dumps(self.names, ensure_ascii=False)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "names_id", hashlib.sha256(text.encode()).hexdigest()[:16])

    def values(self, inputs: Mapping[str, Any]) -> str | None:
        """The JSON array of the inputs' values; None where they have not the very names."""
        try:
            found = [*map(inputs.__getitem__, self.names)]
        except KeyError:
            return None
        return to_json(found).decode() if len(found) == len(inputs) else None


def written(inputs: Mapping[str, Any], names: Names) -> tuple[str, Names | None]:
    """The text to be stored, and the names it needs: none where it is a JSON object that has its own."""
    values = names.values(inputs)
    return (to_json(dict(inputs)).decode(), None) if values is None else (values, names)


def read(stored: str, names: str | None) -> str:
    """The JSON object that was stored, once as its values where `names`, a JSON array, are given.

    ValueError where another program made it something else.
    """
    return stored if names is None else json.dumps(_object(json.loads(names), json.loads(stored)), ensure_ascii=False)


def _object(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))
