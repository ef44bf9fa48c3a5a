"""Reads `distributions.toml`: shares of levels and quantiles of numbers, by table and column."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

NULL = "null"  # the key of distributions.toml for a missing value


@cache
def distribution(*path: str) -> dict[str, Any]:
    """The section of `distributions.toml` at `path`."""
    file = Path(__file__).with_name("distributions.toml")
    section: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    for name in path:
        section = section[name]
    return section
