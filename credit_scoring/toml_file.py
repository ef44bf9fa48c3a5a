"""Reading TOML files that people edit."""

import tomllib
from pathlib import Path
from typing import Any

from credit_scoring.errors import CreditScoringError
from credit_scoring.files import read_regular


def read_toml(path: Path, error_type: type[CreditScoringError], remedy: str) -> dict[str, Any]:
    """Read a TOML file in UTF-8; `error_type`, with the reason and the `remedy`, if that fails."""
    try:
        return tomllib.loads(read_regular(path).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise error_type(f"{path} cannot be read as TOML ({reason}): {remedy}") from error
