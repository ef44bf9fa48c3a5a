"""Reading a TOML file that a person may have edited."""

import tomllib
from pathlib import Path
from typing import Any

from credit_scoring.errors import CreditScoringError


def read_toml(path: Path, refused: type[CreditScoringError], remedy: str) -> dict[str, Any]:
    """What the file holds; the error `refused`, with the reason and the `remedy`, where it is no TOML in UTF-8."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise refused(f"{path} cannot be read as TOML ({reason}): {remedy}") from error
